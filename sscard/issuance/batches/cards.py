"""The cards of a batch: those that were given up, and what of them is for the supplier."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from sscard.issuance.ledger.schema import ORDERS
from sscard.issuance.orders import Orders
from sscard.issuance.orders.queries import SpoiledCard
from sscard.issuance.orders.sealed import open_stripe


def of_spoiled(card: SpoiledCard) -> Mapping[str, str]:
    """A card that was given up, under the names of ``fields.FIELDS``."""
    return {
        "order": str(card.order),
        "card_number": card.card_number,
        "body": card.body or "",
        "reason_zh": card.reason or "",
    }


def stripes_of(orders: Orders, batch: str) -> Mapping[int, Mapping[str, str]]:
    """CVV2 and tracks of a batch by order, as long as they are not purged."""
    query = select(ORDERS.c.id, ORDERS.c.stripe_sealed)
    query = query.where(ORDERS.c.batch == batch, ORDERS.c.stripe_sealed.is_not(None))
    with orders.reading() as connection:
        rows = connection.execute(query).mappings().all()
    opened = {row["id"]: open_stripe(orders.keys, dict(row)) for row in rows}
    return {order: stripe for order, stripe in opened.items() if stripe is not None}

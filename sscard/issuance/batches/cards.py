"""The cards behind the orders of a batch: those that were given up, and what the others said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from sscard.issuance.ledger import reading
from sscard.issuance.ledger.schema import CARDS, ORDERS
from sscard.issuance.orders import Orders
from sscard.issuance.orders.sealed import open_stripe
from sscard.issuance.states import CardState


@dataclass(frozen=True, slots=True)
class Spoiled:
    """A card that was given up.  ``order`` may have another card by now."""

    order: int
    card_number: str
    body: str
    reason: str

    @property
    def facts(self) -> Mapping[str, str]:
        """The same under the names of ``fields.FIELDS``."""
        return {
            "order": str(self.order),
            "card_number": self.card_number,
            "body": self.body,
            "reason_zh": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Chip:
    """The present card of an order, as the stations wrote it down."""

    reserved_at: datetime
    card_id_code: bytes
    atr: bytes
    body: str


def spoiled_of(orders: Orders, batch: str) -> tuple[Spoiled, ...]:
    """Every card of a batch that was given up, in the order of the unit.

    A card that was withdrawn is one of them when its order has another one, or waits for it: the
    final check refused it.  Of a lost card that was replaced the order still says the number.
    """
    given_up = CARDS.c.state.in_([CardState.SPOILED, CardState.FAILED])
    another = ORDERS.c.card_number.is_(None) | (ORDERS.c.card_number != CARDS.c.card_number)
    dead = given_up | ((CARDS.c.state == CardState.WITHDRAWN) & another)
    query = (
        select(CARDS.c.order_id, CARDS.c.card_number, CARDS.c.body, CARDS.c.reason)
        .join(ORDERS, ORDERS.c.id == CARDS.c.order_id)
        .where(ORDERS.c.batch == batch, dead)
        .order_by(ORDERS.c.position, CARDS.c.reserved_at)
    )
    with reading(orders.engine) as connection:
        rows = connection.execute(query).all()
    return tuple(Spoiled(row[0], row[1], row[2] or "", row[3] or "") for row in rows)


def chips_of(orders: Orders, batch: str) -> Mapping[int, Chip]:
    """The present cards of a batch, by order."""
    columns = (CARDS.c.reserved_at, CARDS.c.card_id_code, CARDS.c.atr, CARDS.c.body)
    query = (
        select(ORDERS.c.id, *columns)
        .join(CARDS, CARDS.c.card_number == ORDERS.c.card_number)
        .where(ORDERS.c.batch == batch)
    )
    with reading(orders.engine) as connection:
        rows = connection.execute(query).all()
    return {row[0]: Chip(row[1], row[2] or b"", row[3] or b"", row[4] or "") for row in rows}


def stripes_of(orders: Orders, batch: str) -> Mapping[int, Mapping[str, str]]:
    """CVV2 and tracks of a batch by order, as long as they are not purged."""
    query = select(ORDERS.c.id, ORDERS.c.stripe_sealed)
    query = query.where(ORDERS.c.batch == batch, ORDERS.c.stripe_sealed.is_not(None))
    with reading(orders.engine) as connection:
        rows = connection.execute(query).mappings().all()
    opened = {row["id"]: open_stripe(orders.keys, dict(row)) for row in rows}
    return {order: stripe for order, stripe in opened.items() if stripe is not None}

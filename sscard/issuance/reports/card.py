"""Everything that is known about one card, without its person (issuance 3, traceability)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Select, select

from sscard.errors import LedgerError
from sscard.issuance.ledger.schema.cards import CARDS
from sscard.issuance.ledger.schema.orders import ORDERS
from sscard.issuance.ledger.schema.work import BODIES, CHECKS
from sscard.issuance.reports.batch import Step
from sscard.issuance.reports.card_queries import steps

#: What must not leave the ledger in a report.
_PERSONAL = frozenset({"person_hash", "personal", "bank_hash", "bank_sealed", "stripe_sealed"})


@dataclass(frozen=True, slots=True)
class CardTrace:
    """Rows of the ledger about one card, its order and its body (empty where there is none), and
    every event about them and the checks of the card, oldest first."""

    card: Mapping[str, Any]
    order: Mapping[str, Any]
    body: Mapping[str, Any]
    steps: tuple[Step, ...] = field(repr=False)


def card_trace(connection: Connection, number: str) -> CardTrace:
    """What the ledger knows about a card.  Raises LedgerError for a number it does not know."""
    card = _row(connection, select(CARDS).where(CARDS.c.card_number == number))
    if not card:
        raise LedgerError(f"no card {number} in the ledger")
    order = _row(connection, select(ORDERS).where(ORDERS.c.id == card["order_id"]))
    body = _row(connection, select(BODIES).where(BODIES.c.id == card["body"]))
    subjects = [("card", number)]
    subjects += [("order", str(order["id"]))] if order else []
    subjects += [("body", body["id"])] if body else []
    known = select(CHECKS.c.id).where(CHECKS.c.subject.in_((number, card["body"] or number)))
    subjects += [("check", str(each)) for each in connection.execute(known).scalars()]
    found = chain.from_iterable(steps(connection, *each) for each in subjects)
    return CardTrace(card, order, body, tuple(sorted(found, key=lambda step: step.seq)))


def _row(connection: Connection, query: Select[Any]) -> Mapping[str, Any]:
    row = connection.execute(query).mappings().first()
    return {} if row is None else {k: row[k] for k in row if k not in _PERSONAL}

"""Reads a batch out of the ledger, in one moment of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, func, select

from sscard.errors import LedgerError
from sscard.issuance.ledger.schema.cards import CARDS
from sscard.issuance.ledger.schema.events import CHAIN
from sscard.issuance.ledger.schema.orders import BATCHES, ORDERS, UNITS
from sscard.issuance.ledger.schema.work import CHECKS, FEES
from sscard.issuance.ledger.verification import Head
from sscard.issuance.machines import CHINA
from sscard.issuance.order_states import OrderState
from sscard.issuance.reports import card_queries, stock_queries
from sscard.issuance.reports.batch import BatchFacts, BatchReport, Check
from sscard.issuance.reports.fees import FeeSum
from sscard.issuance.reports.reconciliation import Reconciliation, reconciled
from sscard.issuance.reports.throughput import over_time
from sscard.issuance.reports.yields import By, losses, overall, yields

#: Spoiled cards that a report lists; more of them in one batch are a matter for ``failures``.
MOST_LOST = 20_000
_ASIDE = (OrderState.RETURNED, OrderState.SPOILED, OrderState.FAILED, OrderState.CANCELLED)


def batch_report(connection: Connection, number: str, taken_at: datetime) -> BatchReport:
    """Everything about a batch.  Raises LedgerError when the ledger knows no such batch."""
    facts = _facts(connection, number)
    which = card_queries.of_batch(number)
    made = tuple(card_queries.made(connection, which))
    return BatchReport(
        facts=facts,
        taken_at=taken_at,
        head=head(connection),
        orders=_orders(connection, number),
        cards=card_queries.states(connection, which),
        returned=_returned(connection, number),
        overall=overall(made),
        yields=tuple(found for by in By for found in yields(made, by)),
        losses=losses(made),
        throughput=over_time(card_queries.ended(connection, which), CHINA),
        lost=card_queries.lost(connection, which, MOST_LOST),
        lost_total=sum(each.count for each in made if each.lost),
        checks=tuple(_checks(connection, number)),
        dead=tuple(stock_queries.dead(connection, number)),
        reconciliation=reconcile(connection, number),
        fees=tuple(_fees(connection, number)),
    )


def reconcile(connection: Connection, batch: str) -> Reconciliation:
    """The books of a batch against each other, as the ledger has them now.

    ``require_balanced`` of the result says what stands in the way of closing the batch.
    """
    return reconciled(
        batch,
        stock_queries.booked(connection, batch),
        stock_queries.seen(connection, batch),
        stock_queries.numbers(connection, batch),
        stock_queries.destruction(connection, batch),
    )


def head(connection: Connection) -> Head:
    """The end of the ledger's chain of events, to be noted."""
    row = connection.execute(select(CHAIN.c.seq, CHAIN.c.chain)).one()
    return Head(row.seq, bytes(row.chain).hex())


def _facts(connection: Connection, number: str) -> BatchFacts:
    query = (
        select(BATCHES, UNITS.c.name.label("unit_name"))
        .outerjoin(UNITS, UNITS.c.code == BATCHES.c.unit)
        .where(BATCHES.c.number == number)
    )
    row = connection.execute(query).mappings().first()
    if row is not None:
        return BatchFacts(**{name: row[name] for name in BatchFacts.__slots__})
    query_cards = select(CARDS.c.profile_name, CARDS.c.profile_sha256).where(
        CARDS.c.batch_number == number
    )
    card = connection.execute(query_cards.limit(1)).first()
    if card is None:
        raise LedgerError(f"no batch {number} in the ledger")
    return BatchFacts(number, profile_name=card.profile_name, profile_sha256=card.profile_sha256)


def _orders(connection: Connection, number: str) -> tuple[tuple[OrderState, int], ...]:
    query = (
        select(ORDERS.c.state, func.count())
        .where(ORDERS.c.batch == number)
        .group_by(ORDERS.c.state)
    )
    found = {row[0]: int(row[1]) for row in connection.execute(query)}
    return tuple((state, found[state]) for state in OrderState if state in found)


def _returned(connection: Connection, number: str) -> tuple[tuple[str, int], ...]:
    reason = func.coalesce(ORDERS.c.reason, "")
    count = func.count()
    query = (
        select(reason, count)
        .where(ORDERS.c.batch == number, ORDERS.c.state.in_(_ASIDE))
        .group_by(reason)
        .order_by(count.desc(), reason)
    )
    return tuple((row[0], row[1]) for row in connection.execute(query))


def _checks(connection: Connection, number: str) -> Iterator[Check]:
    query = select(CHECKS).where(CHECKS.c.batch == number).order_by(CHECKS.c.id)
    for row in connection.execute(query):
        yield Check(
            row.what, row.subject or "", row.result == "passed", row.by, row.at, row.note or ""
        )


def _fees(connection: Connection, number: str) -> Iterator[FeeSum]:
    kind = (FEES.c.what, FEES.c.party, FEES.c.settled_in)
    query = (
        select(*kind, func.count(), func.sum(FEES.c.amount_fen))
        .join(ORDERS, ORDERS.c.id == FEES.c.order_id)
        .where(ORDERS.c.batch == number)
        .group_by(*kind)
        .order_by(*kind)
    )
    for what, party, settled_in, count, amount in connection.execute(query):
        yield FeeSum(what, party, count, int(amount), settled_in)

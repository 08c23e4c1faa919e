"""Cards as reports count them: alike ones together, minutes, lost ones with their history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    true,
)

from sscard.issuance.ledger.schema.cards import CARDS
from sscard.issuance.ledger.schema.events import EVENTS
from sscard.issuance.ledger.schema.orders import ORDERS
from sscard.issuance.ledger.schema.work import BODIES
from sscard.issuance.reports.batch import LostCard, Step
from sscard.issuance.reports.minutes import minute, time_of
from sscard.issuance.reports.throughput import Ended
from sscard.issuance.reports.yields import Made
from sscard.issuance.states import OPEN, CardState

#: What nobody gets.
LOST = (CardState.FAILED, CardState.SPOILED)
_REFUSED = (CARDS.c.state == CardState.WITHDRAWN) & exists().where(
    ORDERS.c.id == CARDS.c.order_id, ORDERS.c.card_number.is_distinct_from(CARDS.c.card_number)
)
#: What became of a card.  One that the final check refused was issued by then and is spoiled all
#: the same: its order goes on without it.
BECAME = case(
    (_REFUSED, literal(CardState.SPOILED, CARDS.c.state.type)), else_=CARDS.c.state
).label("became")
_ALIKE = ("chip_lot", "station", "reader", "bank_station", "bank_reader")
_STEP = [column for column in EVENTS.c if column.name not in ("row_mac", "chain")]


def of_batch(number: str | None) -> ColumnElement[bool]:
    """Cards of one batch; of all with None."""
    return true() if number is None else CARDS.c.batch_number == number


def made(connection: Connection, which: ColumnElement[bool]) -> Iterator[Made]:
    """Cards that are alike, counted; the first card of each order apart from the later ones."""
    order = func.row_number().over(
        # A ledger without orders knows the person: there an order is a person's.
        partition_by=(CARDS.c.order_id, CARDS.c.person_hash),
        order_by=(CARDS.c.reserved_at, CARDS.c.serial),
    )
    alike = [func.coalesce(CARDS.c[name], "").label(name) for name in _ALIKE]
    reason = func.coalesce(CARDS.c.reason, "").label("reason")
    cards = select(*alike, BECAME, reason, (order == 1).label("first")).where(which)
    each = cards.subquery()
    query = select(*each.c, func.count().label("alike")).group_by(*each.c)
    for row in connection.execute(query):
        lot, station, reader, bank_station, bank_reader = row[: len(_ALIKE)]
        yield Made(
            lot,
            station,
            reader,
            bank_station,
            bank_reader,
            row.became,
            row.reason,
            bool(row.first),
            int(row.alike),
        )


def ended(connection: Connection, which: ColumnElement[bool]) -> Iterator[Ended]:
    """Good and lost cards by the minute in which they ended."""
    at = minute(func.coalesce(CARDS.c.ended_at, CARDS.c.changed_at)).label("at")
    query = (
        select(at, BECAME, func.count().label("alike"))
        .where(which, CARDS.c.state.not_in(OPEN))
        .group_by(at, BECAME)
    )
    good: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    for row in connection.execute(query):
        (lost if row.became in LOST else good)[row.at] += int(row.alike)
    for each in sorted(good | lost):
        yield Ended(time_of(each), good[each], lost[each])


def states(connection: Connection, which: ColumnElement[bool]) -> tuple[tuple[CardState, int], ...]:
    """How many cards came to each state, in the order of the states."""
    query = select(BECAME, func.count()).where(which).group_by(BECAME)
    found = {row[0]: int(row[1]) for row in connection.execute(query)}
    return tuple((state, found[state]) for state in CardState if state in found)


def lost(
    connection: Connection, which: ColumnElement[bool], limit: int | None = None
) -> tuple[LostCard, ...]:
    """Spoiled and failed cards in the order in which they were given up, with their histories."""
    cards = (
        select(CARDS, BECAME, BODIES.c.state.label("body_state"))
        .outerjoin(BODIES, BODIES.c.id == CARDS.c.body)
        .where(which, or_(CARDS.c.state.in_(LOST), _REFUSED))
        .order_by(CARDS.c.changed_at, CARDS.c.card_number)
        .limit(limit)
    )
    found = connection.execute(cards).all()
    numbers = cards.with_only_columns(CARDS.c.card_number)
    histories = _histories(connection, numbers)
    return tuple(_lost(row, histories.get(row.card_number, ())) for row in found)


def _histories(connection: Connection, numbers: Select[tuple[str]]) -> dict[str, tuple[Step, ...]]:
    which = numbers.subquery()
    query = (
        select(*_STEP)
        .join(which, which.c.card_number == EVENTS.c.subject)
        .where(EVENTS.c.kind == "card")
        .order_by(EVENTS.c.subject, EVENTS.c.seq)
    )
    steps = map(step, connection.execute(query))
    return {number: tuple(found) for number, found in groupby(steps, lambda s: s.subject)}


def step(row: Row[tuple[object, ...]]) -> Step:
    """An event of the ledger as a report tells it."""
    return Step(**row._mapping)


def steps(connection: Connection, kind: str, subject: str) -> Iterator[Step]:
    """What happened to one thing, oldest first."""
    query = select(*_STEP).where(EVENTS.c.kind == kind, EVENTS.c.subject == subject)
    yield from map(step, connection.execute(query.order_by(EVENTS.c.seq)))


def _lost(row: Row[tuple[object, ...]], history: tuple[Step, ...]) -> LostCard:
    at_bank = row.bank_station is not None
    return LostCard(
        row.card_number,
        row.became,
        row.reason or "",
        row.chip_lot or "",
        row.body or "",
        row.body_state,
        (row.bank_station if at_bank else row.station) or "",
        (row.bank_reader if at_bank else row.reader) or "",
        row.operator or "",
        row.ended_at or row.changed_at,
        history,
    )

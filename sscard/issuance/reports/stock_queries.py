"""What a batch's parties booked and what the stations saw of its bodies, as sums."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Connection, func, or_, select, true

from sscard.issuance.ledger.schema.cards import CARDS
from sscard.issuance.ledger.schema.words import Movement
from sscard.issuance.ledger.schema.work import BODIES, STOCK
from sscard.issuance.production_states import BodyState
from sscard.issuance.reports.batch import DeadBody
from sscard.issuance.reports.card_queries import of_batch, states
from sscard.issuance.reports.movements import last_counts
from sscard.issuance.reports.reconciliation import Booked, Destruction, Numbers, Seen
from sscard.issuance.states import OPEN, CardState

#: Numbers that a message names.
_NAMED = 5
_DEAD = (BodyState.SPOILED, BodyState.TEST, BodyState.DESTROYED)


def booked(connection: Connection, batch: str) -> Iterator[Booked]:
    """What the parties booked for a batch, added up; of counts the last one of each lot."""
    place = (STOCK.c.party, STOCK.c.item, STOCK.c.movement)
    other = func.coalesce(STOCK.c.counterparty, "")
    which = STOCK.c.batch == batch
    moved = (
        select(*place, other, func.sum(STOCK.c.quantity))
        .where(which, STOCK.c.movement != Movement.COUNTED)
        .group_by(*place, other)
    )
    for row in connection.execute(moved):
        yield Booked(*row[:4], int(row[4]))
    for count in last_counts(connection, which):
        yield Booked(count.party, count.item, Movement.COUNTED, "", count.quantity)


def seen(connection: Connection, batch: str) -> Iterator[Seen]:
    """In which states the stations left the bodies of a batch, by party."""
    place = (BODIES.c.party, BODIES.c.state)
    query = select(*place, func.count()).where(BODIES.c.batch == batch).group_by(*place)
    for row in connection.execute(query):
        yield Seen(*row)


def numbers(connection: Connection, batch: str) -> Numbers:
    """What became of the card numbers of a batch."""
    counts = dict(states(connection, of_batch(batch)))
    spoiled, failed = (counts.get(each, 0) for each in (CardState.SPOILED, CardState.FAILED))
    under_way = sum(counts.get(each, 0) for each in OPEN)
    query = (
        select(CARDS.c.card_number)
        .where(of_batch(batch), CARDS.c.state.in_(OPEN))
        .order_by(CARDS.c.card_number)
        .limit(_NAMED)
    )
    named = connection.execute(query).scalars().all() if under_way else ()
    return Numbers(
        issued=sum(counts.values()) - under_way - spoiled - failed,
        spoiled=spoiled,
        failed=failed,
        under_way=under_way,
        named=tuple(named),
    )


def destruction(connection: Connection, batch: str) -> Destruction:
    """Dead bodies of a batch that wait, and destroyed ones that two people did not sign for."""
    of = BODIES.c.batch == batch
    waiting = select(func.count()).where(
        of, BODIES.c.state.in_((BodyState.SPOILED, BodyState.TEST))
    )
    first, second = (
        func.coalesce(each, "") for each in (BODIES.c.destroyed_by, BODIES.c.destroyed_witness)
    )
    alone = or_(first == "", second == "", first == second)
    unsigned = (
        select(BODIES.c.id)
        .where(of, BODIES.c.state == BodyState.DESTROYED, alone)
        .order_by(BODIES.c.id)
    )
    return Destruction(
        int(connection.execute(waiting).scalar_one()),
        tuple(connection.execute(unsigned).scalars()),
    )


def dead(connection: Connection, batch: str | None) -> Iterator[DeadBody]:
    """Test cards, spoiled bodies and destroyed ones, with who signed."""
    of: ColumnElement[bool] = true() if batch is None else BODIES.c.batch == batch
    query = (
        select(BODIES)
        .where(of, BODIES.c.state.in_(_DEAD))
        .order_by(BODIES.c.state, BODIES.c.at, BODIES.c.id)
    )
    for row in connection.execute(query):
        yield DeadBody(
            row.id,
            row.lot,
            row.party,
            row.state,
            row.at,
            row.destroyed_by or "",
            row.destroyed_witness or "",
        )

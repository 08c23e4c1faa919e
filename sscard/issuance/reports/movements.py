"""Movements of stock over the whole ledger: what each party has, and how it came to it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Connection, func, select, true

from sscard.issuance.ledger.schema.words import Movement
from sscard.issuance.ledger.schema.work import STOCK
from sscard.issuance.reports.stock import Moved, Summed

_PLACE = (STOCK.c.party, STOCK.c.item, STOCK.c.lot)


def of_party(party: str | None) -> ColumnElement[bool]:
    """Movements of one party; of all with None."""
    return true() if party is None else STOCK.c.party == party


def summed(connection: Connection, which: ColumnElement[bool]) -> Iterator[Summed]:
    """What was booked, by party, item, lot and movement.

    A batch has its own drawer, so counts are the last of each batch, added up.
    """
    query = (
        select(*_PLACE, STOCK.c.movement, func.sum(STOCK.c.quantity))
        .where(which, STOCK.c.movement != Movement.COUNTED)
        .group_by(*_PLACE, STOCK.c.movement)
    )
    for row in connection.execute(query):
        yield Summed(*row[:4], int(row[4]))
    counts: dict[tuple[str, str, str], int] = {}
    for each in last_counts(connection, which):
        place = (each.party, each.item, each.lot)
        counts[place] = counts.get(place, 0) + each.quantity
    for place, quantity in counts.items():
        yield Summed(*place, Movement.COUNTED, quantity)


def last_counts(connection: Connection, which: ColumnElement[bool]) -> Iterator[Summed]:
    """The last count of each lot in each batch's drawer."""
    newest = func.row_number().over(
        partition_by=(*_PLACE, STOCK.c.batch), order_by=STOCK.c.id.desc()
    )
    counts = (
        select(*_PLACE, STOCK.c.movement, STOCK.c.quantity, newest.label("newest"))
        .where(which, STOCK.c.movement == Movement.COUNTED)
        .subquery()
    )
    for row in connection.execute(select(counts).where(counts.c.newest == 1)):
        yield Summed(*row[:5])


def movements(connection: Connection, which: ColumnElement[bool]) -> Iterator[Moved]:
    """Every movement, oldest first."""
    for row in connection.execute(select(STOCK).where(which).order_by(STOCK.c.id)):
        yield Moved(
            row.id,
            row.at,
            row.party,
            row.batch or "",
            row.item,
            row.lot,
            row.movement,
            row.quantity,
            row.counterparty or "",
            row.signed_by or "",
            row.note or "",
        )

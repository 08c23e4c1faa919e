"""Leases: who works on an order now.  Whoever has lost one can never finish."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from sscard.errors import LedgerError
from sscard.issuance.ledger import Book
from sscard.issuance.ledger.schema import LEASES

_COLUMNS = (
    LEASES.c.order_id,
    LEASES.c.station,
    LEASES.c.reader,
    LEASES.c.token,
    LEASES.c.until,
)


class LeaseLost(LedgerError):
    """The lease is over, or somebody else has it: this station must leave the card alone."""


class Busy(LedgerError):
    """Another reader works on this order."""


@dataclass(frozen=True, slots=True)
class Lease:
    """An order in work.  Only who knows ``token`` holds it."""

    order_id: int
    station: str
    reader: str
    token: str = field(repr=False)
    until: datetime


def lease_of(book: Book, order: int) -> Lease | None:
    """The lease on an order, over or not."""
    row = book.connection.execute(select(*_COLUMNS).where(LEASES.c.order_id == order)).first()
    return None if row is None else Lease(*row)


def begin_lease(book: Book, order: int, seconds: float, token: str) -> Lease:
    """A lease for the actor's reader.  Raises Busy when there is one."""
    held = lease_of(book, order)
    if held is not None:
        raise Busy(f"order {order} is in work at {held.station} {held.reader}")
    actor = book.actor
    until = actor.at + timedelta(seconds=seconds)
    lease = Lease(order, actor.station, actor.reader, token, until)
    values = {
        "order_id": order,
        "station": lease.station,
        "reader": lease.reader,
        "token": token,
        "until": until,
    }
    book.connection.execute(insert(LEASES), values)
    return lease


def require_held(book: Book, order: int, token: str) -> None:
    """LeaseLost unless the lease has this token and is not over."""
    held = lease_of(book, order)
    if held is None or held.token != token:
        raise LeaseLost(f"order {order}: the lease is another's or gone")
    if held.until <= book.actor.at:
        raise LeaseLost(f"order {order}: the lease is over since {held.until.isoformat()}")


def renew_lease(book: Book, order: int, seconds: float) -> datetime:
    """The lease lasts longer; until when."""
    until = book.actor.at + timedelta(seconds=seconds)
    book.connection.execute(update(LEASES).where(LEASES.c.order_id == order), {"until": until})
    return until


def end_lease(book: Book, order: int) -> None:
    """Nobody works on the order any more."""
    book.connection.execute(delete(LEASES).where(LEASES.c.order_id == order))


def leases_over(book: Book) -> list[Lease]:
    """Leases that are over at the actor's time."""
    query = select(*_COLUMNS).where(LEASES.c.until <= book.actor.at).order_by(LEASES.c.order_id)
    return [Lease(*row) for row in book.connection.execute(query)]


def all_leases(connection: Connection) -> tuple[Lease, ...]:
    """Every lease, over or not, by order."""
    query = select(*_COLUMNS).order_by(LEASES.c.order_id)
    return tuple(Lease(*row) for row in connection.execute(query))

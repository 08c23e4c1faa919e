"""Stations, their readers and the line in the ledger: which may work, and why others may not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, select

from sscard.errors import LedgerError, SscardError
from sscard.issuance.floor.signatures import TwoSignatures
from sscard.issuance.ledger import Book
from sscard.issuance.ledger.schema import STATIONS
from sscard.issuance.production_states import StationState

StationKind = Literal["ssse", "bank", "instant", "line"]

#: The row that is the whole line.
LINE = "line"
#: A station that was seen so lately still runs.
ALIVE = timedelta(minutes=3)


class StationTaken(SscardError):
    """A station of this name works already."""


@dataclass(frozen=True, slots=True)
class Post:
    """A station, one of its readers (``STATION/READER``), or the line."""

    name: str
    kind: StationKind
    state: StationState
    reason: str | None
    seen_at: datetime


def posts(connection: Connection) -> Iterator[Post]:
    """All of them, by name."""
    columns = [STATIONS.c[name] for name in Post.__dataclass_fields__]
    for row in connection.execute(select(*columns).order_by(STATIONS.c.name)):
        yield Post(*row)


def post(connection: Connection, name: str) -> Post | None:
    """The one of this name."""
    columns = [STATIONS.c[each] for each in Post.__dataclass_fields__]
    row = connection.execute(select(*columns).where(STATIONS.c.name == name)).first()
    return None if row is None else Post(*row)


def halted(connection: Connection) -> str | None:
    """Why the whole line is halted; None while it may work."""
    line = post(connection, LINE)
    if line is None or line.state is not StationState.HALTED:
        return None
    return f"全线停止 the line is halted: {line.reason}"


def start(book: Book, station: str, kind: StationKind, readers: Iterable[str]) -> Mapping[str, str]:
    """The station works from now on; its readers that nobody has released yet, and why not.

    Raises StationTaken while another process is this station.
    """
    if "/" in station or station == LINE or not station.isprintable():
        raise StationTaken(f"{station}: 工位名称 no name for a station")
    found = post(book.connection, station)
    now = book.actor.at
    if found and found.state is StationState.RUNNING and now - found.seen_at < ALIVE:
        raise StationTaken(
            f"{station}: 工位已在运行 works already; if it died: sscard station return {station}"
        )
    put(book, station, kind, StationState.RUNNING, "started")
    out = {}
    for reader in readers:
        row = post(book.connection, f"{station}/{reader}")
        if row and row.state is StationState.TAKEN_OUT:
            out[reader] = row.reason or ""
    return out


def put(
    book: Book,
    name: str,
    kind: StationKind,
    state: StationState,
    what: str,
    reason: str | None = None,
) -> None:
    """The row is so from now on."""
    values = {"kind": kind, "state": state, "reason": reason, "seen_at": book.actor.at}
    if post(book.connection, name) is None:
        book.insert(STATIONS, [{"name": name, **values}], what)
    else:
        book.update(STATIONS, name, values, what)


def release(book: Book, name: str, signed: TwoSignatures, reason: str) -> None:
    """The line, or a reader that was taken out, may work again.

    Raises LedgerError where there is nothing to release.
    """
    found = post(book.connection, name)
    if found is None or found.state not in (StationState.HALTED, StationState.TAKEN_OUT):
        raise LedgerError(f"{name}: 未停止 neither halted nor taken out")
    before = {"reason": found.reason, "because": reason}
    facts = {"by": signed.by, "witness": signed.witness, **before}
    changes = {"state": StationState.STOPPED, "reason": None, "seen_at": book.actor.at}
    if name == LINE:
        changes["state"] = StationState.RUNNING
    book.update(STATIONS, name, changes, "released", facts=facts)

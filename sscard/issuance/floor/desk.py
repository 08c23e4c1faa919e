"""The ledger as one station speaks to it.

One thread at a time: SQLite lets one write, and does not say whose turn it is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine

from sscard.errors import LedgerError
from sscard.issuance.floor import checks, posts
from sscard.issuance.floor.gates import Check, GateRules, What
from sscard.issuance.floor.mismatches import Mismatched
from sscard.issuance.floor.posts import LINE, StationKind
from sscard.issuance.ledger import Actor, Book, LedgerKeys, reading, transaction
from sscard.issuance.production_states import StationState

#: Characters of a subject of an event.
_LONGEST = 64


@dataclass(slots=True)
class LedgerDesk:
    """``batch`` is what the station works on; ``renew`` keeps its jobs, and says what was lost."""

    engine: Engine
    keys: LedgerKeys
    station: str
    kind: StationKind
    batch: str
    operator: str
    now: Callable[[], datetime]
    renew: Callable[[], Sequence[str]] = lambda: ()
    turn: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def book(self, reader: str = "") -> Iterator[Book]:
        """Write something, all of it or nothing.  Raises LedgerError."""
        actor = self.actor(reader)
        with self.turn, transaction(self.engine) as connection:
            yield Book(connection, self.keys, actor)

    def actor(self, reader: str = "") -> Actor:
        """Who writes."""
        return Actor(self.now(), self.operator, self.station, reader)

    def start(self, readers: Iterable[str]) -> Mapping[str, str]:
        """Begin work; the readers that may not, and why.  Raises StationTaken, LedgerError."""
        with self.book() as book:
            return posts.start(book, self.station, self.kind, readers)

    def close(self, reason: str | None = None) -> None:
        """Work is over.  Raises LedgerError."""
        with self.book() as book:
            posts.put(book, self.station, self.kind, StationState.STOPPED, "stopped", reason)

    def halted(self) -> str | None:
        """Why the line is halted.  Raises LedgerError."""
        with reading(self.engine) as connection:
            return posts.halted(connection)

    def halt(self, reader: str, reason: str) -> None:
        """Halt the line, for every station on this ledger.  Raises LedgerError."""
        with self.book(reader) as book:
            posts.put(book, LINE, "line", StationState.HALTED, "halted", reason)

    def mismatch(self, reader: str, found: Mismatched) -> None:
        """Keep it as an event.  Raises LedgerError."""
        facts = {"batch": self.batch, "detail": found.detail} if found.detail else {}
        subject = (found.subject or f"{self.station}/{reader}")[:_LONGEST]
        with self.book(reader) as book:
            book.note("mismatch", subject, found.mismatch.name.lower(), facts)

    def take_out(self, reader: str, reason: str) -> None:
        """The reader is out until somebody releases it.  Raises LedgerError."""
        name = f"{self.station}/{reader}"
        with self.book(reader) as book:
            posts.put(book, name, self.kind, StationState.TAKEN_OUT, "taken_out", reason)

    def beat(self) -> None:
        """Renew the jobs in hand.  Raises LedgerError when one was lost, or the ledger is away."""
        lost = self.renew()
        if lost:
            raise LedgerError(f"{', '.join(lost)}: 任务已收回 the job was taken back")
        with self.book() as book:
            posts.put(book, self.station, self.kind, StationState.RUNNING, "seen")

    def checks(self) -> Sequence[Check]:
        """Checks of this station and batch.  Raises LedgerError."""
        with reading(self.engine) as connection:
            return checks.checks(connection, self.station, self.batch)

    def demand(self, what: What, subject: str) -> None:
        """This card has to be checked.  Raises LedgerError."""
        with self.book() as book:
            checks.demand(book, self.station, self.batch, what, subject)

    def final_missing(self, rules: GateRules) -> int:
        """Finished cards of the batch that still have to be checked.  Raises LedgerError."""
        with reading(self.engine) as connection:
            return checks.final_missing(connection, self.batch, rules)

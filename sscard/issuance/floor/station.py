"""A station: some readers at once, one thread each, and what they share."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Protocol

from sscard.errors import LedgerError, SscardError
from sscard.issuance.floor.board import Board
from sscard.issuance.floor.gates import Gate
from sscard.issuance.floor.mismatches import Mismatched
from sscard.issuance.floor.reader_loop import Reader, View
from sscard.issuance.floor.work import Claim

#: Seconds between two looks at a slot or a check that something is waited for.
_MOMENT = 0.25


class Desk(Protocol):
    """The ledger, as a station speaks to it."""

    def halted(self) -> str | None:
        """Why the line is halted; None while it runs."""
        ...

    def halt(self, reader: str, reason: str) -> None:
        """Halt the line, for all stations on this ledger."""
        ...

    def mismatch(self, reader: str, found: Mismatched) -> None:
        """Keep it as an event."""
        ...

    def take_out(self, reader: str, reason: str) -> None:
        """The reader is out until somebody releases it."""
        ...

    def beat(self) -> None:
        """Renew what this station's readers hold, and say that it is alive."""
        ...


@dataclass(slots=True)
class SharedHall:
    """What readers share, in threads of their own."""

    desk: Desk
    gate: Gate
    board: Board
    #: Cards that may still be begun; None: any number.
    allowance: int | None = None
    broken: str | None = None
    _ending: threading.Event = field(default_factory=threading.Event)
    _begun: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def end(self) -> None:
        """No reader begins another card."""
        self._ending.set()

    def over(self) -> str | None:
        """Why no reader may begin a card.  Raises LedgerError."""
        self.broken = self.broken or self.desk.halted()
        return self.broken

    def hold(self, reader: str) -> str | None:
        """What the quality gates say.  Raises CheckFailed, LedgerError."""
        return self.gate.hold(reader)

    def wants(self, reader: str) -> bool:
        """Whether this reader may have one more card: False when those under way are the last."""
        if self._ending.is_set():
            return False
        with self._lock:
            if self.allowance is None or reader in self._begun:
                return True
            if self.allowance == 0:
                return False
            self.allowance -= 1
            self._begun.add(reader)
            return True

    def made(self, reader: str, claim: Claim) -> None:
        """Count it, and draw it where a check is due.  Raises LedgerError."""
        with self._lock:
            self._begun.discard(reader)
        self.gate.made(reader, claim.subject)

    def lost(self, reader: str) -> None:
        """What it was let begin came to nothing: another card may be begun in its place."""
        with self._lock:
            if reader in self._begun and self.allowance is not None:
                self._begun.discard(reader)
                self.allowance += 1
        self.gate.lost(reader)

    def halt(self, reader: str, reason: str) -> None:
        """Stop here at once, and everywhere as soon as the ledger has it."""
        self.broken = reason
        try:
            self.desk.halt(reader, reason)
        except LedgerError as error:
            self.broken = f"{reason}; {error}"

    def stop(self, reader: str, reason: str) -> None:
        """Stop this station, not the line."""
        self.broken = self.broken or f"{reader}: {reason}"

    def mismatch(self, reader: str, found: Mismatched) -> None:
        """Keep it.  A ledger that is away stops the station, which the reader does anyway."""
        try:
            self.desk.mismatch(reader, found)
        except LedgerError as error:
            self.stop(reader, str(error))

    def taken_out(self, reader: str, reason: str) -> None:
        """Keep it."""
        try:
            self.desk.take_out(reader, reason)
        except LedgerError as error:
            self.stop(reader, str(error))

    def told(self, view: View) -> None:
        """Show it."""
        self.board.told(view)

    def pause(self) -> None:
        """A moment, or less when the station ends."""
        self._ending.wait(_MOMENT)


@dataclass(frozen=True, slots=True)
class Station:
    """``run`` returns when every reader has ended; ``watch`` is called meanwhile, again and again.

    ``beat`` seconds lie between two renewals of what its readers hold.
    """

    readers: Sequence[Reader]
    hall: SharedHall
    beat: float

    def run(self, watch: Callable[[], None], every: float) -> None:
        """Raises what a reader did not expect, after the others have finished their cards."""
        over = threading.Event()
        with ThreadPoolExecutor(len(self.readers) + 1, "reader") as threads:
            keeper = threads.submit(self._keep, over)
            running = [threads.submit(_all_steps, reader) for reader in self.readers]
            try:
                self._watch(running, watch, every)
            finally:
                self.hall.end()
                wait(running)
                over.set()
        for each in (*running, keeper):
            each.result()

    def _watch(
        self, running: Sequence[Future[None]], watch: Callable[[], None], every: float
    ) -> None:
        pending = set(running)
        while pending:
            done, pending = wait(pending, every, FIRST_EXCEPTION)
            watch()
            if any(each.exception() for each in done):
                return

    def _keep(self, over: threading.Event) -> None:
        while not over.wait(self.beat):
            try:
                self.hall.desk.beat()
            except SscardError as error:
                self.hall.stop("lease", str(error))


def _all_steps(reader: Reader) -> None:
    while reader.step():
        pass

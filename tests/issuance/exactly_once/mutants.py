"""The product broken on purpose, one way each: the sweep has to see every one of them.

``python -m tests.issuance.exactly_once.mutants FOLDER [NAME…]``
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sscard.errors import LedgerError, TransportError
from sscard.issuance.floor import order_jobs, social
from sscard.issuance.floor.held_chip import HeldChip
from sscard.issuance.ledger import counters, engine
from sscard.issuance.ledger.events import Chained
from sscard.issuance.orders import finishing, spoiling, taking, work
from sscard.issuance.orders.jobs import Jobs
from sscard.issuance.production_states import BodyState
from tests.issuance.exactly_once import disk, faults, sweep


@dataclass(frozen=True)
class Mutant:
    """What is broken, how, and the kind of fault that shows it first."""

    what: str
    way: str
    every: int
    put_in: Callable[[], None]


def _begin_late(jobs: Any) -> Callable[[], None]:
    """The ledger hears of the chip behind the chip's first command."""

    def put_in() -> None:
        usual_touch, usual_transmit = jobs.touch, HeldChip.transmit
        waiting: list[Callable[[], None]] = []

        def touch(self: Any, job: Any, chip: Any, /) -> None:
            waiting.append(lambda: usual_touch(self, job, chip))

        def transmit(self: Any, raw: bytes, /) -> bytes:
            try:
                return usual_transmit(self, raw)
            finally:
                while waiting:
                    waiting.pop()()

        jobs.touch = touch
        HeldChip.transmit = transmit  # type: ignore[method-assign]

    return put_in


def _expiry_gives_back() -> None:
    spoiling.touched = lambda _card, _state: False  # type: ignore[attr-defined]


def _expiry_forgets_the_body() -> None:
    usual = spoiling.set_body

    def set_body(book: Any, body: Any, state: Any, **changes: Any) -> None:
        if state is not BodyState.SPOILED:
            usual(book, body, state, **changes)

    spoiling.set_body = set_body  # type: ignore[attr-defined]


def _not_synced() -> None:
    usual = engine._make_durable

    def make(connection: Any, record: object) -> None:
        usual(connection, record)
        connection.execute("PRAGMA synchronous = NORMAL").close()

    engine._make_durable = make


def _number_used_again() -> None:
    spoiling.NO_ACCOUNT = {}  # type: ignore[attr-defined]


def _no_lease_check() -> None:
    finishing.require_held = lambda *_: None  # type: ignore[attr-defined]
    HeldChip.transmit = lambda self, raw, /: self.chip.transmit(raw)  # type: ignore[method-assign]


def _no_held_chip() -> None:
    HeldChip.transmit = lambda self, raw, /: self.chip.transmit(raw)  # type: ignore[method-assign]


def _two_steps_at_the_bank() -> None:
    def finished(self: Jobs, held: Any, actor: Any, **facts: Any) -> None:
        done = self.finish_bank(held, actor, **facts)
        assert done is not None
        self.audited(done, actor)

    Jobs.finished = finished  # type: ignore[method-assign,assignment]


def _cut(connection: Any) -> None:
    """What was one transaction is two."""
    connection.connection.dbapi_connection.commit()
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _row_before_event() -> None:
    usual = Chained.write

    def write(self: Any) -> None:
        if self._rows:
            _cut(self._connection)
        usual(self)

    Chained.write = write  # type: ignore[method-assign]


def _lease_in_a_second_step() -> None:
    usual = taking.begin_lease

    def begin(book: Any, order: int, seconds: float, token: str) -> Any:
        _cut(book.connection)
        return usual(book, order, seconds, token)

    taking.begin_lease = begin  # type: ignore[attr-defined]


def _sent_again() -> None:
    """A command without an answer is sent once more."""

    def transmit(self: Any, raw: bytes, /) -> bytes:
        self.require_held()
        try:
            return bytes(self.chip.transmit(raw))
        except TransportError:
            return bytes(self.chip.transmit(raw))

    HeldChip.transmit = transmit  # type: ignore[method-assign]


def _doubt_is_success() -> None:
    """A ledger that does not answer at the end of a card is taken to have heard."""
    usual = social.SocialCraft.make

    def make(self: Any, claim: Any, fed: Any, /) -> None:
        try:
            usual(self, claim, fed)
        except LedgerError:
            return

    social.SocialCraft.make = make  # type: ignore[method-assign]


def _numbers_outside() -> None:
    """Numbers are taken in a transaction of their own."""
    usual = counters.take

    def take(connection: Any, name: str, count: int = 1) -> range:
        found = usual(connection, name, count)
        if name == "serial":
            _cut(connection)
        return found

    work.take = take  # type: ignore[attr-defined]


def _silence_is_harmless() -> None:
    """A card that fell silent is put back as if nothing had happened to it."""
    usual = Jobs.fail

    def fail(self: Any, held: Any, reason: str, actor: Any, *, spoiled: bool = True) -> None:
        if not spoiled:
            usual(self, held, reason, actor, spoiled=spoiled)
            return
        spoiling.touched, kept = (lambda *_: False), spoiling.touched  # type: ignore[attr-defined]
        finishing.touched, known = (lambda *_: False), finishing.touched  # type: ignore[attr-defined]
        try:
            self.give_back(held, actor, reason)
        finally:
            spoiling.touched, finishing.touched = kept, known  # type: ignore[attr-defined]

    Jobs.fail = fail  # type: ignore[method-assign]


MUTANTS: dict[str, Mutant] = {}


def _listed() -> None:
    late = _begin_late(order_jobs.SocialOrders), _begin_late(order_jobs.BankOrders)
    MUTANTS.update(
        {
            "social-begin-late": Mutant("begin() after the first command", "kill", 5, late[0]),
            "bank-begin-late": Mutant("the same at the bank", "kill", 5, late[1]),
            "row-before-event": Mutant("row and event apart", "kill", 3, _row_before_event),
            "expiry-gives-back": Mutant(
                "a touched card's job goes back", "kill", 5, _expiry_gives_back
            ),
            "body-forgotten": Mutant(
                "a spoiled card's body stays bound", "kill", 5, _expiry_forgets_the_body
            ),
            "not-synced": Mutant("commits are not synced", "power", 5, _not_synced),
            "account-used-again": Mutant(
                "the bank number of a spoiled card", "kill", 5, _number_used_again
            ),
            "no-lease-check": Mutant("nobody asks for the lease", "stall", 3, _no_lease_check),
            "no-held-chip": Mutant("a station that hung writes on", "stall", 3, _no_held_chip),
            "two-steps-at-the-bank": Mutant(
                "bank side and audit are two transactions", "kill", 1, _two_steps_at_the_bank
            ),
            "lease-second": Mutant(
                "binding and lease are two transactions", "kill", 1, _lease_in_a_second_step
            ),
            "numbers-outside": Mutant(
                "numbers in a transaction of their own", "kill", 1, _numbers_outside
            ),
            "sent-again": Mutant("no answer: sent again", "error", 1, _sent_again),
            "doubt-is-success": Mutant(
                "an unknown end counts as done", "error", 1, _doubt_is_success
            ),
            "silence-is-harmless": Mutant(
                "a silent card goes back", "error", 1, _silence_is_harmless
            ),
        }
    )


def seen(home: Path, mutant: Mutant) -> sweep.Tally:
    """The sweep of its way, until something is untrue; in a process of its own."""
    mutant.put_in()
    faults.watch_database()
    sweep.UNDER.append(disk.watch_disk())
    return sweep.sweep(home, mutant.way, mutant.every, stop=True)


def main() -> int:
    import subprocess

    _listed()
    home, *names = Path(sys.argv[1]), *sys.argv[2:]
    if len(names) == 1:
        return _one(home / names[0], MUTANTS[names[0]])
    missed = 0
    for name in names or MUTANTS:
        word = [sys.executable, "-m", "tests.issuance.exactly_once.mutants", str(home), name]
        missed += subprocess.run(word, check=False).returncode != 0
    return missed


def _one(home: Path, mutant: Mutant) -> int:
    shutil.rmtree(home, ignore_errors=True)
    try:
        tally = seen(home, mutant)
    except SystemExit as error:
        print(f"{home.name}: seen without any fault: {error}", flush=True)
        return 0
    finally:
        shutil.rmtree(home, ignore_errors=True)
    if not tally.bad:
        print(f"{home.name}: NOT SEEN in {tally.places.total()} places", flush=True)
        return 1
    first = tally.bad[0]
    print(f"{home.name}: {first.place}: {first.untrue[0]}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

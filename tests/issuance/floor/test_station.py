"""Readers side by side: they share gates, stops and the number of cards that are wanted."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest
from floor_standins import Bench, Card, Notebook, TrayOf, VirtualTime

from sscard.errors import LedgerError, SscardError
from sscard.issuance.floor import (
    Board,
    Failures,
    Fed,
    Gate,
    GateRules,
    Mismatch,
    Mismatched,
    Reader,
    ReaderState,
    SharedHall,
    Station,
    StopRules,
)
from sscard.issuance.floor.gates import Verdict
from sscard.issuance.floor.work import CardFailed, Claim, LineMustHalt

NO_GATES = GateRules(first_article=False, patrol_cards=None, patrol_minutes=None)


@dataclass
class QuietDesk:
    """A ledger that only remembers."""

    line: str | None = None
    said: list[tuple[str, ...]] = field(default_factory=list)
    gone: bool = False

    def halted(self) -> str | None:
        return self.line

    def halt(self, reader: str, reason: str) -> None:
        self.line = reason
        self.said.append(("halt", reader))

    def mismatch(self, reader: str, found: Mismatched) -> None:
        if self.gone:
            raise LedgerError("ledger: gone")
        self.said.append(("mismatch", reader, found.mismatch.name))

    def take_out(self, reader: str, reason: str) -> None:
        if self.gone:
            raise LedgerError("ledger: gone")
        self.said.append(("out", reader))

    def beat(self) -> None:
        if self.gone:
            raise LedgerError("ledger: gone")


class Floor:
    """A station of ``n`` readers; ``benches`` say what their cards come to."""

    def __init__(
        self,
        cards: int,
        *benches: Bench,
        rules: GateRules = NO_GATES,
        hall: type[SharedHall] = SharedHall,
    ) -> None:
        now = VirtualTime()
        self.desk, self.book = QuietDesk(), Notebook(now)
        self.board = Board(now)
        self.hall = hall(self.desk, Gate(rules, self.book, now, now()), self.board)
        self.readers = [
            Reader(
                f"R{at}",
                TrayOf([Card(f"{at}-{card}") for card in range(cards)]),
                bench,
                self.hall,
                Failures(StopRules()),
            )
            for at, bench in enumerate(benches, 1)
        ]

    def run(self) -> None:
        Station(self.readers, self.hall, beat=60).run(lambda: None, 0.01)

    @property
    def states(self) -> list[ReaderState]:
        return [each.state for each in self.readers]


@dataclass
class Together(Bench):
    """No card is made before every reader has one in work."""

    barrier: threading.Barrier = field(default_factory=lambda: threading.Barrier(1))

    def make(self, claim: Claim, fed: Fed, /) -> None:
        self.barrier.wait(10)
        super().make(claim, fed)


def test_all_readers_work_at_the_same_time() -> None:
    barrier = threading.Barrier(8)
    floor = Floor(3, *(Together({}, barrier=barrier) for _ in range(8)))
    floor.run()
    assert floor.board.totals() == (24, 0)
    assert floor.states == [ReaderState.IDLE] * 8
    assert {line.view.made for line in floor.board.lines()} == {3}


def test_a_halt_stops_all_readers_at_their_next_card() -> None:
    barrier = threading.Barrier(3)
    bad = Together({"1-1": LineMustHalt("lot L")}, barrier=barrier)
    halted = threading.Event()

    class Slow(SharedHall):
        """Where the second cards of the others come out after the line was halted."""

        def halt(self, reader: str, reason: str) -> None:
            super().halt(reader, reason)
            halted.set()

        def made(self, reader: str, claim: Claim) -> None:
            if claim.subject.endswith("-1"):
                halted.wait(10)
            super().made(reader, claim)

    floor = Floor(3, bad, *(Together({}, barrier=barrier) for _ in range(2)), hall=Slow)
    floor.run()
    assert floor.states == [ReaderState.STOPPED] * 3
    assert floor.board.totals() == (5, 1)
    assert [line.view.why for line in floor.board.lines()] == ["lot L"] * 3


def test_a_mismatch_stops_one_reader_and_no_other() -> None:
    floor = Floor(3, Bench({}, {"1-1": Mismatched(Mismatch.OTHER_BATCH)}), Bench({}))
    floor.run()
    assert floor.states == [ReaderState.STOPPED, ReaderState.IDLE]
    assert floor.desk.said == [("mismatch", "R1", "OTHER_BATCH")]
    assert floor.board.totals() == (4, 0)


def test_a_reader_that_is_taken_out_leaves_the_others_alone() -> None:
    bad: dict[str, SscardError] = {f"1-{n}": CardFailed("6F00") for n in range(9)}
    floor = Floor(9, Bench(bad), Bench({}))
    floor.run()
    assert floor.states == [ReaderState.TAKEN_OUT, ReaderState.IDLE]
    assert floor.desk.said == [("out", "R1")]
    assert floor.board.totals() == (9, 3)


@pytest.mark.parametrize("wanted", [0, 1, 5])
def test_only_so_many_cards_are_made(wanted: int) -> None:
    floor = Floor(9, *(Bench({f"{n}-0": CardFailed("6F00")}) for n in range(1, 4)))
    floor.hall.allowance = wanted
    floor.run()
    assert floor.board.totals()[0] == wanted
    assert floor.states == [ReaderState.IDLE] * 3


def test_one_reader_makes_the_first_card_and_all_wait_for_the_signature() -> None:
    made_by_then = []

    class Signing(SharedHall):
        """Where somebody signs as soon as somebody waits."""

        def pause(self) -> None:
            book = self.gate.book
            if isinstance(book, Notebook) and book.known[-1:] and not made_by_then:
                made_by_then.append(self.board.totals())
                book.sign(Verdict.PASSED)
            super().pause()

    floor = Floor(2, *(Bench({}) for _ in range(4)), rules=GateRules(), hall=Signing)
    floor.run()
    assert made_by_then == [(1, 0)]
    assert floor.board.totals() == (8, 0)


def test_a_ledger_that_is_away_stops_the_station() -> None:
    floor = Floor(3, Bench({}, {"1-0": Mismatched(Mismatch.NO_ORDER)}))
    floor.desk.gone = True
    floor.run()
    assert floor.hall.broken == "R1: ledger: gone"


def test_a_bug_in_one_reader_is_not_swallowed_and_the_others_finish() -> None:
    barrier = threading.Barrier(2)
    broken = Together({"1-0": ZeroDivisionError()}, barrier=barrier)  # type: ignore[dict-item]
    floor = Floor(1, broken, Together({}, barrier=barrier))
    with pytest.raises(ZeroDivisionError):
        floor.run()
    assert floor.readers[1].made == 1


def test_rates_are_of_the_last_ten_minutes() -> None:
    now = VirtualTime()
    board = Board(now)
    reader = Floor(0, Bench({})).readers[0]
    board.told(reader.view)
    for _ in range(30):
        now.pass_(minutes=1)
        reader.made += 1
        board.told(reader.view)
    (line,) = board.lines()
    assert line.rate == pytest.approx(66)  # 11 cards stand at the ends of 10 minutes
    now.pass_(minutes=10)
    assert board.lines()[0].rate == pytest.approx(6)
    now.pass_(minutes=1)
    assert board.lines()[0].rate == 0

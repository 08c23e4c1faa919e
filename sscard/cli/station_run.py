"""One run of a station: readers at work until trays are empty, or people or a rule stop them."""

from __future__ import annotations

import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from types import FrameType

from sscard.cli import station_show
from sscard.cli.ending import CONFIGURATION, DONE, INTERRUPTED, NOT_FOR_EVERYBODY
from sscard.cli.station_readers import Slots
from sscard.cli.station_show import Heading, JsonLines, PlainLines, tell
from sscard.issuance.floor import (
    Board,
    Failures,
    Gate,
    GateRules,
    Reader,
    ReaderState,
    SharedHall,
    Station,
    StopRules,
    View,
)
from sscard.issuance.floor.desk import LedgerDesk
from sscard.issuance.floor.work import Craft

#: Seconds between two drawings of the table, and between two counts of what remains.
_DRAW, _COUNT = 0.25, 5.0
#: Seconds after which a station says again that it is alive, at the latest.
_BEAT = 60.0


@dataclass(frozen=True, slots=True)
class Rules:
    """What stops readers and stations, and how long a job is held."""

    stops: StopRules = field(default_factory=StopRules)
    gates: GateRules = field(default_factory=GateRules)
    lease: float = 120
    count: int | None = None


@dataclass(slots=True)
class Run:
    """A station that is set up; ``remaining`` counts what is left in the ledger."""

    desk: LedgerDesk
    craft: Craft
    slots: Slots
    rules: Rules
    remaining: Callable[[], int]
    as_json: bool = False
    _left: int | None = None
    _counted: float = field(default=float("-inf"))

    def __call__(self) -> int:
        """Work; the exit code.  Raises StationTaken, LedgerError before the first card."""
        out = self.desk.start(self.slots.feeders)
        board = self._board()
        hall = SharedHall(self.desk, self._gate(), board, allowance=self.rules.count)
        readers = self._readers(hall, out)
        why = None
        try:
            with self._stopped_by_people(hall) as pressed, self._shown(board) as draw:
                self.slots.listen()
                Station(readers, hall, beat=min(self.rules.lease / 3, _BEAT)).run(draw, _DRAW)
        finally:
            why = hall.broken
            self.desk.close(why)
        self._left = self.remaining()
        self._summary(board, why)
        return _code(board, why, pressed=pressed.is_set())

    def _gate(self) -> Gate:
        now = self.desk.now
        return Gate(self.rules.gates, self.desk, now, now())

    def _board(self) -> Board:
        heard: Callable[..., None] = lambda _view, _at: None  # noqa: E731
        if self.as_json:
            heard = JsonLines(self.desk.station).heard
        elif not sys.stderr.isatty():
            heard = PlainLines().heard
        return Board(self.desk.now, heard)

    def _readers(self, hall: SharedHall, out: Mapping[str, str]) -> list[Reader]:
        for name, reason in out.items():
            hall.told(View(name, ReaderState.TAKEN_OUT, why=reason))
            again = f"sscard station release {self.desk.station}/{name}"
            tell(f"{name}: 下线 taken out: {reason}; {again}")
        return [
            Reader(name, feeder, self.craft, hall, Failures(self.rules.stops))
            for name, feeder in self.slots.feeders.items()
            if name not in out
        ]

    def _heading(self) -> Heading:
        return Heading(self.desk.station, self.desk.batch, lambda: self._left)

    @contextmanager
    def _shown(self, board: Board) -> Iterator[Callable[[], None]]:
        if self.as_json or not sys.stderr.isatty():
            yield lambda: None
            return
        from rich.console import Console

        with station_show.live(board, self._heading(), Console(stderr=True)) as draw:

            def drawn() -> None:
                self._count()
                draw()

            yield drawn

    def _count(self) -> None:
        moment = time.monotonic()
        if moment - self._counted >= _COUNT:
            self._counted, self._left = moment, self.remaining()

    @contextmanager
    def _stopped_by_people(self, hall: SharedHall) -> Iterator[threading.Event]:
        """Ctrl-C and SIGTERM let the cards under way be finished."""
        pressed = threading.Event()

        def stop(_signal: int, _frame: FrameType | None) -> None:
            pressed.set()
            hall.end()
            self.slots.wedge.close()
            tell("完成当前卡后停止 stopping after the cards under way")

        with ExitStack() as restored:
            for each in (signal.SIGINT, signal.SIGTERM):
                restored.callback(signal.signal, each, signal.signal(each, stop))
            yield pressed

    def _summary(self, board: Board, why: str | None) -> None:
        if self.as_json:
            JsonLines(self.desk.station).line(**station_show.summary(board, self._heading(), why))
            return
        from rich.console import Console

        console = Console(stderr=True, width=None if sys.stderr.isatty() else 160)
        console.print(station_show.table(board, self._heading()))
        if why:
            tell(f"停机 stopped: {why}")
        if self.desk.kind == "bank" and (missing := self.desk.final_missing(self.rules.gates)):
            tell(f"终检 final sample: 还需 {missing} 张 cards still to be checked")


def station_name(name: str | None, kind: str) -> str:
    """The name given, or one that is this computer's."""
    return name or f"{kind}-{socket.gethostname()}"[:48]


def _code(board: Board, why: str | None, *, pressed: bool) -> int:
    """How the run ended: see ``sscard station``."""
    if why is not None:
        return CONFIGURATION
    if pressed:
        return INTERRUPTED
    _, failed = board.totals()
    states = board.counts()
    stopped = states.get(ReaderState.STOPPED, 0) + states.get(ReaderState.TAKEN_OUT, 0)
    return NOT_FOR_EVERYBODY if failed or stopped else DONE

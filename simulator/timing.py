"""The chip's own clock, and a card that takes as long as a card of plastic would.

The card model knows no clock.  These wrappers count what it did, commands and programmed pages, and
turn that into time with the chip file's figures; the line's share comes from the line-time model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sscard.transport.line import Line, Traffic

from .virtual_card import VirtualCard

_MICROSECOND = 1e-6


@dataclass(slots=True)
class ChipClock:
    """Seconds that a card's chip has worked, by its chip file.

    Wraps the card: use it in its place.
    """

    card: VirtualCard
    seconds: float = 0.0
    _programmed: int = field(init=False)

    def __post_init__(self) -> None:
        self._programmed = self.card.card.nvm.programmed

    def now(self) -> float:
        """Seconds that the chip has worked."""
        return self.seconds

    def reset(self) -> bytes:
        """Power off and on; the answer to reset."""
        answer = self.card.reset()
        self._count()
        return answer

    def transmit(self, command: bytes, /) -> bytes:
        """One command, one answer.  Raises TransportError when the card has no power."""
        try:
            return self.card.transmit(command)
        finally:
            self._count()

    def save(self, path: Path) -> None:
        """Write the card's image."""
        self.card.save(path)

    def _count(self) -> None:
        times, programmed = self.card.chip.times, self.card.card.nvm.programmed
        pages, self._programmed = programmed - self._programmed, programmed
        self.seconds += (times.command + pages * times.page) * _MICROSECOND


@dataclass(slots=True)
class RealTimeCard:
    """Answers when a card of plastic would: after the time of line and chip.

    ``clock`` and ``sleep`` are ``time.monotonic`` and ``time.sleep``, or a test's.  A model that is
    slower than the card it stands for answers as soon as it can.
    """

    card: ChipClock
    line_of: Callable[[bytes], Line]
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    _line: Line | None = None

    def reset(self) -> bytes:
        """Power off and on; the answer to reset, when its characters have gone over the line."""
        started, worked = self.clock(), self.card.seconds
        answer = self.card.reset()
        slowest = self.line_of(b"")
        self._line = self.line_of(answer)
        due = slowest.seconds(Traffic(0, len(answer), 1)) + self.card.seconds - worked
        self._wait(started + due)
        return answer

    def transmit(self, command: bytes, /) -> bytes:
        """One command, one answer.  Raises TransportError when the card has no power."""
        started, worked = self.clock(), self.card.seconds
        response = self.card.transmit(command)
        line = self._line or self.line_of(b"")
        due = line.seconds(line.traffic(command, response)) + self.card.seconds - worked
        self._wait(started + due)
        return response

    def _wait(self, until: float) -> None:
        left = until - self.clock()
        if left > 0:
            self.sleep(left)

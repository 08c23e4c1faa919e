"""The chip's own clock, and a card that takes as long as a card of plastic would.

The card model knows no clock.  These wrappers count what it did, commands and programmed pages, and
turn that into time with the chip file's figures; the line's share comes from the line-time model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sscard.cos.protocol import Protocol
from sscard.transport.line import Line, Traffic

from .psam_card import PsamCard
from .virtual_card import VirtualCard

_MICROSECOND = 1e-6
#: Changes of direction of an answer to reset: nothing went to the card before it.
_TURN = 1


@dataclass(slots=True)
class ChipClock:
    """A card, and ``seconds`` that its chip has worked, by its chip file."""

    card: VirtualCard | PsamCard
    seconds: float = 0.0
    _programmed: int = field(init=False)

    def __post_init__(self) -> None:
        self._programmed = self.card.card.nvm.programmed

    def power_on(self, protocol: Protocol = Protocol.T1, /) -> bytes:
        """Apply power; the ATR, over an antenna the ATS."""
        answer = self.card.power_on(protocol)
        self._count()
        return answer

    def reset(self) -> bytes:
        """Power off and on; the answer to reset."""
        answer = self.card.reset()
        self._count()
        return answer

    def power_off(self) -> None:
        """Take the power away: that takes no time."""
        self.card.power_off()

    def transmit(self, command: bytes, /) -> bytes:
        """One command, one answer.  Raises TransportError when the card has no power."""
        response = self.card.transmit(command)
        self._count()
        return response

    def _count(self) -> None:
        times, programmed = self.card.chip.times, self.card.card.nvm.programmed
        pages, self._programmed = programmed - self._programmed, programmed
        self.seconds += (times.command + pages * times.page) * _MICROSECOND


@dataclass(slots=True)
class RealTimeCard:
    """Answers when a card of plastic would: after the time of line and chip.

    ``line_of`` gives the line that an answer to reset leads to, and for no bytes the slowest.
    ``clock`` and ``sleep`` are ``time.monotonic`` and ``time.sleep``, or a test's.  Where the model
    takes longer than the card it stands for, the answer comes as soon as it is there.
    """

    card: ChipClock
    line_of: Callable[[bytes], Line]
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    _line: Line | None = None

    def power_on(self, protocol: Protocol = Protocol.T1, /) -> bytes:
        """Apply power; the answer comes when its characters have gone over the line."""
        return self._answer(lambda: self.card.power_on(protocol))

    def reset(self) -> bytes:
        """Power off and on, the protocol as before."""
        return self._answer(self.card.reset)

    def power_off(self) -> None:
        """Take the power away."""
        self.card.power_off()

    def transmit(self, command: bytes, /) -> bytes:
        """One exchange.  Raises TransportError when the card has no power."""
        started, worked = self.clock(), self.card.seconds
        response = self.card.transmit(command)
        line = self._line or self.line_of(b"")
        on_line = line.seconds(line.traffic(command, response))
        self._wait(started + on_line + self.card.seconds - worked)
        return response

    def _answer(self, power_up: Callable[[], bytes]) -> bytes:
        started, worked = self.clock(), self.card.seconds
        answer = power_up()
        self._line = self.line_of(answer)
        on_line = self.line_of(b"").seconds(Traffic(0, len(answer), _TURN))
        self._wait(started + on_line + self.card.seconds - worked)
        return answer

    def _wait(self, until: float) -> None:
        left = until - self.clock()
        if left > 0:
            self.sleep(left)

"""The chip's own clock, and a card that takes as long as a card of plastic would.

The card model knows no clock.  These wrappers count what it did, commands and programmed pages, and
turn that into time with the chip file's figures; the line's share comes from the line-time model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sscard.apdu.atr import Atr
from sscard.apdu.pps import DEFAULT_FI_DI, Pps
from sscard.cos.protocol import Protocol
from sscard.errors import MalformedData, TransportError
from sscard.transport.line import Line, LineOptions, Traffic

from .simulated_card import SimulatedCard, WithMemory, pps

_MICROSECOND = 1e-6
#: Changes of direction of an answer to reset: nothing went to the card before it.
_TURN = 1
_CONTACT, _ANTENNA = LineOptions.parse("contact"), LineOptions.parse("contactless")


@dataclass(slots=True)
class ChipClock:
    """A card, and ``seconds`` that its chip has worked, by its chip file.

    ``inside`` is a user card or a PSAM, also a persistent one.
    """

    inside: SimulatedCard
    seconds: float = 0.0
    _programmed: int = field(init=False)

    def __post_init__(self) -> None:
        self._programmed = self.card.nvm.programmed

    @property
    def chip(self) -> Any:
        """The chip's description."""
        return self.inside.chip

    @property
    def card(self) -> WithMemory:
        """The operating system in the chip."""
        return self.inside.card

    def power_on(self, protocol: Protocol = Protocol.T1, /) -> bytes:
        """Apply power; the ATR, over an antenna the ATS."""
        answer = self.inside.power_on(protocol)
        self._count()
        return answer

    def reset(self) -> bytes:
        """Power off and on; the answer to reset."""
        answer = self.inside.reset()
        self._count()
        return answer

    def pps(self, request: bytes, /) -> bytes:
        """The answer to a PPS, which takes the chip no time.

        Raises MalformedData, TransportError.
        """
        return pps(self.inside, request)

    def power_off(self) -> None:
        """Take the power away: that takes no time."""
        self.inside.power_off()

    def transmit(self, command: bytes, /) -> bytes:
        """One command, one answer.  Raises TransportError when the card has no power."""
        response = self.inside.transmit(command)
        self._count()
        return response

    def save(self, path: Path, /) -> None:
        """Write the memory to a card image."""
        self.inside.save(path)

    def _count(self) -> None:
        times, programmed = self.chip.times, self.card.nvm.programmed
        pages, self._programmed = programmed - self._programmed, programmed
        self.seconds += (times.command + pages * times.page) * _MICROSECOND


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a reader with contacts and an antenna: its clock, guard time and bit rate.

    The protocol is what the card has power for, the speed what its ATR offers.
    """

    contact: LineOptions = _CONTACT
    antenna: LineOptions = _ANTENNA

    def of(self, protocol: Protocol, ta1: int = DEFAULT_FI_DI) -> Line:
        """The line.  A speed that is reserved, or not for this clock, leaves it at 372/1."""
        if protocol is Protocol.CONTACTLESS:
            return self.antenna.final()
        options = replace(self.contact, t1=protocol is Protocol.T1)
        try:
            return options.final(ta1)
        except MalformedData:
            return options.final()


@dataclass(slots=True)
class RealTimeCard:
    """Answers when a card of plastic would: after the time of line and chip.

    On contacts the line goes as fast as TA1 of the ATR offers, as readers have it; a PPS changes
    that to what was agreed upon.  ``clock`` and ``sleep`` are ``time.monotonic`` and
    ``time.sleep``, or a test's.  Where the model takes longer than the card it stands for, the
    answer comes as soon as it is there.
    """

    inside: ChipClock
    lines: Lines
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    _protocol: Protocol = Protocol.T1
    _line: Line = field(init=False)

    def __post_init__(self) -> None:
        self._line = self.lines.of(self._protocol)

    @property
    def chip(self) -> Any:
        """The chip's description."""
        return self.inside.chip

    @property
    def card(self) -> WithMemory:
        """The operating system in the chip."""
        return self.inside.card

    @property
    def line(self) -> Line:
        """What the next command goes over."""
        return self._line

    def power_on(self, protocol: Protocol = Protocol.T1, /) -> bytes:
        """Apply power; the answer comes when its characters have gone over the line."""
        self._protocol = protocol
        return self._answer(lambda: self.inside.power_on(protocol))

    def reset(self) -> bytes:
        """Power off and on, the protocol as before."""
        return self._answer(self.inside.reset)

    def pps(self, request: bytes, /) -> bytes:
        """The answer to a PPS; from then on the line has the speed that it says."""
        started = self.clock()
        answer = self.inside.pps(request)
        agreed = Pps.parse(answer)
        on_line = self._slowest.seconds(Traffic(len(request), len(answer), 2))
        self._protocol = Protocol.T1 if agreed.protocol else Protocol.T0
        ta1 = DEFAULT_FI_DI if agreed.fi_di is None else agreed.fi_di
        self._line = self.lines.of(self._protocol, ta1)
        self._wait(started + on_line)
        return answer

    def power_off(self) -> None:
        """Take the power away."""
        self.inside.power_off()

    def transmit(self, command: bytes, /) -> bytes:
        """One exchange.  Raises TransportError when the card has no power."""
        started, worked = self.clock(), self.inside.seconds
        response = self.inside.transmit(command)
        on_line = self._line.seconds(_traffic(self._line, command, response))
        self._wait(started + on_line + self.inside.seconds - worked)
        return response

    def save(self, path: Path, /) -> None:
        """Write the memory to a card image."""
        self.inside.save(path)

    @property
    def _slowest(self) -> Line:
        return self.lines.of(self._protocol)

    def _answer(self, power_up: Callable[[], bytes]) -> bytes:
        started, worked = self.clock(), self.inside.seconds
        answer = power_up()
        self._line = self.lines.of(self._protocol, _ta1(self._protocol, answer))
        on_line = self._slowest.seconds(Traffic(0, len(answer), _TURN))
        self._wait(started + on_line + self.inside.seconds - worked)
        return answer

    def _wait(self, until: float) -> None:
        left = until - self.clock()
        if left > 0:
            self.sleep(left)


def _ta1(protocol: Protocol, answer: bytes) -> int:
    """What the answer to reset offers."""
    if protocol is Protocol.CONTACTLESS:
        return DEFAULT_FI_DI
    try:
        return Atr.parse(answer).fi_di
    except MalformedData:
        return DEFAULT_FI_DI


def _traffic(line: Line, command: bytes, response: bytes) -> Traffic:
    """What the exchange put on the line; of bytes that are no command just these."""
    try:
        return line.traffic(command, response)
    except (MalformedData, TransportError):
        return Traffic(len(command), len(response), 2)

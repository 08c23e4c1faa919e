"""A line: how long characters and turnarounds take on it.

Times are those of the standards' shortest legal form.  What a card computes and programs comes on
top, and so does what a reader's firmware and driver take.
"""

from __future__ import annotations

from dataclasses import dataclass

from sscard.transport.line.framing import Framing
from sscard.transport.line.speed import Speed
from sscard.transport.line.traffic import Traffic

_CARRIER = 13.56e6
_BITS = 9  # 8 and parity, in both directions (ISO/IEC 14443-3 §6.2.3)
#: Kbit/s → divisor of the carrier.
RATES = {106: 128, 212: 64, 424: 32, 848: 16}
#: Shortest frame delay of type A in carrier periods (ISO/IEC 14443-3 §6.2.1.1), and the bits that
#: begin and end a frame.
_FRAME_DELAY, _FRAME_BITS = 1236, 2
#: ISO/IEC 7816-3:2006 §7.2, 8.3: a character with its guard time, by default and with TC1 = FF on
#: T=1.
_CHARACTER, _SHORT_CHARACTER = 12, 11
_NO_GUARD = 0xFF
#: Etu between the starts of two characters of opposite directions: §10.2 and §11.4.3 (BGT).
_T0_TURN, _T1_TURN = 16, 22


@dataclass(frozen=True, slots=True)
class Line:
    """All times are seconds.

    ``to_card`` and ``from_card`` are those of one character; ``turnaround`` is what a change of
    direction costs beyond its characters.
    """

    name: str
    framing: Framing
    to_card: float
    from_card: float
    turnaround: float

    def traffic(self, command: bytes, response: bytes) -> Traffic:
        """What one exchange of APDUs puts on this line.

        Raises MalformedData: no command; TransportError: one that the protocol cannot carry.
        """
        return self.framing.traffic(command, response)

    def characters(self, traffic: Traffic) -> float:
        """Time of the characters alone."""
        return traffic.to_card * self.to_card + traffic.from_card * self.from_card

    def seconds(self, traffic: Traffic) -> float:
        """Time of characters and turnarounds: the line is busy that long, at the least."""
        return self.characters(traffic) + traffic.turns * self.turnaround


def contact(speed: Speed, framing: Framing, *, t1: bool = False, guard: int = 0) -> Line:
    """A line with contacts.  ``guard`` is TC1: more etu before each character to the card.

    FF means 11 etu a character on T=1, in both directions, and on T=0 nothing (§8.3).
    """
    least = guard == _NO_GUARD
    character = _SHORT_CHARACTER if t1 and least else _CHARACTER
    turn = (_T1_TURN if t1 else _T0_TURN) - character
    return Line(
        f"T={int(t1)}, TA1={speed.ta1:02X}, {speed.clock / 1e6:g} MHz",
        framing,
        speed.etu * (character + (0 if least else guard)),
        speed.etu * character,
        speed.etu * turn,
    )


def antenna(rate: int, framing: Framing) -> Line:
    """A contactless line of type A; ``rate`` is one of 106, 212, 424 and 848 kbit/s."""
    bit = RATES[rate] / _CARRIER
    delay = _FRAME_DELAY / _CARRIER + _FRAME_BITS * bit
    return Line(f"ISO 14443-4, {rate} kbit/s", framing, _BITS * bit, _BITS * bit, delay)

"""What a reader needs of a card: anything with these methods can be plugged in."""

from __future__ import annotations

from typing import Protocol as Shape
from typing import runtime_checkable

from sscard.cos.protocol import Protocol
from sscard.errors import TransportError


class NoPower(TransportError):
    """A command for a card without power."""


class Pluggable(Shape):
    """A user card, a PSAM, or one of them behind faults, a clock or a saved state.

    Whatever does not answer raises TransportError; ``sscard.transport.CardRemoved`` when it is no
    longer there.
    """

    def power_on(self, protocol: Protocol = ..., /) -> bytes:
        """Apply power, also to a card that has it; the ATR, over an antenna the ATS."""
        ...

    def reset(self) -> bytes:
        """The same with the protocol as before."""
        ...

    def power_off(self) -> None:
        """Take the power away."""
        ...

    def transmit(self, command: bytes, /) -> bytes:
        """One exchange: TPDUs on T=0, else APDUs."""
        ...


@runtime_checkable
class Negotiating(Shape):
    """A card that may be asked for another speed or protocol."""

    def pps(self, request: bytes, /) -> bytes:
        """The answer to a PPS, straight after power-on.

        Raises MalformedData, and TransportError where the card stays mute.
        """
        ...

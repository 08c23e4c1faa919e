"""What every simulated card can do, whatever lies around its chip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from sscard.cos import Card
from sscard.cos.protocol import Protocol as Line
from sscard.dialects import Chip

if TYPE_CHECKING:
    from pathlib import Path


class SimulatedCard(Protocol):
    """A ``VirtualCard``, or one inside a wrapper: persistent, faulty, both."""

    @property
    def chip(self) -> Chip:
        """The chip's description."""
        ...

    @property
    def card(self) -> Card:
        """The chip itself."""
        ...

    def power_on(self, protocol: Line = Line.T1) -> bytes:
        """Apply power; the answer to reset, over an antenna the ATS."""
        ...

    def reset(self) -> bytes:
        """Power off and on again, the protocol as before."""
        ...

    def pps(self, request: bytes, /) -> bytes:
        """The answer to a PPS, straight after power-on.  Raises MalformedData, TransportError."""
        ...

    def power_off(self) -> None:
        """Take the power away."""
        ...

    def transmit(self, command: bytes, /) -> bytes:
        """One command, one answer.  Raises TransportError when there is none."""
        ...

    def save(self, path: Path, /) -> None:
        """Write the memory to a card image."""
        ...

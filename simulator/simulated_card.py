"""What every simulated card can do, whatever lies around its chip."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from typing import Protocol as Shape

from simulator.pluggable import Negotiating, Pluggable
from sscard.cos import NVM
from sscard.errors import TransportError


class WithMemory(Shape):
    """A card's operating system."""

    @property
    def nvm(self) -> NVM:
        """Its memory."""
        ...


class SimulatedCard(Pluggable, Shape):
    """A ``VirtualCard`` or a PSAM, or one of them inside a wrapper: persistent, faulty, both."""

    @property
    def chip(self) -> Any:
        """The chip's description."""
        ...

    @property
    def card(self) -> WithMemory:
        """The operating system in the chip."""
        ...

    def save(self, path: Path, /) -> None:
        """Write the memory to a card image."""
        ...


def pps(card: SimulatedCard, request: bytes) -> bytes:
    """What the card answers to a PPS.  Raises MalformedData; TransportError where it is mute."""
    if not isinstance(card, Negotiating):
        raise TransportError("the card does not answer a PPS")
    return card.pps(request)

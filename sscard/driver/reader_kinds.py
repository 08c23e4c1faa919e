"""The kinds of readers: PC/SC, a card image, a simulated card behind TCP."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sscard.errors import TransportError

if TYPE_CHECKING:
    from simulator.simulated_card import SimulatedCard

#: What is wrong when --contactless was given, and when it was not.
_OTHER_WAY = {
    True: "卡片为接触方式 the card is reached by its contacts: leave out --contactless",
    False: "卡片为非接触方式 the card is reached by antenna: add --contactless",
}


class OpenCard(Protocol):
    """A card that commands reach until it is closed."""

    def reset(self) -> bytes:
        """Power off and on; the ATR.  Raises TransportError when there is no card."""
        ...

    def transmit(self, command: bytes, /) -> bytes:
        """One exchange.  Raises TransportError when there is no answer."""
        ...

    def close(self) -> None:
        """Let go of the card; a simulated one is written to its image."""
        ...


class CardReader(Protocol):
    """A place where cards are put in and taken out."""

    @property
    def name(self) -> str:
        """As people know it."""
        ...

    def connect(self, *, contactless: bool | None = None) -> OpenCard:
        """The card that is there, reached as it is or as is wanted.  Raises TransportError."""
        ...

    def wait(self, seconds: float, /, *, present: bool) -> None:
        """Until there is a card, or none.  Raises NoCard when the time is over."""
        ...


@dataclass(frozen=True, slots=True)
class PcscReader:
    """A reader of this computer's PC/SC service."""

    name: str

    @classmethod
    def found(cls, wanted: str) -> PcscReader:
        """By number, name or part of a name.  Raises NoService, NoReader."""
        from sscard.transport import Service

        with Service() as service:
            return cls(service.find(wanted))

    def connect(self, *, contactless: bool | None = None) -> OpenCard:
        """The card that is there, for this program alone.

        Raises NoCard, CardMute, ReaderInUse, and TransportError when it is not reached by the
        interface that is wanted.
        """
        from sscard.transport import PcscConnection, by_antenna

        card = PcscConnection(self.name)
        if contactless in (None, by_antenna(card.atr)):
            return card
        card.close()
        raise TransportError(f"{self.name}: {_OTHER_WAY[contactless is True]}")

    def wait(self, seconds: float, /, *, present: bool) -> None:
        """Until a card is put in, or taken out.  Raises NoCard when the time is over."""
        from sscard.transport import Service

        with Service() as service:
            service.wait(self.name, time.monotonic, timeout=seconds, present=present)


@dataclass(frozen=True, slots=True)
class TcpReader:
    """The simulated card of another process."""

    host: str
    port: int

    @property
    def name(self) -> str:
        """As in ``--reader``."""
        return f"tcp:{self.host}:{self.port}"

    def connect(self, *, contactless: bool | None = None) -> OpenCard:
        """The card that is there.

        Raises TransportError, also when it is not reached by the interface that is wanted.
        """
        from sscard.transport import TcpConnection, TcpProtocol

        card = TcpConnection(self.host, self.port)
        for each in card.protocols:
            if contactless in (None, each is TcpProtocol.CONTACTLESS):
                card.protocol = each
                return card
        card.close()
        raise TransportError(f"{self.name}: {_OTHER_WAY[contactless is True]}")

    def wait(self, _seconds: float, /, *, present: bool) -> None:
        """Nobody takes this card out: raises NoCard when it would have to go."""
        _require_staying(self.name, present=present)


@dataclass(frozen=True, slots=True)
class ImageReader:
    """A reader with the simulated card of an image in it, or PSAM, which nobody takes out."""

    path: Path

    @property
    def name(self) -> str:
        """As in ``--reader``."""
        return f"sim:{self.path}"

    def connect(self, *, contactless: bool | None = None) -> OpenCard:
        """The card, for this program alone.  Raises MalformedData, TransportError."""
        from simulator import load_card
        from simulator.persistence import Persist, kept

        with ExitStack() as opening:
            card = opening.enter_context(kept(self.path, Persist.EACH_COMMAND, load=load_card))
            answer = power(card, contactless=contactless is True)
            return SimulatedInReader(card, opening.pop_all().close, answer)

    def wait(self, _seconds: float, /, *, present: bool) -> None:
        """Nobody takes this card out: raises NoCard when it would have to go."""
        _require_staying(self.name, present=present)


def _require_staying(name: str, *, present: bool) -> None:
    from sscard.transport import NoCard

    if not present:
        raise NoCard(f"{name}: 只有一张卡 this reader has one card, and it stays in")


def power(card: SimulatedCard, *, contactless: bool) -> bytes:
    """Power on, so that resets keep to the interface; the ATR, over an antenna the ATS.

    Raises NoCard when the chip has no antenna and one is wanted: no field finds it.
    """
    from simulator import Protocol as CardProtocol
    from sscard.dialects import Chip
    from sscard.transport import NoCard

    antenna = isinstance(card.chip, Chip) and card.chip.ats
    if contactless and not antenna:
        raise NoCard(f"a {card.chip.name} chip has no antenna: leave out --contactless")
    return card.power_on(CardProtocol.CONTACTLESS if contactless else CardProtocol.T1)


@dataclass(frozen=True, slots=True)
class SimulatedInReader:
    """The simulated card of an image, which is written whenever a command has changed it.

    ``atr`` is what it has answered to the power it was given at first, over an antenna the ATS.
    """

    card: SimulatedCard
    close: Callable[[], None]
    atr: bytes = b""

    def reset(self) -> bytes:
        """Power off and on; the ATR."""
        return self.card.reset()

    def transmit(self, command: bytes, /) -> bytes:
        """One exchange."""
        return self.card.transmit(command)

"""``--reader``: which card a command works on, a real one or a simulated one.

``NAME`` or a number is a PC/SC reader, ``sim:FILE`` the simulated card in an image, and
``tcp:HOST:PORT`` one that ``sscard simulate --tcp`` keeps in another process.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol, TypeAlias

import typer

from sscard.cli.recording import RecordedCard, recording
from sscard.errors import TransportError

if TYPE_CHECKING:
    from simulator import VirtualCard
    from sscard.dialects import Chip
    from sscard.perso.plan import Connection

_SIM, _TCP = "sim:", "tcp:"
#: What is wrong when --contactless was given, and when it was not.
_OTHER_WAY = {
    True: "卡片为接触方式 the card is reached by its contacts: leave out --contactless",
    False: "卡片为非接触方式 the card is reached by antenna: add --contactless",
}

Image: TypeAlias = Annotated[
    Path | None,
    typer.Argument(help="Card image (卡映像), cards/*.card of a run.", show_default=False),
]
ReaderName: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--reader",
        metavar="NAME|INDEX|sim:FILE",
        help="The card in this reader (读卡器); see `sscard reader list`.",
    ),
]

Wait: TypeAlias = Annotated[
    float, typer.Option(min=0, metavar="SECONDS", help="Wait so long for each card in --reader.")
]
Count: TypeAlias = Annotated[
    int | None, typer.Option(min=1, help="Stop after so many new cards (张数).")
]


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


def reader(spec: str) -> CardReader:
    """The reader that ``--reader`` names.  Raises BadParameter; NoService, NoReader."""
    if spec.startswith(_SIM):
        return ImageReader(Path(spec.removeprefix(_SIM)))
    if spec.startswith(_TCP):
        host, colon, port = spec.removeprefix(_TCP).rpartition(":")
        if not (colon and host and port.isascii() and port.isdigit() and int(port) < 1 << 16):
            raise typer.BadParameter("tcp: needs HOST:PORT", param_hint="--reader")
        return TcpReader(host, int(port))
    return PcscReader.found(spec)


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
        """The card that is there.  Raises TransportError."""
        from sscard.transport import TcpConnection, TcpProtocol

        wanted = TcpProtocol.CONTACTLESS if contactless else None
        return TcpConnection(self.host, self.port, protocol=wanted)

    def wait(self, _seconds: float, /, *, present: bool) -> None:
        """Nobody takes this card out: raises NoCard when it would have to go."""
        _require_staying(self.name, present=present)


@dataclass(frozen=True, slots=True)
class ImageReader:
    """A reader with the simulated card of an image in it, which nobody takes out."""

    path: Path

    @property
    def name(self) -> str:
        """As in ``--reader``."""
        return f"sim:{self.path}"

    def connect(self, *, contactless: bool | None = None) -> OpenCard:
        """The card.  Raises MalformedData, TransportError."""
        from simulator import VirtualCard

        card = VirtualCard.load(self.path)
        return ImageCard.powered(card, self.path, contactless=contactless is True)

    def wait(self, _seconds: float, /, *, present: bool) -> None:
        """Nobody takes this card out: raises NoCard when it would have to go."""
        _require_staying(self.name, present=present)


def _require_staying(name: str, *, present: bool) -> None:
    from sscard.transport import NoCard

    if not present:
        raise NoCard(f"{name}: 只有一张卡 this reader has one card, and it stays in")


@dataclass(frozen=True, slots=True)
class ImageCard:
    """The simulated card of an image; closing writes what has become of it.

    ``atr`` is what it has answered to the power it was given at first, over an antenna the ATS.
    """

    card: VirtualCard
    path: Path
    atr: bytes = b""

    @classmethod
    def powered(cls, card: VirtualCard, path: Path, *, contactless: bool) -> ImageCard:
        """Raises TransportError when the chip has no antenna and one is wanted."""
        from simulator import Protocol as CardProtocol

        if contactless and not card.chip.ats:
            raise TransportError(f"a {card.chip.name} chip has no antenna: leave out --contactless")
        answer = card.power_on(CardProtocol.CONTACTLESS if contactless else CardProtocol.T1)
        return cls(card, path, answer)

    @property
    def chip(self) -> Chip:
        """What the image is of."""
        return self.card.chip

    def reset(self) -> bytes:
        """Power off and on; the ATR."""
        return self.card.reset()

    def transmit(self, command: bytes, /) -> bytes:
        """One exchange."""
        return self.card.transmit(command)

    def close(self) -> None:
        """Write the card to its image.  Raises OSError."""
        self.card.power_off()
        self.card.save(self.path)


@dataclass(frozen=True, slots=True)
class Source:
    """A card and what it is called.  ``chip`` is known of simulated cards only.

    ``image`` is the copy of a card image, None where the card is in a reader: what is done to that
    one stays done.
    """

    name: str
    card: Connection
    chip: Chip | None
    image: ImageCard | None = None

    def keep(self) -> None:
        """Write the copy back to its image; nothing for a card in a reader.  Raises OSError."""
        if self.image is not None:
            self.image.card.save(self.image.path)


@contextmanager
def opened(
    image: Path | None,
    spec: str | None,
    *,
    contactless: bool | None = None,
    record: Path | None = None,
) -> Iterator[Source]:
    """The card that a command was given: an image, of which a copy is used, or one in a reader.

    What is said to it goes into the new file ``record``.  Raises BadParameter unless it is exactly
    one of both; MalformedData, TransportError.
    """
    if (image is None) is (spec is None):
        raise _one_of_both()
    place = reader(spec) if spec is not None else ImageReader(image or Path())
    with recording(record) if record else nullcontext() as tell:
        inside = place.connect(contactless=contactless)
        card = RecordedCard(inside, tell) if tell else inside
        copy = inside if image is not None and isinstance(inside, ImageCard) else None
        name = image.name if image is not None else place.name
        try:
            yield Source(name, card, getattr(inside, "chip", None), copy)
        finally:
            if copy is None:
                inside.close()


def image_in(image: Path | None, spec: str | None) -> Path:
    """The image whose memory is to be seen.

    Raises BadParameter unless it is exactly one of both; TransportError for a real card.
    """
    if (image is None) is (spec is None):
        raise _one_of_both()
    if image is not None:
        return image
    place = reader(spec or "")
    if isinstance(place, ImageReader):
        return place.path
    raise TransportError(
        f"{place.name}: 无法读取存储器 no command gives the memory of a card in a reader; "
        "`sscard card show` shows what it tells"
    )


def _one_of_both() -> typer.BadParameter:
    return typer.BadParameter("give a card image or --reader, one of both", param_hint="IMAGE")

"""``--reader``: which card a command works on, a real one or a simulated one.

``NAME`` or a number is a PC/SC reader, ``sim:FILE`` the simulated card in an image, and
``tcp:HOST:PORT`` one that ``sscard simulate --tcp`` keeps in another process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from sscard.cli.recording import recorded_card, recording
from sscard.driver.reader_kinds import CardReader, ImageReader, SimulatedInReader, power
from sscard.driver.reader_names import reader as named_reader
from sscard.errors import TransportError

if TYPE_CHECKING:
    from simulator.simulated_card import SimulatedCard
    from sscard.dialects import Chip
    from sscard.perso.plan import Connection
    from sscard.transport.recorder import Tell

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


def reader(spec: str) -> CardReader:
    """The reader that ``--reader`` names.  Raises BadParameter; NoService, NoReader."""
    try:
        return named_reader(spec)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--reader") from None


@dataclass(frozen=True, slots=True)
class Source:
    """A card and what it is called; ``simulated`` is it where it is a simulated one here.

    ``image`` is where it was copied from, None where the card is in a reader: what is done to that
    one stays done.
    """

    name: str
    card: Connection
    simulated: SimulatedCard | None = None
    image: Path | None = None

    @property
    def chip(self) -> Chip | None:
        """What chip it is; of real cards nobody knows."""
        return None if self.simulated is None else self.simulated.chip

    def keep(self) -> None:
        """Write the copy back to its image; nothing for a card in a reader.  Raises OSError."""
        if self.simulated is not None and self.image is not None:
            self.simulated.save(self.image)


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
        raise one_of_both()
    with recording(record) if record else nullcontext() as tell:
        if image is not None:
            yield _copied(image, contactless=contactless is True, tell=tell)
            return
        place = reader(spec or "")
        inside = place.connect(contactless=contactless)
        try:
            simulated = inside.card if isinstance(inside, SimulatedInReader) else None
            yield Source(place.name, recorded_card(inside, tell), simulated)
        finally:
            inside.close()


def _copied(image: Path, *, contactless: bool, tell: Tell | None) -> Source:
    from simulator import VirtualCard

    card = VirtualCard.load(image)
    inside = SimulatedInReader(card, card.power_off, power(card, contactless=contactless))
    return Source(image.name, recorded_card(inside, tell), card, image)


def image_in(image: Path | None, spec: str | None) -> Path:
    """The image whose memory is to be seen.

    Raises BadParameter unless it is exactly one of both; TransportError for a real card.
    """
    if (image is None) is (spec is None):
        raise one_of_both()
    if image is not None:
        return image
    place = reader(spec or "")
    if isinstance(place, ImageReader):
        return place.path
    raise TransportError(
        f"{place.name}: 无法读取存储器 no command gives the memory of a card in a reader; "
        "`sscard card show` shows what it tells"
    )


def one_of_both() -> typer.BadParameter:
    """What is wrong where a command was given neither or both."""
    return typer.BadParameter("give a card image or --reader, one of both", param_hint="IMAGE")

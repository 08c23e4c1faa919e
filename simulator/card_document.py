"""A card as a JSON document: masked for showing to others, or whole, for an image again.

Masked, every region has its name, place, size and facts, and no content.  Whole, ``content`` is
each byte of the memory in hexadecimal: keys, PIN and personal data in clear.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from simulator.contents import contents
from simulator.image import Image
from simulator.psam_card import card_of
from simulator.simulated_card import SimulatedCard
from sscard.cos.memory_map import memory_map
from sscard.dialects.chip import PAGE
from sscard.errors import MalformedData

FORMAT: Literal["sscard card"] = "sscard card"
VERSION: Literal[1] = 1

_Hex = Annotated[str, StringConstraints(pattern=r"^([0-9A-F]{2})*$")]
_Count = Annotated[int, Field(ge=0, le=0xFFFFFFFF)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RegionTable(_Table):
    """One region of the memory; ``facts`` and names are for people and are not read again."""

    part: str
    kind: str
    owner: str = ""
    identifier: str = ""
    detail: str = ""
    facts: dict[str, str] = {}
    offset: _Count
    size: _Count
    content: _Hex | None = Field(repr=False)


class CardDocument(_Table):
    """The document.  ``wear`` counts programmings of each page."""

    format: Literal["sscard card"]
    version: Literal[1]
    chip: str
    masked: bool
    regions: tuple[RegionTable, ...]
    wear: tuple[_Count, ...]


def document(card: SimulatedCard, *, reveal: bool = False) -> dict[str, Any]:
    """The card as a document, masked unless ``reveal``."""
    facts = {entry.region.at: dict(entry.facts) for entry in contents(card)}
    found, cells = memory_map(card.card.nvm, card.chip), card.card.nvm.cells
    regions = [
        {
            "part": region.part,
            "kind": region.kind.value,
            "owner": region.owner,
            "identifier": region.identifier,
            "detail": region.detail,
            "facts": facts.get(region.at, {}),
            "offset": region.at,
            "size": region.size,
            "content": _hex(cells, region.at, region.size) if reveal else None,
        }
        for region in found.regions
    ]
    return {
        "format": FORMAT,
        "version": VERSION,
        "chip": found.chip,
        "masked": not reveal,
        "regions": regions,
        "wear": list(found.wear),
    }


def load_document(path: Path) -> Image:
    """The image in a document that was not masked.

    Raises MalformedData: not such a document, masked (what is not in it cannot be made up), or a
    memory that no card can have written.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise MalformedData(f"{path}: cannot be read ({why})") from None
    try:
        image = parse(text)
        _require_card(image)
    except MalformedData as error:
        raise MalformedData(f"{path}: {error}") from None
    return image


def parse(text: str) -> Image:
    """The image in the text of a document.  Raises MalformedData naming the place, no content."""
    try:
        card = CardDocument.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise MalformedData(f"{place}: {first['msg']}" if place else first["msg"]) from None
    if card.masked or any(region.content is None for region in card.regions):
        raise MalformedData(
            "this export is masked: keys, PINs and contents are not in it, so there is no card to "
            "make of it; export with --reveal"
        )
    return Image(card.chip, _cells(card), card.wear)


def _require_card(image: Image) -> None:
    """Raises MalformedData unless the card's own code finds its way through the memory."""
    try:
        contents(card_of(image))
    except (IndexError, KeyError, ValueError, StopIteration):
        raise MalformedData("its memory is none that a card has written") from None


def _cells(card: CardDocument) -> bytes:
    """The memory: regions in order, each with its content, none missing."""
    parts = [bytes.fromhex(region.content or "") for region in card.regions]
    at = 0
    for region, part in zip(card.regions, parts, strict=True):
        if (region.offset, region.size) != (at, len(part)):
            raise MalformedData(
                f"the region at offset {region.offset} is not {region.size} bytes behind the one "
                "before it"
            )
        at += region.size
    if at != len(card.wear) * PAGE:
        raise MalformedData(f"{at} bytes of memory, but wear of {len(card.wear)} pages")
    return b"".join(parts)


def _hex(cells: bytearray, at: int, size: int) -> str:
    return cells[at : at + size].hex().upper()

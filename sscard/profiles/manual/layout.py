"""Which byte is what: records, FCI and answer to reset as rows of cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from sscard.apdu import tlv
from sscard.apdu.emv_tags import data_object
from sscard.errors import MalformedData
from sscard.profiles.element import Element
from sscard.profiles.file import File, RecordTemplate
from sscard.profiles.manual.places import readable
from sscard.profiles.model import Directory

Role = Literal["tag", "length", "value", "unused"]

#: What a terminal finds in the FCI of an environment (ssc 1.2 [S]).
_FCI, _NAME, _PROPRIETARY, _ISSUER_DATA, _ALGORITHM, _DIR = 0x6F, 0x84, 0xA5, 0x9F0C, 0x86, 0x88
_ALGORITHMS = {1: "DES / 3DES", 2: "SSF33", 3: "SM4"}


@dataclass(frozen=True, slots=True)
class Cell:
    """``size`` bytes from offset ``at`` on; ``raw`` where they are always the same.

    ``depth`` counts the items it lies in.  ``type`` is the field type of a value.
    """

    role: Role
    at: int
    size: int
    depth: int = 0
    raw: bytes = b""
    zh: str = ""
    en: str = ""
    type: str = ""
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One object of a TLV structure; ``value`` is None where it is made of other objects."""

    tag: Cell
    length: Cell
    value: Cell | None


@dataclass(frozen=True, slots=True)
class Row:
    """One record, or the whole of a transparent file.

    ``first`` and ``last`` are record numbers, 0 where there are none; ``at`` is the place of the
    first one when all records are read one behind the other.
    """

    first: int
    last: int
    at: int
    cells: tuple[Cell, ...]
    element: Element | None = None

    @property
    def size(self) -> int:
        """Bytes of one record."""
        return sum(cell.size for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Line:
    """One element in the table of a file; ``at`` is the offset of its content in the record."""

    first: int
    last: int
    at: int
    depth: int
    element: Element


def rows(file: File) -> tuple[Row, ...]:
    """The records of ``file``, copies of one element together."""
    if file.structure in ("transparent", "internal"):
        return (_whole(file),)
    return tuple(_records(file.record_templates()))


def lines(file: File) -> tuple[Line, ...]:
    """Every element of ``file``, inner ones behind the one they lie in."""
    found: list[Line] = []
    if file.structure == "transparent":
        at = 0
        for element in file.elements:
            found += _lines(element, at, 0, (0, 0))
            at += element.size
        return tuple(found)
    for row in _records(file.record_templates()):
        if row.element is not None:
            found += _lines(row.element, 0, 0, (row.first, row.last))
    return tuple(found)


def fci(directory: Directory) -> bytes:
    """What SELECT of ``directory`` answers (ssc 1.2 [S])."""
    inside = tlv.encode(_NAME, directory.df_name)
    if directory.fci_proprietary:
        inside += tlv.encode(_PROPRIETARY, directory.fci_proprietary)
    return tlv.encode(_FCI, inside)


def tlv_cells(raw: bytes, at: int = 0, depth: int = 0) -> Iterator[Cell]:
    """Tag, length and value of each object in ``raw``; what does not parse is one value."""
    try:
        found = list(tlv.parse(raw))
    except MalformedData:
        yield Cell("value", at, len(raw), depth, raw)
        return
    for tag, value in found:
        head, count = tlv.encode(tag, b"")[:-1], tlv.length(len(value))
        zh, en = _named(tag)
        yield Cell("tag", at, len(head), depth, head, zh, en)
        yield Cell("length", at + len(head), len(count), depth, count)
        at += len(head) + len(count)
        if head[0] & 0x20 or tag == _ISSUER_DATA:
            yield from tlv_cells(value, at, depth + 1)
        else:
            yield Cell("value", at, len(value), depth, value, zh, en, meaning=_meaning(tag, value))
        at += len(value)


def tlv_items(raw: bytes) -> tuple[Item, ...]:
    """The objects in ``raw`` at all depths, in the order of their bytes."""
    cells = list(tlv_cells(raw))
    found = []
    for index, cell in enumerate(cells):
        if cell.role == "tag":
            behind = cells[index + 2] if index + 2 < len(cells) else cell
            own = behind.role == "value" and behind.depth == cell.depth
            found.append(Item(cell, cells[index + 1], behind if own else None))
    return tuple(found)


def _named(tag: int) -> tuple[str, str]:
    if tag == _ALGORITHM:
        return "算法标识", "algorithm"
    known = data_object(tag)
    return known.zh, known.en


def _meaning(tag: int, value: bytes) -> str:
    if tag == _ALGORITHM:
        return _ALGORITHMS.get(int.from_bytes(value), "")
    if tag == _DIR:
        return f"SFI {int.from_bytes(value)}"
    text = readable(value)
    return "" if text == value.hex().upper() else text


def _records(templates: Sequence[RecordTemplate]) -> Iterator[Row]:
    at = 0
    for _, group in groupby(templates, key=lambda template: template.element.name):
        copies = list(group)
        element = copies[0].element
        cells = tuple(_cells(element, 0, 0))
        yield Row(copies[0].number, copies[-1].number, at, cells, element)
        at += sum(copy.size for copy in copies)


def _whole(file: File) -> Row:
    cells: list[Cell] = []
    at = 0
    for element in file.elements:
        cells += _cells(element, at, 0)
        at += element.size
    if at < file.length:
        cells.append(Cell("unused", at, file.length - at))
    return Row(0, 0, 0, tuple(cells))


def _cells(element: Element, at: int, depth: int) -> Iterator[Cell]:
    if element.tag is not None:
        yield Cell("tag", at, 1, depth, bytes((element.tag,)), element.zh, element.en)
        yield Cell("length", at + 1, 1, depth, bytes((element.size,)))
        at += 2
    if not element.elements:
        kind = element.type or ""
        yield Cell("value", at, element.size, depth, b"", element.zh, element.en, kind)
    for part in element.elements:
        yield from _cells(part, at, depth + 1)
        at += len(part.framed(bytes(part.size)))


def _lines(element: Element, at: int, depth: int, numbers: tuple[int, int]) -> Iterator[Line]:
    at += 0 if element.tag is None else 2
    yield Line(*numbers, at, depth, element)
    for part in element.elements:
        yield from _lines(part, at, depth + 1, numbers)
        at += len(part.framed(bytes(part.size)))

"""Lists in JSON: objects, one a line, alone or as the lines of an array.

An array that is read has one object a line, too, as sscard writes it: so no reader needs more
memory than for one record, and every finding has a line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from sscard.issuance.exchange.entry import Entry, Found, Limits, lines
from sscard.issuance.exchange.finding import Code, Finding
from sscard.issuance.exchange.layout import JsonShape, ListLayout
from sscard.issuance.exchange.line_form import written

_BOM = b"\xef\xbb\xbf"


def entries(stream: BinaryIO, layout: ListLayout, shape: JsonShape, limits: Limits) -> Found:
    """The records.  Raises nothing: whatever is wrong is a finding."""
    array = _Array() if shape.style == "array" else None
    number, ended = 0, True
    for number, raw, whole in lines(stream, limits):
        ended = whole
        if len(raw) > limits.line:
            yield Finding(number, Code.LINE_TOO_LONG, detail=f"> {limits.line}")
            return
        bare = (raw.removeprefix(_BOM) if number == 1 else raw).strip()
        if array is None:
            yield from _line(layout, number, bare)
        else:
            inside = array.inside(bare)
            if isinstance(inside, Code):
                yield Finding(number, inside)
            elif inside:
                yield from _line(layout, number, inside)
    if not number:
        yield Finding(1, Code.EMPTY_FILE)
    elif (layout.final_newline and not ended) or (array is not None and not array.closed):
        yield Finding(number, Code.TRUNCATED)


class _Array:
    """Brackets on lines of their own, commas at the ends of the lines between."""

    def __init__(self) -> None:
        self._open, self.closed, self._comma = False, False, True

    def inside(self, line: bytes) -> bytes | Code:
        """The object of a line, nothing for a bracket, or what is wrong."""
        if self.closed:
            return Code.AFTER_TRAILER
        if not self._open:
            self._open = line == b"["
            return b"" if self._open else Code.STRUCTURE
        if line == b"]":
            self.closed = True
            return b""
        expected, self._comma = self._comma, line.endswith(b",")
        return line.removesuffix(b",") if expected else Code.STRUCTURE


def _line(layout: ListLayout, number: int, raw: bytes) -> Found:
    if not raw:
        yield Finding(number, Code.EMPTY_LINE)
        return
    if b"\0" in raw:
        yield Finding(number, Code.NUL)
        return
    try:
        text = raw.decode(layout.encoding)
    except UnicodeDecodeError:
        yield Finding(number, Code.ENCODING, detail=layout.encoding)
        return
    pairs = _pairs(text)
    if pairs is None:
        yield Finding(number, Code.NOT_WELL_FORMED)
        return
    yield from _record(layout, number, pairs)


def _pairs(text: str) -> list[tuple[str, object]] | None:
    """The members of an object, in their order and doubled ones, too; None for no object."""
    if not text.startswith("{"):
        return None
    try:
        found = json.loads(text, object_pairs_hook=list, parse_int=_Number)
    except (ValueError, RecursionError):  # the second for brackets in brackets
        return None
    return found if isinstance(found, list) else None


class _Number(str):
    """A whole number as it is written: 007 is none, and none is too long for an int."""

    __slots__ = ()


def _record(layout: ListLayout, number: int, pairs: list[tuple[str, object]]) -> Found:
    names = {field.key: field.name for field in layout.record}
    texts: dict[str, str] = {}
    for key, value in pairs:
        name = names.get(key)
        if name is None:
            yield Finding(number, Code.UNKNOWN_FIELD)
        elif name in texts:
            yield Finding(number, Code.DOUBLE_FIELD, name)
        elif value is not None and not isinstance(value, str):
            yield Finding(number, Code.FIELD_TYPE, name)
        else:
            texts[name] = value or ""
    yield Entry("record", number, texts)


def opening(shape: JsonShape) -> Iterator[bytes]:
    """The line before the first record, in an array."""
    if shape.style == "array":
        yield b"["


def closing(shape: JsonShape) -> Iterator[bytes]:
    """The line behind the last."""
    if shape.style == "array":
        yield b"]"


def build(layout: ListLayout, values: Mapping[str, str]) -> bytes:
    """An object on one line.  Raises BadField."""
    found = {
        field.key: written(layout, field, values.get(field.name, "")) for field in layout.record
    }
    return json.dumps(found, ensure_ascii=False).encode(layout.encoding)

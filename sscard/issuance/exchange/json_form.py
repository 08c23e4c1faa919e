"""Lists in JSON: objects, one a line, alone or as the lines of an array, in a document or not.

An array that is read has one object a line, too, as sscard writes it: so no reader needs more
memory than for one record, and every finding has a line.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import BinaryIO

from sscard.issuance.exchange.entry import Entry, Found, Limits, lines
from sscard.issuance.exchange.finding import Code, Finding
from sscard.issuance.exchange.layout import JsonShape, ListLayout, Section
from sscard.issuance.exchange.line_form import fields_of, written

_BOM = b"\xef\xbb\xbf"


def entries(stream: BinaryIO, layout: ListLayout, shape: JsonShape, limits: Limits) -> Found:
    """The records.  Raises nothing: whatever is wrong is a finding."""
    array = None if shape.style == "lines" else _Array(layout, shape)
    number, ended = 0, b""
    for number, raw, end in lines(stream, limits):
        ended = end
        if len(raw) > limits.line:
            yield Finding(number, Code.LINE_TOO_LONG, detail=f"> {limits.line}")
            return
        bare = (raw.removeprefix(_BOM) if number == 1 else raw).strip()
        if array is None:
            yield from _line(layout, number, bare)
        else:
            yield from array.line(number, bare)
    if not number:
        yield Finding(1, Code.EMPTY_FILE)
    elif (layout.final_newline and not ended) or (array is not None and not array.closed):
        yield Finding(number, Code.TRUNCATED)


class _Array:
    """An opening line, commas at the ends of the lines between, a closing line."""

    def __init__(self, layout: ListLayout, shape: JsonShape) -> None:
        self._layout, self._shape = layout, shape
        self._open, self.closed, self._comma = False, False, True

    def line(self, number: int, line: bytes) -> Found:
        """What a line holds, or what is wrong with it."""
        if self.closed:
            yield Finding(number, Code.AFTER_TRAILER)
        elif not self._open:
            self._open = True
            yield from self._outside(number, line, "header")
        elif line.startswith(b"]"):
            self.closed = True
            yield from self._outside(number, line, "trailer")
        else:
            yield from self._record(number, line)

    def _record(self, number: int, line: bytes) -> Found:
        expected, self._comma = self._comma, line.endswith(b",")
        if expected:
            yield from _line(self._layout, number, line.removesuffix(b","))
        else:
            yield Finding(number, Code.STRUCTURE)

    def _outside(self, number: int, line: bytes, section: Section) -> Found:
        """The line before the records or the one behind, made whole to be read."""
        if self._shape.style == "array":
            if line != (b"[" if section == "header" else b"]"):
                yield Finding(number, Code.STRUCTURE)
            return
        text = _text(self._layout, number, line)
        if isinstance(text, Finding):
            yield text
            return
        records = json.dumps(self._shape.records)
        members = _pairs(text + "]}" if section == "header" else f"{{{records}: [{text}")
        yield from self._members(number, section, members)

    def _members(
        self, number: int, section: Section, members: list[tuple[str, object]] | None
    ) -> Found:
        if members is None:
            yield Finding(number, Code.NOT_WELL_FORMED)
            return
        own = self._shape.header if section == "header" else self._shape.trailer
        wanted = [self._shape.records]
        if fields_of(self._layout, section):
            wanted.insert(0 if section == "header" else 1, own)
        found = dict(members)
        values = found.get(own)
        if [key for key, _ in members] != wanted or found[self._shape.records] != []:
            yield Finding(number, Code.STRUCTURE)
        elif isinstance(values, list):
            yield from _entry(self._layout, section, number, values)
        elif own in wanted:
            yield Finding(number, Code.STRUCTURE)


def _text(layout: ListLayout, number: int, raw: bytes) -> str | Finding:
    if not raw:
        return Finding(number, Code.EMPTY_LINE)
    if b"\0" in raw:
        return Finding(number, Code.NUL)
    try:
        return raw.decode(layout.encoding)
    except UnicodeDecodeError:
        return Finding(number, Code.ENCODING, detail=layout.encoding)


def _line(layout: ListLayout, number: int, raw: bytes) -> Found:
    text = _text(layout, number, raw)
    if isinstance(text, Finding):
        yield text
        return
    pairs = _pairs(text)
    if pairs is None:
        yield Finding(number, Code.NOT_WELL_FORMED)
        return
    yield from _entry(layout, "record", number, pairs)


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


def _entry(layout: ListLayout, section: Section, number: int, pairs: Sequence[object]) -> Found:
    names = {field.key: field.name for field in fields_of(layout, section)}
    texts: dict[str, str] = {}
    for pair in pairs:
        if not isinstance(pair, tuple):  # an array where an object belongs
            yield Finding(number, Code.STRUCTURE)
            return
        key, value = pair
        name = names.get(key)
        if name is None:
            yield Finding(number, Code.UNKNOWN_FIELD)
        elif name in texts:
            yield Finding(number, Code.DOUBLE_FIELD, name)
        elif value is not None and not isinstance(value, str):
            yield Finding(number, Code.FIELD_TYPE, name)
        else:
            texts[name] = value or ""
    yield Entry(section, number, texts)


def build(
    layout: ListLayout, shape: JsonShape, section: Section, values: Mapping[str, str]
) -> bytes:
    """A record's line, or the line before the records or behind them.  Raises BadField."""
    found = {
        field.key: written(layout, field, values.get(field.name, ""))
        for field in fields_of(layout, section)
    }
    text = json.dumps(found, ensure_ascii=False)
    if section != "record":
        text = _outside(shape, section, text if found else "")
    return text.encode(layout.encoding)


def _outside(shape: JsonShape, section: Section, values: str) -> str:
    name, header = json.dumps(shape.records), section == "header"
    match shape.style:
        case "lines":
            return ""
        case "array":
            return "[" if header else "]"
        case "document" if header:
            own = f"{json.dumps(shape.header)}: {values}, " if values else ""
            return f"{{{own}{name}: ["
        case "document":
            own = f", {json.dumps(shape.trailer)}: {values}" if values else ""
            return f"]{own}}}"

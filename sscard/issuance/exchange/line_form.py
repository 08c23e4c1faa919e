"""Lists made of lines: pipe-separated and fixed-width ones.

Headings, header, then records; where there are groups, a separator and a group line before theirs;
a trailer last, known by the value in its first field.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO

from sscard.issuance.exchange.entry import Entry, Found, Limits, lines
from sscard.issuance.exchange.finding import Code, Finding
from sscard.issuance.exchange.layout import (
    FixedShape,
    ListField,
    ListLayout,
    PipeShape,
    Section,
)
from sscard.issuance.exchange.values import BadValue, fill, render, require_no_utf8

_BOM = b"\xef\xbb\xbf"


def entries(stream: BinaryIO, layout: ListLayout, limits: Limits) -> Found:
    """What the lines hold.  Raises nothing: whatever is wrong is a finding."""
    return _Reader(layout, limits).read(stream)


class _Reader:
    """Which line comes next: what is expected follows from the lines before."""

    def __init__(self, layout: ListLayout, limits: Limits) -> None:
        self._layout, self._limits = layout, limits
        self._headings = [each.encode(layout.encoding) for each in layout.headings]
        self._separator = layout.separator.encode(layout.encoding) if layout.separator else None
        self._awaits_header = bool(layout.header)
        self._awaits_separator = self._separator is not None
        self._awaits_group = False
        self._done = False

    def read(self, stream: BinaryIO) -> Found:
        number, ended = 0, b""
        for number, raw, end in lines(stream, self._limits):
            if end and ended not in (b"", end):
                yield Finding(number, Code.NEWLINE)
            ended = end
            if len(raw) > self._limits.line:
                yield Finding(number, Code.LINE_TOO_LONG, detail=f"> {self._limits.line}")
                return
            yield from self._line(number, raw.removeprefix(_BOM) if number == 1 else raw)
        if not number:
            yield Finding(1, Code.EMPTY_FILE)
        elif (self._layout.final_newline and not ended) or self._unfinished():
            yield Finding(number, Code.TRUNCATED)

    def _unfinished(self) -> bool:
        missing = self._headings or self._awaits_header or self._awaits_group
        return bool(missing or (self._layout.trailer and not self._done))

    def _line(self, number: int, raw: bytes) -> Found:
        if self._done:
            yield Finding(number, Code.AFTER_TRAILER)
        elif b"\0" in raw:
            yield Finding(number, Code.NUL)
        elif self._headings:
            if raw != self._headings.pop(0):
                yield Finding(number, Code.HEADING)
        elif not raw:
            yield Finding(number, Code.EMPTY_LINE)
        else:
            yield from self._content(number, raw)

    def _content(self, number: int, raw: bytes) -> Found:
        if self._awaits_header:
            self._awaits_header = False
            yield self._entry("header", number, raw)
        elif self._is_trailer(raw):
            self._done = True
            yield self._entry("trailer", number, raw)
        elif raw == self._separator:
            self._awaits_separator, self._awaits_group = False, True
        elif self._awaits_group:
            self._awaits_group = False
            yield self._entry("group", number, raw)
        elif self._awaits_separator:
            self._awaits_separator = False
            yield Finding(number, Code.SEPARATOR)
        else:
            yield self._entry("record", number, raw)

    def _is_trailer(self, raw: bytes) -> bool:
        if not self._layout.trailer:
            return False
        first = self._layout.trailer[0]
        mark = (first.value or "").encode(self._layout.encoding)
        shape = self._layout.shape
        if isinstance(shape, PipeShape):
            return raw.split(shape.delimiter.encode("ascii"), 1)[0] == mark
        return raw[: first.width].rstrip(b" ") == mark.rstrip(b" ")

    def _entry(self, section: Section, number: int, raw: bytes) -> Entry | Finding:
        fields = fields_of(self._layout, section)
        if isinstance(self._layout.shape, PipeShape):
            return _split(self._layout.shape, self._layout.encoding, fields, section, number, raw)
        return _cut(self._layout.encoding, fields, section, number, raw)


def fields_of(layout: ListLayout, section: Section) -> tuple[ListField, ...]:
    """The fields of a section of a line."""
    return {
        "header": layout.header,
        "group": layout.group,
        "record": layout.record,
        "trailer": layout.trailer,
    }[section]


def _split(
    shape: PipeShape,
    encoding: str,
    fields: tuple[ListField, ...],
    section: Section,
    number: int,
    raw: bytes,
) -> Entry | Finding:
    try:
        text = raw.decode(encoding)  # first: a delimiter can be half of a Chinese character
    except UnicodeDecodeError:
        return Finding(number, Code.ENCODING, detail=encoding)
    cells = text.split(shape.delimiter)
    if shape.terminated:
        if cells[-1]:
            return Finding(number, Code.FIELD_COUNT, detail="not ended by the delimiter")
        cells.pop()
    if len(cells) != len(fields):
        return Finding(number, Code.FIELD_COUNT, detail=f"{len(cells)}, not {len(fields)}")
    names = (field.name for field in fields)
    return Entry(section, number, dict(zip(names, cells, strict=True)))


def _cut(
    encoding: str, fields: tuple[ListField, ...], section: Section, number: int, raw: bytes
) -> Entry | Finding:
    width = sum(field.width or 0 for field in fields)
    if len(raw) != width:
        return Finding(number, Code.LINE_LENGTH, detail=f"{len(raw)}, not {width} bytes")
    texts, at = {}, 0
    for field in fields:
        end = at + (field.width or 0)
        try:
            texts[field.name] = raw[at:end].decode(encoding)
        except UnicodeDecodeError:
            return Finding(number, Code.ENCODING, field.name, encoding)
        at = end
    return Entry(section, number, texts)


def build(layout: ListLayout, section: Section, values: Mapping[str, str]) -> bytes:
    """One line, without its end.  Raises BadField."""
    fields = fields_of(layout, section)
    cells = [_cell(layout, field, values.get(field.name, "")) for field in fields]
    if not isinstance(layout.shape, PipeShape):
        return b"".join(cells)
    delimiter = layout.shape.delimiter.encode("ascii")
    return delimiter.join(cells) + (delimiter if layout.shape.terminated else b"")


class BadField(Exception):
    """A value that the layout cannot say: never leaves this package."""

    def __init__(self, name: str, code: Code, detail: str = "") -> None:
        super().__init__(f"{name}: {code.value}")
        self.name, self.code, self.detail = name, code, detail


def written(layout: ListLayout, field: ListField, value: str) -> str:
    """The text of a value, which the encoding has.  Raises BadField."""
    try:
        text = render(field, value)
        text.encode(layout.encoding)
        require_no_utf8(text, layout.encoding)
    except BadValue as bad:
        raise BadField(field.name, bad.code, bad.detail) from None
    except UnicodeEncodeError:
        raise BadField(field.name, Code.ENCODING, layout.encoding) from None
    return text


def _cell(layout: ListLayout, field: ListField, value: str) -> bytes:
    text = written(layout, field, value)
    shape = layout.shape
    if isinstance(shape, FixedShape):
        try:
            return fill(field, text.encode(layout.encoding))
        except BadValue as bad:
            raise BadField(field.name, bad.code, bad.detail) from None
    if isinstance(shape, PipeShape) and shape.delimiter in text:
        raise BadField(field.name, Code.DELIMITER)
    return text.encode(layout.encoding)

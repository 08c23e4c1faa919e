"""A list written as its layout says: the same records make the same bytes; all or none."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from sscard.durable import new_file
from sscard.issuance.exchange import json_form, line_form, xml_form
from sscard.issuance.exchange.fault import Fault
from sscard.issuance.exchange.finding import Code, Finding, Findings, ListError
from sscard.issuance.exchange.layout import JsonShape, ListField, ListLayout, Section, XmlShape
from sscard.issuance.exchange.line_form import BadField, fields_of

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, for its seal and for the journal of both parties."""

    records: int
    size: int
    sha256: bytes


def write_list(
    path: Path, layout: ListLayout, records: Collection[Values], header: Values | None = None
) -> Written:
    """Write a list to ``path`` in one step.

    Constants and counts are filled in; records that belong to one group stand together already.
    Raises ListError, naming record and field of everything that does not fit; the old file is left
    then.  Raises OSError naming ``path``.
    """
    digest, size = hashlib.sha256(), 0
    with new_file(path) as file:
        for piece in encode(layout, records, header, name=path.name):
            digest.update(piece)
            size += len(piece)
            file.write(piece)
    return Written(len(records), size, digest.digest())


def encode(
    layout: ListLayout,
    records: Collection[Values],
    header: Values | None = None,
    *,
    name: str = "list",
) -> Iterator[bytes]:
    """The bytes of the file, piece by piece.

    Raises ListError behind the last piece for what does not fit: the pieces are of no use then.
    ``line`` of its findings is the number of the record.
    """
    pen = _Pen(layout, len(records), header or {})
    end, held = layout.end_of_line, b""
    for line in pen.lines(records):
        if held:
            yield held
        held = line + end
    yield held if layout.final_newline else held.removesuffix(end)
    if pen.number != len(records):
        detail = f"{pen.number}, not {len(records)}"
        raise ListError.because(name, Fault.ANNOUNCED, detail)
    if pen.findings.total:
        raise ListError.of(name, pen.findings)


class _Pen:
    """Makes the lines of one file, and keeps what does not fit."""

    def __init__(self, layout: ListLayout, count: int, header: Values) -> None:
        self._layout, self._count, self._header = layout, count, header
        self.findings, self.number = Findings(), 0
        self._keys: dict[int, int] = {}

    def lines(self, records: Iterable[Values]) -> Iterator[bytes]:
        """All lines, without their ends."""
        match self._layout.shape:
            case XmlShape() as shape:
                yield from xml_form.opening(self._layout, shape)
                self._require_one_document(shape)
                yield from self._sections(records)
                yield from xml_form.closing(shape)
            case JsonShape():
                yield from self._one("header", self._header)
                yield from self._records(records)
                yield from self._one("trailer", {})
            case _:
                yield from self._of_lines(records)

    def _one(self, section: Section, values: Values) -> Iterator[bytes]:
        """The line of a header or a trailer, where there is one."""
        fields = fields_of(self._layout, section)
        if fields or values or isinstance(self._layout.shape, JsonShape):
            line = self._section(section, self._counted(fields, values, self._count))
            yield from (line,) if line else ()

    def _sections(self, records: Iterable[Values]) -> Iterator[bytes]:
        yield from self._one("header", self._header)
        yield from self._records(records)
        yield from self._one("trailer", {})

    def _require_one_document(self, shape: XmlShape) -> None:
        if shape.root is None and self._count != 1:
            detail = f"{self._count}, not 1"
            self.findings.add(Finding(1, Code.COUNT, shape.record, detail))

    def _of_lines(self, records: Iterable[Values]) -> Iterator[bytes]:
        layout = self._layout
        yield from (heading.encode(layout.encoding) for heading in layout.headings)
        yield from self._one("header", self._header)
        if layout.separator:
            yield from self._groups(records, layout.separator.encode(layout.encoding))
        else:
            yield from self._records(records)
        yield from self._one("trailer", {})

    def _groups(self, records: Iterable[Values], separator: bytes) -> Iterator[bytes]:
        own = [each.name for each in self._layout.group if each.form != "count"]
        for values, found in groupby(
            records, lambda record: {name: record.get(name, "") for name in own}
        ):
            together = list(found)
            yield separator
            yield self._section("group", self._counted(self._layout.group, values, len(together)))
            yield from self._records(together)

    def _records(self, records: Iterable[Values]) -> Iterator[bytes]:
        shape = self._layout.shape
        array = isinstance(shape, JsonShape) and shape.style != "lines"
        for record in records:
            self.number += 1
            self._require_new(record)
            comma = b"," if array and self.number < self._count else b""
            yield self._section("record", record) + comma

    def _require_new(self, record: Values) -> None:
        """A reader refuses the second record with a key; so it is not written."""
        key = tuple(record.get(name, "") for name in self._layout.key)
        first = self._keys.setdefault(hash(key), self.number) if any(key) else self.number
        if first != self.number:
            finding = Finding(self.number, Code.DUPLICATE, self._layout.key[-1], f"record {first}")
            self.findings.add(finding)

    def _section(self, section: Section, values: Values) -> bytes:
        try:
            self._require_known(section, values)
            return self._built(section, values)
        except BadField as bad:
            self.findings.add(Finding(max(self.number, 1), bad.code, bad.name, bad.detail))
            return b""

    def _require_known(self, section: Section, values: Values) -> None:
        known = fields_of(self._layout, section)
        more = self._layout.group if section == "record" else ()
        if values.keys() - {each.name for each in (*known, *more)}:
            raise BadField(section, Code.UNKNOWN_FIELD)

    def _built(self, section: Section, values: Values) -> bytes:
        match self._layout.shape:
            case XmlShape() as shape:
                return xml_form.build(self._layout, shape, section, values)
            case JsonShape() as shape:
                return json_form.build(self._layout, shape, section, values)
            case _:
                return line_form.build(self._layout, section, values)

    @staticmethod
    def _counted(fields: tuple[ListField, ...], values: Values, count: int) -> Values:
        return {**values, **{each.name: str(count) for each in fields if each.form == "count"}}

"""A list made of a table: columns by the names of the layout's fields, the rest given beside it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from sscard.issuance import citizen_number
from sscard.issuance.csv_table import Table
from sscard.issuance.exchange.finding import Code, Finding, Findings, ListError
from sscard.issuance.exchange.layout import ListField, ListLayout
from sscard.issuance.exchange.source_table import read_source
from sscard.issuance.exchange.values import as_iso_date
from sscard.issuance.exchange.workbook import Sheet
from sscard.issuance.exchange.writing import Written, encode, write_list

Values = Mapping[str, str]
#: Numbered by us where a table has no column for it: the order of people is kept (issuance 3).
_SERIAL = "serial"


@dataclass(frozen=True, slots=True)
class Made:
    """Records and header as a layout has them, and the row that each record stands in."""

    source: str
    layout: ListLayout
    header: Values = field(repr=False)
    records: tuple[Values, ...] = field(repr=False)
    rows: tuple[int, ...] = field(repr=False)

    def write(self, path: Path) -> Written:
        """Write the list in one step.

        Raises ListError naming row and field of everything that does not fit; the old file is left
        then.  Raises OSError naming ``path``.
        """
        self._require_header()
        try:
            return write_list(path, self.layout, self.records, self.header)
        except ListError as error:
            raise self._by_row(error) from None

    def require_sound(self) -> None:
        """Raises ListError for what could not be written."""
        self._require_header()
        try:
            deque(encode(self.layout, self.records, self.header), maxlen=0)
        except ListError as error:
            raise self._by_row(error) from None

    def _require_header(self) -> None:
        if self.layout.header:
            deque(encode(self.layout, (), self.header, name=self.source), maxlen=0)

    def _by_row(self, error: ListError) -> ListError:
        found = [replace(each, line=self.rows[each.line - 1]) for each in error.findings]
        return ListError.of(self.source, Findings(found, len(found)))


def make_list(
    table: Path, layout: ListLayout, given: Values | None = None, *, sheet: str | None = None
) -> Made:
    """The records in a CSV table or a workbook, for a layout.

    A column is named as the field is: in Chinese, in English or by its name.  ``given`` are values
    of the header, and of records that have no such column.  Codes may be said in their words, dates
    in any form of a layout.  Raises ListError naming row and field, and ValueError for a name in
    ``given`` that the layout does not have, or that is a column, too.
    """
    found = read_source(table, sheet)
    columns = _columns(found.table, layout, given or {})
    _require_columns(found, layout, columns, given or {})
    if found.findings.total:
        raise ListError.of(found.table.source, found.findings)
    records = tuple(_records(found.table, layout, columns, given or {}))
    header = {
        name: _value(each, (given or {})[name])
        for name, each in _open(layout.header).items()
        if name in (given or {})
    }
    rows = tuple(row.number for row in found.table.rows)
    return Made(found.table.source, layout, header, records, rows)


def _open(fields: Iterable[ListField]) -> dict[str, ListField]:
    """The fields that are not filled in by us."""
    return {each.name: each for each in fields if each.value is None and each.form != "count"}


def _columns(table: Table, layout: ListLayout, given: Values) -> dict[str, int]:
    """Where each field stands.  Raises ListError for a column that is none, or is there twice."""
    known = _open(layout.fields)
    names = {
        spelling.casefold(): each.name
        for each in known.values()
        for spelling in (each.en, each.zh, each.name)
    }
    unknown = given.keys() - known.keys() - _open(layout.header).keys()
    if unknown:
        raise ValueError(f"{layout.name} has no field {', '.join(sorted(unknown))} to set")
    columns: dict[str, int] = {}
    findings = Findings()
    for at, heading in enumerate(table.header):
        name = names.get(heading.casefold())
        if name is None:
            if heading or any(row.fields[at] for row in table.rows):
                findings.add(Finding(1, Code.UNKNOWN_FIELD, detail=f"column {at + 1}"))
        elif name in columns or name in given:
            findings.add(Finding(1, Code.DOUBLE_FIELD, name, f"column {at + 1}"))
        else:
            columns[name] = at
    if findings.total:
        raise ListError.of(table.source, findings)
    return columns


def _require_columns(
    found: Sheet, layout: ListLayout, columns: Mapping[str, int], given: Values
) -> None:
    there = {*columns, *given, _SERIAL}
    wanted = [*_open(layout.header).values(), *_open(layout.fields).values()]
    for each in wanted:
        if each.required and each.name not in there:
            found.findings.add(Finding(1, Code.MISSING_COLUMN, each.name))


def _records(
    table: Table, layout: ListLayout, columns: Mapping[str, int], given: Values
) -> Iterator[Values]:
    fields = _open(layout.fields)
    same = {name: _value(fields[name], text) for name, text in given.items() if name in fields}
    numbered = _SERIAL in fields and _SERIAL not in {*columns, *given}
    for number, row in enumerate(table.rows, start=1):
        values = {name: _value(fields[name], row.fields[at]) for name, at in columns.items()}
        serial = {_SERIAL: str(number)} if numbered else {}
        yield {**serial, **same, **values}


def _value(field: ListField, text: str) -> str:
    """A cell as the value that it means; what means none is refused when it is written."""
    text = text.strip()
    match field.form:
        case "code" if text not in field.codes:
            return _code(field, text)
        case "date":
            return as_iso_date(text)
        case "id_number":
            return citizen_number.normalized(text)
        case "hex":
            return text.upper()
        case _:
            return text


def _code(field: ListField, text: str) -> str:
    """The only code that is explained by a word."""
    found = [code for code, words in field.codes.items() if text and text in words.split()]
    return found[0] if len(found) == 1 else text

"""Lists of applicants: an office's CSV or XLSX, or a unit's list in a layout (flow F)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from sscard.issuance.batches.fields import FieldMap, Values
from sscard.issuance.csv_table import Row, Table
from sscard.issuance.exchange import Checked, ListError
from sscard.issuance.exchange.source_table import read_source

#: The columns that ``applicants`` knows, under the names that it knows them by.
COLUMNS = (
    "bank",
    "name",
    "sex",
    "id_number",
    "phone",
    "member_number",
    "birth_date",
    "card_number",
    "address",
    "postcode",
)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A list of people as a table, and what the ledger keeps of the file."""

    table: Table = field(repr=False)
    layout: str
    sha256: bytes


def of_spreadsheet(path: Path) -> Incoming:
    """An office's list as CSV or XLSX.  Raises ListError naming rows and reasons."""
    table = table_of(path)
    form = path.suffix.casefold().lstrip(".") or "csv"
    with path.open("rb") as file:
        return Incoming(table, form, hashlib.file_digest(file, "sha256").digest())


def table_of(path: Path) -> Table:
    """A table that people filled in, with nothing in it that a spreadsheet would compute."""
    sheet = read_source(path)
    if sheet.findings.total:
        raise ListError.of(path.name, sheet.findings)
    return sheet.table


def of_list(checked: Checked) -> Incoming:
    """A list in a layout, read from end to end.  Raises ListError with its findings."""
    fields = FieldMap.of(checked.layout)
    fields.require("name", "sex", "id_number")
    read = ((record.line, fields.facts(record.values)) for record in checked.records())
    rows = tuple(_row(line, facts) for line, facts in read)
    return Incoming(Table(checked.source.name, COLUMNS, rows), checked.layout.name, checked.sha256)


def _row(line: int, facts: Values) -> Row:
    return Row(line, line, tuple(facts.get(name, "") for name in COLUMNS))

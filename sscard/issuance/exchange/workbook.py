"""XLSX workbooks of other parties, read as text and never computed.

A workbook is a ZIP of XML: before openpyxl sees it, sizes are compared with what unpacking may
give, and whatever is no plain table (macros, links, embedded files, DOCTYPE) is refused.
"""

from __future__ import annotations

import io
import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from sscard.errors import ProfileError
from sscard.issuance.csv_table import Row, Table
from sscard.issuance.exchange.fault import Fault
from sscard.issuance.exchange.finding import Code, Finding, Findings, ListError
from sscard.issuance.exchange.package import require_plain
from sscard.issuance.exchange.part_bounds import MOST_COLUMNS, MOST_ROWS

if TYPE_CHECKING:
    from openpyxl import Workbook

#: Digits of a number that a spreadsheet keeps.
EXACT_DIGITS = 15
#: What stands in no list as a number, and would be written with an exponent.
_LEAST = 1e-4
#: The format of a number that is shown with so many digits: postcodes, card numbers.
_LEADING_ZEROS = re.compile("0{2,}")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: What openpyxl raises for XML that is no workbook: it checks little itself.
_NO_WORKBOOK = (
    AttributeError,
    EOFError,
    IndexError,
    KeyError,
    NotImplementedError,
    OSError,
    OverflowError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a sheet, and cells that are no values (told by row, column and cell)."""

    table: Table
    findings: Findings = field(default_factory=Findings)


def read_workbook(raw: bytes, source: str, sheet: str | None = None) -> Sheet:
    """The only sheet with content, or the one of that name.

    Rows that are empty are passed over.  Raises ListError for what is no such workbook, and
    ProfileError where openpyxl is not installed (the extra ``xlsx``).
    """
    if raw.startswith(_OLE):
        raise ListError.because(source, Fault.WORKBOOK_SEALED)
    require_plain(raw, source)
    # Warnings, and for some styles openpyxl prints: nothing of it is about values.
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        try:
            return _read(raw, source, sheet)
        except _NO_WORKBOOK:
            raise ListError.because(source, Fault.WORKBOOK) from None


def _read(raw: bytes, source: str, sheet: str | None) -> Sheet:
    try:
        from openpyxl import load_workbook
    except ImportError:
        raise ProfileError("xlsx needs openpyxl: pip install sscard[xlsx]") from None
    book = load_workbook(io.BytesIO(raw), read_only=True, keep_links=False)
    try:
        return _rows(_chosen(book, source, sheet), source)
    finally:
        book.close()


def _chosen(book: Workbook, source: str, sheet: str | None) -> Any:
    """The sheet that is meant.  One that is not read must be empty: nobody gets lost on it."""
    if sheet is not None:
        if sheet not in [each.title for each in book.worksheets]:
            raise ListError.because(source, Fault.SHEET)
        return book[sheet]
    full = [each for each in book.worksheets if any(_lines(each, source))]
    if len(full) > 1:
        raise ListError.because(source, Fault.SHEETS, str(len(full)))
    if not full:
        raise ListError.of(source, Findings([Finding(1, Code.EMPTY_FILE)], 1))
    return full[0]


def _lines(sheet: Any, source: str) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """The rows that hold something, with their numbers."""
    sheet.reset_dimensions()  # what the file says of its size is not believed
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if number > MOST_ROWS or len(cells) > MOST_COLUMNS:
            detail = f"> {MOST_ROWS} rows or {MOST_COLUMNS} columns"
            raise ListError.because(source, Fault.TOO_LARGE, detail)
        if any(cell.value is not None for cell in cells):
            yield number, cells


def _rows(sheet: Any, source: str) -> Sheet:
    findings = Findings()
    rows = [
        (number, [_text(cell, number, findings) for cell in cells])
        for number, cells in _lines(sheet, source)
    ]
    if not rows:
        raise ListError.of(source, Findings([Finding(1, Code.EMPTY_FILE)], 1))
    width = max(len(texts) for _, texts in rows)
    found = [Row(number, number, (*texts, *[""] * (width - len(texts)))) for number, texts in rows]
    return Sheet(Table(source, found[0].fields, tuple(found[1:])), findings)


def _text(cell: Any, row: int, findings: Findings) -> str:
    """What a cell says; nothing for one that says no value."""
    value = cell.value
    if value is None:
        return ""
    code = _fault(cell.data_type, value)
    if code is not None:
        findings.add(Finding(row, code, detail=f"cell {cell.coordinate}"))
        return ""
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int) and _LEADING_ZEROS.fullmatch(cell.number_format):
        return str(value).zfill(len(cell.number_format))
    return format(value, f".{EXACT_DIGITS}g") if isinstance(value, float) else str(value).strip()


def _fault(kind: str, value: object) -> Code | None:
    """Why a cell is no value; ``kind`` is its type in the workbook, f for a formula."""
    if kind == "f":
        return Code.FORMULA
    if isinstance(value, (bool, time)) or kind == "e":
        return Code.CELL_TYPE
    if isinstance(value, float) and 0 < abs(value) < _LEAST:
        return Code.CELL_TYPE
    if isinstance(value, (int, float)):
        return None if abs(value) < 10**EXACT_DIGITS else Code.LONG_NUMBER
    if isinstance(value, datetime):
        return None if value.time() == time() else Code.CELL_TYPE
    return None if isinstance(value, (str, date)) else Code.CELL_TYPE

"""A report for spreadsheets and for programs: CSV (a file a table), XLSX (a sheet a table), JSON.

Texts that a spreadsheet could take for formulas get an apostrophe in front; numbers are numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from sscard.durable import replace_file
from sscard.errors import ProfileError
from sscard.issuance.exchange.tables import LONGEST_SHEET, without_time
from sscard.issuance.machines import CHINA
from sscard.issuance.reports.cells import plain
from sscard.issuance.reports.sheet import Cell, Column, Report, Sheet
from sscard.issuance.spreadsheet import BOM, inert

if TYPE_CHECKING:
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

#: The name of the table that the facts stand in.
FACTS = "facts"
_FORMATS = {"count": "#,##0", "share": "0.0%", "money": "#,##0.00", "text": "@"}


def as_json(report: Report) -> dict[str, Any]:
    """Facts by name and tables by name, each row an object; money in fen, shares from 0 to 1."""
    return {
        "report": report.name,
        "facts": {each.column.name: _json(each.value) for each in report.facts},
        "tables": {each.name: _objects(each) for each in report.sheets},
    }


def csv_bytes(sheet: Sheet) -> bytes:
    """One table: UTF-8 with BOM, which Excel asks for; the heading is in both languages."""
    raw = io.BytesIO()
    stream_csv(raw, sheet.columns, sheet.rows)
    return raw.getvalue()


def stream_csv(
    stream: BinaryIO, columns: Sequence[Column], rows: Iterable[tuple[Cell, ...]]
) -> None:
    """The same of rows that are too many to be held."""
    stream.write(BOM)
    text = io.TextIOWrapper(stream, "utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(map(_heading, columns))
    for row in rows:
        cells = zip(columns, row, strict=True)
        writer.writerow(_cell(column, column.value(cell)) for column, cell in cells)
    text.detach()


def write_csv(folder: Path, report: Report) -> tuple[Path, ...]:
    """A file for the facts and one for each table, each put there in one step.  Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for sheet in (facts_sheet(report), *report.sheets):
        path = folder / f"{sheet.name}.csv"
        replace_file(path, csv_bytes(sheet))
        written.append(path)
    return tuple(written)


def write_xlsx(stream: BinaryIO, report: Report) -> None:
    """One workbook; the same report makes the same bytes.

    Raises ProfileError where openpyxl is not installed (the extra ``xlsx``), and for a table with
    more rows than a sheet has.
    """
    raw = io.BytesIO()
    _workbook(report, raw)
    without_time(raw, stream)


def facts_sheet(report: Report) -> Sheet:
    """The facts as a table of two columns, each value as it is written for people."""
    columns = (Column("fact", "项目", "fact"), Column("value", "内容", "value", "hash"))
    rows = tuple((_heading(each.column), plain(each.column, each.value)) for each in report.facts)
    return Sheet(FACTS, "概要", "Summary", columns, rows)


def _objects(sheet: Sheet) -> list[dict[str, Any]]:
    names = [column.name for column in sheet.columns]
    return [dict(zip(names, map(_json, row), strict=True)) for row in sheet.values()]


def _json(cell: Cell) -> Any:
    return cell.astimezone(CHINA).isoformat() if isinstance(cell, datetime) else cell


def _heading(column: Column) -> str:
    return f"{column.zh} {column.en}"


def _cell(column: Column, cell: Cell) -> str:
    text = plain(column, cell)
    return text if column.numeric else inert(text)


def _workbook(report: Report, stream: BinaryIO) -> None:
    try:
        from openpyxl import Workbook
    except ImportError:
        raise ProfileError("xlsx needs openpyxl: pip install sscard[xlsx]") from None
    book = Workbook(write_only=True)
    for sheet in (facts_sheet(report), *report.sheets):
        if len(sheet.rows) >= LONGEST_SHEET:
            raise ProfileError(f"{sheet.name}: a sheet has {LONGEST_SHEET} rows: use csv")
    for sheet in (facts_sheet(report), *report.sheets):
        page = book.create_sheet(sheet.zh)
        page.freeze_panes = "A2"
        _fill(page, sheet)
    book.save(stream)


def _fill(page: WriteOnlyWorksheet, sheet: Sheet) -> None:
    from openpyxl.cell import WriteOnlyCell

    def made(column: Column, cell: Cell) -> Any:
        if column.numeric and isinstance(cell, int | float):
            found = WriteOnlyCell(page, cell / 100 if column.kind == "money" else cell)
            found.number_format = _FORMATS[column.kind]
            return found
        return text(_cell(column, cell))

    def text(words: str) -> Any:
        found = WriteOnlyCell(page, words)
        found.data_type = "s"  # openpyxl takes a text that begins with = for a formula
        found.number_format = _FORMATS["text"]
        return found

    page.append([text(_heading(column)) for column in sheet.columns])
    for row in sheet.values():
        page.append([made(column, cell) for column, cell in zip(sheet.columns, row, strict=True)])

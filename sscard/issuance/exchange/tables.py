"""A sound list for people and for other programs: CSV, XLSX, JSON.

Cells of CSV and XLSX that look like formulas get an apostrophe in front; XLSX cells are text.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable
from typing import BinaryIO

from sscard.errors import ProfileError
from sscard.issuance.exchange.layout import ListLayout
from sscard.issuance.exchange.reading import Record
from sscard.issuance.spreadsheet import BOM, inert

#: Rows of a sheet, the heading among them; Excel knows no more.
LONGEST_SHEET = 1 << 20
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_CORE = "docProps/core.xml"
_EMPTY_CORE = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    b'<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
    b'core-properties"/>'
)


def write_csv(stream: BinaryIO, layout: ListLayout, records: Iterable[Record]) -> None:
    """UTF-8 with BOM, which Excel asks for; the heading is Chinese."""
    stream.write(BOM)
    text = io.TextIOWrapper(stream, "utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(_heading(layout))
    for record in records:
        writer.writerow(_cells(layout, record))
    text.detach()


def write_json(stream: BinaryIO, layout: ListLayout, records: Iterable[Record]) -> None:
    """An array with one object a line; names are those of the layout's fields."""
    separator = b"[\n"
    names = [field.name for field in layout.fields]
    for record in records:
        found = {name: record.values.get(name, "") for name in names}
        stream.write(separator + json.dumps(found, ensure_ascii=False).encode("utf-8"))
        separator = b",\n"
    stream.write(b"[]\n" if separator == b"[\n" else b"\n]\n")


def write_xlsx(stream: BinaryIO, layout: ListLayout, records: Iterable[Record]) -> None:
    """One sheet; the same records make the same bytes.

    Raises ProfileError where openpyxl is not installed (the extra ``xlsx``), and for more records
    than a sheet has rows.
    """
    raw = io.BytesIO()
    _workbook(layout, records, raw)
    without_time(raw, stream)


def _workbook(layout: ListLayout, records: Iterable[Record], stream: BinaryIO) -> None:
    try:
        from openpyxl import Workbook
        from openpyxl.cell import WriteOnlyCell
    except ImportError:
        raise ProfileError("xlsx needs openpyxl: pip install sscard[xlsx]") from None
    book = Workbook(write_only=True)
    sheet = book.create_sheet(layout.kind)

    def row(cells: Iterable[str]) -> None:
        made = [WriteOnlyCell(sheet, each) for each in cells]
        for each in made:
            each.data_type = "s"  # openpyxl takes a text that begins with = for a formula
            each.number_format = "@"
        sheet.append(made)

    try:
        row(_heading(layout))
        for number, record in enumerate(records, start=2):
            if number > LONGEST_SHEET:
                raise ProfileError(f"a sheet has {LONGEST_SHEET} rows: use csv")
            row(_cells(layout, record))
    except BaseException:
        sheet.close()  # it writes into a file of its own, which would be left open
        raise
    book.save(stream)


def without_time(raw: BinaryIO, stream: BinaryIO) -> None:
    """The same workbook without the time when it was made."""
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = _EMPTY_CORE if name == _CORE else old.read(name)
            info = zipfile.ZipInfo(name, _NO_TIME)
            new.writestr(info, content, zipfile.ZIP_DEFLATED)


def _heading(layout: ListLayout) -> list[str]:
    return [field.zh for field in layout.fields]


def _cells(layout: ListLayout, record: Record) -> list[str]:
    return [inert(record.values.get(field.name, "")) for field in layout.fields]

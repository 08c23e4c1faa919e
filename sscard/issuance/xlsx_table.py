"""An office's list as a workbook (XLSX): the first sheet, as the table that a CSV file would be.

A workbook is a ZIP archive that somebody else made, so its sizes are asked before anything is
inflated.  Cells are what they show: a formula's result is not in the file for sure, and a long
number lost its last digits when Excel took it for a number, so both are refused by row.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

from sscard.errors import ApplicantError, ProfileError
from sscard.issuance.csv_table import Row, Table, read_table

#: The most that is read: bytes of the file, bytes inflated, parts of the archive (assumed).
LARGEST, INFLATED, PARTS = 64 << 20, 256 << 20, 1000
#: Rows of a sheet; Excel knows no more, and a file can claim more without being long.
LONGEST = 1 << 20
#: Digits that a number in a spreadsheet keeps.
_EXACT = 10**15


def read_list(path: Path) -> Table:
    """A list of either kind, told apart by the name of the file.  Raises ApplicantError."""
    return read_workbook(path) if path.suffix.casefold() == ".xlsx" else read_table(path)


def read_workbook(path: Path) -> Table:
    """The table in the first sheet of a workbook; rows that are empty are passed over.

    Raises ApplicantError naming file and row, and ProfileError where openpyxl is not installed
    (the extra ``xlsx``).
    """
    try:
        with path.open("rb") as file:
            if file.seek(0, 2) > LARGEST:
                raise _error(path, f"more than {LARGEST} bytes 文件过大")
            _require_harmless(path, file)
            rows = list(_rows(path, file))
    except OSError as error:
        raise ApplicantError(f"{path}: {error.strerror}") from error
    if not rows:
        raise _error(path, "the first sheet is empty 第一个工作表为空")
    header, *records = rows
    # A sheet has no last column: empty cells behind the header's are nothing.
    width = len(header.fields)
    return Table(path.name, header.fields, tuple(_cut(path, row, width) for row in records))


def _require_harmless(path: Path, file: BinaryIO) -> None:
    """ApplicantError for an archive that is none, inflates too far, or declares entities."""
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            if len(members) > PARTS or sum(each.file_size for each in members) > INFLATED:
                raise _error(path, "inflates to more than a list can be 解压后过大")
            for each in members:
                with archive.open(each) as part:
                    if b"<!DOCTYPE" in part.read(1024):
                        raise _error(path, "has a DOCTYPE 不允许DOCTYPE")
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError):
        raise _error(path, "is no workbook, or is damaged 不是工作簿或已损坏") from None


def _rows(path: Path, file: BinaryIO) -> Iterator[Row]:
    try:
        from openpyxl import load_workbook
    except ImportError:
        raise ProfileError("xlsx needs openpyxl: pip install sscard[xlsx]") from None
    file.seek(0)
    try:
        book = load_workbook(file, read_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its size is not trusted
        for number, cells in enumerate(sheet.iter_rows(), start=1):
            if number > LONGEST:
                raise _error(path, f"more than {LONGEST} rows 行数过多")
            fields = tuple(_text(path, number, cell) for cell in cells)
            if any(fields):
                yield Row(number, number, _without_tail(fields))
    except (ValueError, KeyError, IndexError, TypeError, SyntaxError, zipfile.BadZipFile):
        # openpyxl names no error of its own for a broken part; SyntaxError is the XML parser's.
        raise _error(path, "is no workbook, or is damaged 不是工作簿或已损坏") from None


def _text(path: Path, row: int, cell: Any) -> str:
    value = cell.value
    if cell.data_type == "f":
        raise _at(path, row, "a formula, not a value 含有公式")
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int | float):
        return _number(path, row, value)
    if isinstance(value, datetime | date):
        return value.strftime("%Y-%m-%d")
    return str(value).strip() if value is not None else ""


def _number(path: Path, row: int, value: float) -> str:
    if abs(value) < _EXACT and value != int(value):
        return repr(value)
    if not abs(value) < _EXACT:  # nor what is no number at all
        what = "a number of more than 15 digits lost some: format the column as text"
        raise _at(path, row, f"{what} 超过15位的数字已失真，请将该列设为文本")
    return str(int(value))


def _cut(path: Path, row: Row, width: int) -> Row:
    if any(row.fields[width:]):
        raise _at(path, row.number, f"a cell behind the {width} columns of the header 超出表头")
    fields = (*row.fields[:width], *("",) * (width - len(row.fields)))
    return Row(row.number, row.line, fields)


def _without_tail(fields: tuple[str, ...]) -> tuple[str, ...]:
    last = max(index for index, each in enumerate(fields) if each)
    return fields[: last + 1]


def _at(path: Path, row: int, what: str) -> ApplicantError:
    return _error(path, f"row {row}: {what}")


def _error(path: Path, what: str) -> ApplicantError:
    return ApplicantError(f"{path.name}: {what}")

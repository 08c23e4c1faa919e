"""CSV files as offices and banks send them: any of three encodings, nothing lost.

Whatever cannot be read as a whole raises ApplicantError naming file and line: a list is never
read in part.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sscard.errors import ApplicantError

_BOMS = {b"\xef\xbb\xbf": "utf-8", b"\x84\x31\x95\x33": "gb18030"}
_CHINESE_OR_LATER = re.compile("[\u0800-\U0010ffff]")
_RARE_BELOW = re.compile("[\u0250-\u07ff]")  # IPA to N'Ko: no Chinese list is written in these


@dataclass(frozen=True, slots=True)
class Row:
    """One record.  ``number`` counts as a spreadsheet does: the header is row 1."""

    number: int
    line: int  # where it begins in the file; differs when a quoted field holds a line break
    fields: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Table:
    """A header and rows of as many fields, all stripped of surrounding space."""

    source: str  # the file's name, for messages
    header: tuple[str, ...]
    rows: tuple[Row, ...] = field(repr=False)

    def error(self, line: int, what: str) -> ApplicantError:
        """The error to raise for something wrong on ``line`` (no personal data in ``what``)."""
        return _error(self.source, line, what)


def read_table(path: Path) -> Table:
    """The table in a CSV file.  Raises ApplicantError when it is missing or cannot be read."""
    try:
        raw = path.read_bytes()
    except OSError as failed:
        raise ApplicantError(f"{path}: {failed.strerror}") from failed
    return parse_table(raw, path.name)


def parse_table(raw: bytes, source: str) -> Table:
    """The table in ``raw``: UTF-8 with or without BOM, or GB18030; CRLF or LF.

    Raises ApplicantError for NUL bytes, bytes in no such encoding, an empty file, a field that
    breaks the quoting or is never closed, and a row with more or fewer fields than the header.
    Rows whose fields are all empty are passed over; spreadsheets append them.
    """
    if b"\0" in raw:
        raise _error(source, _line_of(raw, raw.index(0)), "NUL byte (UTF-16 or not a text file)")
    rows = list(_rows(_decoded(raw, source), source))
    if not rows:
        raise _error(source, 1, "the file is empty")
    header, *records = rows
    for row in records:
        if len(row.fields) != len(header.fields) and any(row.fields):
            what = f"{len(row.fields)} fields, the header has {len(header.fields)}"
            raise _error(source, row.line, what)
    return Table(source, header.fields, tuple(row for row in records if any(row.fields)))


def _decoded(raw: bytes, source: str) -> str:
    for bom, encoding in _BOMS.items():
        if raw.startswith(bom):
            what = f"not {encoding.upper()}, as its BOM says"
            return _strictly(raw, encoding, source, what).removeprefix("\ufeff")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return _strictly(raw, "gb18030", source, "neither UTF-8 nor GB18030")
    return _gb18030_after_all(raw) or text


def _strictly(raw: bytes, encoding: str, source: str, what: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as failed:
        raise _error(source, _line_of(raw, failed.start), what) from None


def _gb18030_after_all(raw: bytes) -> str | None:
    # A few short GB18030 names can pass for UTF-8; then they read as Greek, Arabic and the like.
    text = raw.decode("utf-8")
    if not _RARE_BELOW.search(text) or _CHINESE_OR_LATER.search(text):
        return None
    try:
        return raw.decode("gb18030")
    except UnicodeDecodeError:
        return None


def _rows(text: str, source: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    number, line = 0, 1
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as failed:
            raise _error(source, line, f"broken CSV: {failed}") from None
        number += 1
        yield Row(number, line, tuple(each.strip() for each in fields))
        line = reader.line_num + 1


def _line_of(raw: bytes, position: int) -> int:
    return raw.count(b"\n", 0, position) + 1


def _error(source: str, line: int, what: str) -> ApplicantError:
    return ApplicantError(f"{source}: line {line}: {what}")

"""Tables that people fill in, CSV or XLSX: what a spreadsheet would compute is refused."""

from __future__ import annotations

import re
from pathlib import Path

from sscard.errors import ApplicantError
from sscard.issuance.csv_table import Table, parse_table
from sscard.issuance.exchange.fault import Fault
from sscard.issuance.exchange.finding import Code, Finding, Findings, ListError
from sscard.issuance.exchange.opening import read_whole
from sscard.issuance.exchange.workbook import Sheet, read_workbook
from sscard.issuance.spreadsheet import inert

#: Bytes of a table: one batch, with room.
LARGEST = 64 << 20
_WORKBOOKS = (b"PK", b"\xd0\xcf\x11\xe0")
#: Phones and amounts may begin with a sign, and a dash says that there is nothing.
_SIGNED = re.compile(r"[+-]?[0-9 .-]*")


def read_source(path: Path, sheet: str | None = None) -> Sheet:
    """The table in a file, whichever of the two it is.

    Formulas are findings, also texts that a spreadsheet would take for one.  Raises ListError for a
    file that is no such table.
    """
    raw = read_whole(path, LARGEST)
    if raw.startswith(_WORKBOOKS):
        found = read_workbook(raw, path.name, sheet)
    else:
        found = Sheet(_csv(raw, path.name))
    for row in found.table.rows:
        for at, cell in enumerate(row.fields, start=1):
            if inert(cell) != cell and not _SIGNED.fullmatch(cell):
                found.findings.add(Finding(row.number, Code.FORMULA, detail=f"column {at}"))
    return found


def _csv(raw: bytes, source: str) -> Table:
    try:
        return parse_table(raw, source)
    except ApplicantError as error:
        detail = str(error).removeprefix(f"{source}: ")
        if not raw:
            raise ListError.of(source, Findings([Finding(1, Code.EMPTY_FILE)], 1)) from None
        raise ListError.because(source, Fault.TABLE, detail) from None

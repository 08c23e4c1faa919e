"""A list that left, as a page to print, sign and stamp: whatever its layout, one form of page."""

from __future__ import annotations

from pathlib import Path

from sscard.durable import replace_file
from sscard.issuance.batches.fields import FieldMap
from sscard.issuance.batches.kinds import Kind
from sscard.issuance.exchange import ListLayout, check_list, load_list_layout
from sscard.issuance.sheets import Numbers
from sscard.issuance.sheets.kinds import KINDS


def print_sheet(
    path: Path, layout: ListLayout, kind: Kind, out: Path, numbers: Numbers = Numbers.LAST
) -> None:
    """The page of the list at ``path``; numbers of people are shortened unless told otherwise.

    Raises ListError for a file that is no such list any more, OSError.
    """
    sheet = KINDS[kind.sheet]
    said = FieldMap.of(layout)
    form = FieldMap.of(load_list_layout(sheet.layout))
    checked = check_list(path, layout)
    records = [form.record(said.facts(record.values)) for record in checked.records()]
    header = {**form.header(said.of_header(checked.header)), "sha256": checked.sha256.hex()}
    replace_file(out, sheet.make(header, records, numbers).encode())

"""A list that left, as a page to print, sign and stamp: whatever its layout, one form of page."""

from __future__ import annotations

from pathlib import Path

from sscard.durable import replace_file
from sscard.issuance.batches.fields import FieldMap
from sscard.issuance.batches.kinds import Kind
from sscard.issuance.batches.outgoing import Sent
from sscard.issuance.exchange import load_list_layout
from sscard.issuance.sheets import Numbers
from sscard.issuance.sheets.kinds import KINDS


def print_sheet(sent: Sent, kind: Kind, out: Path, numbers: Numbers = Numbers.LAST) -> None:
    """The page of a list; numbers of people are shortened unless told otherwise.

    Raises OSError.  ValueError for a kind that has no page.
    """
    if not kind.sheet:
        raise ValueError(f"{kind.name} has no page to print")
    sheet = KINDS[kind.sheet]
    form = FieldMap.of(load_list_layout(sheet.layout))
    records = [{**each, **form.record(each)} for each in sent.records]
    header = {**sent.header, "sha256": sent.written.sha256.hex()}
    replace_file(out, sheet.make(header, records, numbers).encode())

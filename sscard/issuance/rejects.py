"""Records that go back to the office, and the file that says why."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from sscard.durable import replace_file
from sscard.issuance.reasons import Reason
from sscard.issuance.spreadsheet import inert

COLUMNS = ("row", "id_number", "code", "reason_zh", "reason_en")


class Detail(NamedTuple):
    """What exactly is wrong: a word for programs, and a text without personal data."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Rejection:
    """One reason why one row goes back.  ``column`` names the column at fault, if it is one.

    ``by_hand``: it goes to the region's desk, not to whoever wrote the list.
    """

    row: int  # as a spreadsheet counts: the header is row 1
    id_number: str = field(repr=False)
    code: Reason
    column: str = ""
    by_hand: bool = False
    detail: Detail | None = None

    @property
    def reason_zh(self) -> str:
        """The reason in Chinese, with the column and what exactly is wrong."""
        parts = (self.code.zh, self.column, self.detail.zh if self.detail else "")
        reason = ":".join(filter(None, parts))
        return f"{reason}，转人工处理" if self.by_hand else reason

    @property
    def reason_en(self) -> str:
        """The reason in English, with the column and what exactly is wrong."""
        parts = (self.code.en, self.column, self.detail.en if self.detail else "")
        reason = ": ".join(filter(None, parts))
        return f"{reason}; to be handled by hand" if self.by_hand else reason


def write_rejects(path: Path, rejections: Iterable[Rejection]) -> None:
    """Write rejects.csv, one line a reason, in one step.  UTF-8 with BOM: Excel asks for it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for each in rejections:
        number = inert(each.id_number)
        writer.writerow((each.row, number, each.code.value, each.reason_zh, each.reason_en))
    replace_file(path, text.getvalue().encode("utf-8-sig"))

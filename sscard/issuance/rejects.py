"""Records that go back to the office, and the file that says why."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sscard.durable import replace_file
from sscard.issuance.reasons import Reason
from sscard.issuance.spreadsheet import inert

COLUMNS = ("row", "id_number", "code", "reason_zh", "reason_en")


@dataclass(frozen=True, slots=True)
class Rejection:
    """One reason why one row goes back.  ``column`` names the column at fault, if it is one."""

    row: int  # as a spreadsheet counts: the header is row 1
    id_number: str = field(repr=False)
    code: Reason
    column: str = ""

    @property
    def reason_zh(self) -> str:
        """The reason in Chinese, with the column."""
        return f"{self.code.zh}:{self.column}" if self.column else self.code.zh

    @property
    def reason_en(self) -> str:
        """The reason in English, with the column."""
        return f"{self.code.en}: {self.column}" if self.column else self.code.en


def write_rejects(path: Path, rejections: Iterable[Rejection]) -> None:
    """Write rejects.csv, one line a reason, in one step.  UTF-8 with BOM: Excel asks for it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for each in rejections:
        number = inert(each.id_number)
        writer.writerow((each.row, number, each.code.value, each.reason_zh, each.reason_en))
    replace_file(path, text.getvalue().encode("utf-8-sig"))

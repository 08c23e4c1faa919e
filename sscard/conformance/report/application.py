"""The table of the result sheet: what the region declares, beside what the card says."""

from __future__ import annotations

from sscard.conformance.expectation import Verdict
from sscard.conformance.report.marks import MARKS
from sscard.conformance.report.page import Table, Words
from sscard.conformance.report.told import Application

_COLUMNS = (
    Words("项目", "item"),
    Words("申报或应为", "declared, or must be"),
    Words("卡上", "on the card"),
    Words("结果", "result"),
)


def application_table(found: Application) -> Table:
    """One row for each line of the check list."""
    rows = tuple(
        (
            Words(*line.what),
            line.declared,
            line.found,
            MARKS[Verdict.PASSED if line.agrees else Verdict.FAILED],
        )
        for line in found.lines
    )
    return Table(Words("申请与卡", "The application and the card"), _COLUMNS, rows)

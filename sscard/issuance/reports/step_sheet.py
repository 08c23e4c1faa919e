"""Events as a table."""

from __future__ import annotations

from collections.abc import Iterable

from sscard.issuance.reports.batch import Step
from sscard.issuance.reports.sheet import Cell, Column, Sheet

STEP_COLUMNS = (
    Column("seq", "序号", "event", "count"),
    Column("at", "时间", "when", "time"),
    Column("kind", "对象", "of what"),
    Column("subject", "编号", "which", "code"),
    Column("what", "事件", "what", "code"),
    Column("before", "之前", "before", "code"),
    Column("after", "之后", "after", "code"),
    Column("operator", "操作员", "operator"),
    Column("station", "工位", "station"),
    Column("reader", "读写器", "reader"),
    Column("facts", "内容", "facts", "code"),
)


def step_cells(step: Step) -> tuple[Cell, ...]:
    """One event as the cells of ``STEP_COLUMNS``."""
    return (
        step.seq,
        step.at,
        step.kind,
        step.subject,
        step.what,
        step.before,
        step.after,
        step.operator,
        step.station,
        step.reader,
        "" if step.facts == "{}" else step.facts,
    )


def step_sheet(steps: Iterable[Step]) -> Sheet:
    """A table of events, in their order."""
    rows = tuple(map(step_cells, steps))
    return Sheet("events", "经过", "Events", STEP_COLUMNS, rows)

"""How far the rounds of each region came (任务进度表, issuance 3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Connection, case, func, select

from sscard.issuance.ledger.schema.orders import ORDERS, ROUNDS
from sscard.issuance.order_states import OrderState
from sscard.issuance.reports.sheet import Column, Report, Sheet
from sscard.issuance.sheets.progress import ROUNDS as ON_SHEET
from sscard.issuance.sheets.progress import RegionProgress, progress_sheet

#: The kind of an order for a person who had a card.
REPLACEMENT = "replacement"
#: The card exists and is not given up: from the audit to the person's hand, and what came after.
MADE = frozenset(
    {
        OrderState.AUDITED,
        OrderState.DELIVERED,
        OrderState.COLLECTED,
        OrderState.OVERDUE,
        OrderState.RECOVERED,
        OrderState.LOST,
        OrderState.REPLACED,
    }
)


@dataclass(frozen=True, slots=True)
class RoundOfRegion:
    """One region's part of one round, in people: who is expected, entered, made, collected,
    returned."""

    round: str
    region: str
    expected: int
    entered: int
    made: int
    collected: int
    returned: int


@dataclass(frozen=True, slots=True)
class Progress:
    """All rounds, the oldest first, and the regions with what was made in each of them."""

    rounds: tuple[str, ...]
    parts: tuple[RoundOfRegion, ...]

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions, in the order of their codes."""
        return tuple(sorted({part.region for part in self.parts}))

    def of(self, region: str) -> tuple[RoundOfRegion, ...]:
        """The parts of one region."""
        return tuple(part for part in self.parts if part.region == region)


def progress(connection: Connection) -> Progress:
    """Rounds by region, counted in the database."""
    rounds = connection.execute(select(ROUNDS).order_by(ROUNDS.c.opened_at, ROUNDS.c.name)).all()
    counts = _counts(connection)
    expected = {(row.name, row.region): row.expected for row in rounds}
    places = sorted({*expected, *counts})
    parts = (
        RoundOfRegion(*place, expected.get(place, 0), *counts.get(place, (0, 0, 0, 0)))
        for place in places
    )
    return Progress(tuple(row.name for row in rounds), tuple(parts))


def progress_document(found: Progress) -> Report:
    """One line a region: expected, made in each round, total; then each part in detail."""
    return Report("progress", "任务进度表", "Progress", (), (_table(found), _parts(found.parts)))


def progress_page(found: Progress, day: date) -> str:
    """The sheet of paper, which has five rounds (issuance 3); of more rounds a page of tables."""
    from sscard.issuance.reports.page import render_tables

    if len(found.rounds) > ON_SHEET:
        return render_tables(progress_document(found))
    regions = [_on_sheet(region, found) for region in found.regions]
    return progress_sheet(day.isoformat(), regions)


def _on_sheet(region: str, found: Progress) -> RegionProgress:
    parts = found.of(region)
    made = {part.round: part.made for part in parts}
    rounds = [made.get(name) for name in found.rounds]
    rounds += [None] * (ON_SHEET - len(rounds))
    return RegionProgress(region, sum(part.expected for part in parts), tuple(rounds))


def _counts(connection: Connection) -> dict[tuple[str, str], tuple[int, int, int, int]]:
    def those(*states: OrderState) -> ColumnElement[int]:
        return func.sum(case((ORDERS.c.state.in_(states), 1), else_=0))

    query = (
        select(
            ORDERS.c.round,
            ORDERS.c.region,
            func.count(),
            those(*MADE),
            those(OrderState.COLLECTED),
            those(OrderState.RETURNED),
        )
        .where(ORDERS.c.kind != REPLACEMENT)  # people count once, cards do not
        .group_by(ORDERS.c.round, ORDERS.c.region)
    )
    return {
        (name, region): (entered, int(made), int(collected), int(returned))
        for name, region, entered, made, collected, returned in connection.execute(query)
    }


def _table(found: Progress) -> Sheet:
    columns = (
        Column("region", "地区", "region"),
        Column("expected", "应制", "expected", "count"),
        *(Column(name, name, "made", "count") for name in found.rounds),
        Column("total", "合计", "total made", "count"),
        Column("share", "完成率", "share", "share"),
    )
    rows = [_row(region, found.rounds, found.of(region)) for region in found.regions]
    if len(rows) > 1:
        rows.append(_row("合计 all", found.rounds, found.parts))
    note = ("每轮已制卡数", "Cards made in each round")
    return Sheet("progress", "任务进度表", "Progress", columns, tuple(rows), note)


def _row(
    title: str, rounds: Iterable[str], parts: tuple[RoundOfRegion, ...]
) -> tuple[str | int | float | None, ...]:
    expected = sum(part.expected for part in parts)
    made = [sum(part.made for part in parts if part.round == name) for name in rounds]
    return (title, expected, *made, sum(made), sum(made) / expected if expected else None)


def _parts(parts: Iterable[RoundOfRegion]) -> Sheet:
    columns = (
        Column("round", "轮次", "round"),
        Column("region", "地区", "region"),
        Column("expected", "应制", "expected", "count"),
        Column("entered", "已采集", "entered", "count"),
        Column("made", "已制卡", "made", "count"),
        Column("collected", "已领取", "collected", "count"),
        Column("returned", "已退回", "returned", "count"),
    )
    rows = tuple(
        (p.round, p.region, p.expected, p.entered, p.made, p.collected, p.returned) for p in parts
    )
    return Sheet("rounds", "各轮次", "Each round", columns, rows)

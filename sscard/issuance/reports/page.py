"""Reports on one HTML page that needs nothing else and calls nobody."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sscard.durable import replace_file
from sscard.issuance.order_states import OrderState
from sscard.issuance.report import environment
from sscard.issuance.reports import chart as geometry
from sscard.issuance.reports.batch import BatchReport
from sscard.issuance.reports.batch_sheets import batch_document
from sscard.issuance.reports.cells import percent, shown
from sscard.issuance.reports.sheet import Fact, Report
from sscard.issuance.reports.step_sheet import step_sheet
from sscard.issuance.states import OPEN, CardState

if TYPE_CHECKING:
    from jinja2 import Environment

#: Cards whose history the page tells: browsers stay quick.  The other forms have them all.
HISTORIES = 1000
_WAITING = frozenset(
    {
        OrderState.ENTERED,
        OrderState.VERIFIED,
        OrderState.BATCHED,
        OrderState.BANK_REQUESTED,
        OrderState.BANK_MATCHED,
    }
)


class Tile(NamedTuple):
    """A number that the page begins with; ``kind`` is its colour."""

    kind: str
    number: int
    zh: str
    en: str


def render_batch(report: BatchReport) -> str:
    """The page of a batch.  A pure function of ``report``."""
    template = _environment().get_template("batch_report.html.j2")
    told = report.lost[:HISTORIES]
    return template.render(
        report=report,
        document=batch_document(report),
        chart=geometry.chart(report.throughput),
        size=geometry,
        tiles=_tiles(report),
        histories=[(card, step_sheet(card.steps)) for card in told],
        untold=report.lost_total - len(told),
    )


def render_tables(document: Report) -> str:
    """The page of a report that is facts and tables only."""
    return _environment().get_template("tables_report.html.j2").render(document=document)


def write_page(path: Path, text: str) -> None:
    """Put a page at ``path`` in one step.  Raises OSError."""
    replace_file(path, text.encode())


def _environment() -> Environment:
    made = environment()
    made.filters["cell"] = lambda cell, column: shown(column, cell)
    made.filters["percent"] = lambda share: "–" if share is None else percent(share)
    made.filters["short"] = _short
    made.filters["long"] = lambda facts: [each for each in facts if each.column.kind == "hash"]
    return made


def _short(facts: Iterable[Fact]) -> list[Fact]:
    """Facts that are known and fit beside the title; hashes stand at the foot."""
    return [each for each in facts if each.column.kind != "hash" and each.cell is not None]


def _tiles(report: BatchReport) -> tuple[Tile, ...]:
    orders, cards = dict(report.orders), dict(report.cards)
    waiting = sum(orders.get(each, 0) for each in _WAITING)
    under_way = sum(cards.get(each, 0) for each in OPEN)
    test = sum(line.test for line in report.reconciliation.lines)
    return (
        Tile("eligible", sum(orders.values()), "申领单", "orders"),
        Tile("issued", report.overall.good, "制成", "cards good"),
        Tile("issued_before", under_way, "在制", "under way"),
        Tile("waiting", waiting, "等待", "waiting"),
        Tile("spoiled", cards.get(CardState.SPOILED, 0), "作废", "spoiled"),
        Tile("failed", cards.get(CardState.FAILED, 0), "失败", "failed"),
        Tile("rejected", orders.get(OrderState.RETURNED, 0), "退回", "returned"),
        Tile("test", test, "测试卡", "test cards"),
    )

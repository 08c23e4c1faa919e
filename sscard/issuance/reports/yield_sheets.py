"""Yields, causes of loss and throughput as tables."""

from __future__ import annotations

from collections.abc import Iterable

from sscard.issuance.reports import words
from sscard.issuance.reports.sheet import Column, Sheet
from sscard.issuance.reports.throughput import Throughput
from sscard.issuance.reports.yields import Loss, Yield

#: Where the ledger does not know lot, station or reader.
UNKNOWN = "未登记 not recorded"


def yield_sheet(overall: Yield, yields: Iterable[Yield]) -> Sheet:
    """Yield and first-pass yield: all cards, then by lot, station and reader."""
    columns = (
        Column("by", "分类", "by"),
        Column("name", "名称", "name"),
        Column("ended", "结束的卡", "cards ended", "count"),
        Column("good", "合格", "good", "count"),
        Column("yield", "合格率", "yield", "share"),
        Column("first", "首张卡", "first cards", "count"),
        Column("first_good", "一次合格", "good at first", "count"),
        Column("first_pass_yield", "一次合格率", "first-pass yield", "share"),
    )
    rows = tuple(
        (
            " ".join(each.by.value) if each.by else "全部 all",
            "" if each.by is None else each.name or UNKNOWN,
            each.ended,
            each.good,
            each.share,
            each.first,
            each.first_good,
            each.first_share,
        )
        for each in (overall, *yields)
    )
    note = (
        "合格率按全部卡计；一次合格率按每张申领单的首张卡计",
        "Yield is over all cards, first-pass yield over the first card of each order",
    )
    return Sheet("yields", "合格率", "Yield", columns, rows, note)


def loss_sheet(losses: Iterable[Loss]) -> Sheet:
    """What cards were lost to, by status word, and at which lots and stations."""
    columns = (
        Column("status_word", "状态字", "status word", "code"),
        Column("reason", "原因", "cause"),
        Column("cards", "卡数", "cards", "count"),
        Column("share", "占比", "share of all", "share"),
        Column("lots", "芯片批号", "chip lots"),
        Column("stations", "工位", "stations"),
    )
    rows = tuple(
        (
            loss.status_word,
            words.cause(loss.reason),
            loss.cards,
            loss.share,
            _counted(loss.lots),
            _counted(loss.stations),
        )
        for loss in losses
    )
    return Sheet("causes", "失败原因", "Causes of loss", columns, rows)


def throughput_sheet(throughput: Throughput) -> Sheet:
    """Cards that ended in each step of time."""
    columns = (
        Column("at", "起始时间", "from", "time"),
        Column("good", "合格", "good", "count"),
        Column("lost", "作废", "lost", "count"),
    )
    rows = tuple((bar.at, bar.good, bar.lost) for bar in throughput.bars)
    minutes = int(throughput.step.total_seconds() // 60)
    note = (
        f"每格 {minutes} 分钟；有产出时段平均每小时 {throughput.good_per_hour:,.0f} 张",
        f"{minutes} minutes a step; {throughput.good_per_hour:,.0f} good cards per working hour",
    )
    return Sheet("throughput", "产量", "Throughput", columns, rows, note)


def _counted(names: Iterable[tuple[str, int]]) -> str:
    return "; ".join(f"{name or UNKNOWN}: {count}" for name, count in names)

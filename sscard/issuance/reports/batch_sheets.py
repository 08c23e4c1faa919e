"""The report of a batch as facts and tables, for the page and for programs alike."""

from __future__ import annotations

from sscard.issuance.production_states import BodyState
from sscard.issuance.reports import words
from sscard.issuance.reports.batch import BatchReport
from sscard.issuance.reports.fee_sheets import fee_sums_sheet
from sscard.issuance.reports.reconciliation_sheets import reconciliation_sheets
from sscard.issuance.reports.sheet import Column, Fact, Report, Sheet
from sscard.issuance.reports.step_sheet import STEP_COLUMNS, step_cells
from sscard.issuance.reports.yield_sheets import loss_sheet, throughput_sheet, yield_sheet

_SIGNED = {True: "有 yes", False: "无 no"}
COUNT = Column("count", "数量", "count", "count")
SHARE = Column("share", "占比", "share", "share")


def batch_document(report: BatchReport) -> Report:
    """Everything in ``report``, table by table."""
    sheets = (
        _orders(report),
        _cards(report),
        _returned(report),
        loss_sheet(report.losses),
        yield_sheet(report.overall, report.yields),
        throughput_sheet(report.throughput),
        _lost(report),
        _history(report),
        _checks(report),
        _dead(report),
        *reconciliation_sheets(report.reconciliation),
        fee_sums_sheet(report.fees),
    )
    return Report("batch", "批次报告", "Batch report", _facts(report), sheets)


def _facts(report: BatchReport) -> tuple[Fact, ...]:
    facts = report.facts
    digest = facts.profile_sha256.hex() if facts.profile_sha256 else None
    return (
        Fact(Column("batch", "批次", "batch", "id"), facts.number),
        Fact(
            Column("state", "批次状态", "state"), words.both(facts.state) if facts.state else None
        ),
        Fact(Column("round", "轮次", "round"), facts.round),
        Fact(Column("unit", "单位代码", "unit"), facts.unit),
        Fact(Column("unit_name", "单位", "name of the unit"), facts.unit_name),
        Fact(Column("region", "地区", "region"), facts.region),
        Fact(Column("flow", "流程", "flow"), facts.flow),
        Fact(Column("bank", "银行", "bank"), facts.bank),
        Fact(Column("expected", "应制", "expected", "count"), facts.expected),
        Fact(Column("opened_at", "开批", "opened", "time"), facts.opened_at),
        Fact(Column("closed_at", "结批", "closed", "time"), facts.closed_at),
        Fact(Column("reason", "原因", "reason"), facts.reason),
        Fact(Column("profile", "配置", "profile"), facts.profile_name),
        Fact(Column("profile_sha256", "配置摘要", "SHA-256 of the profile", "hash"), digest),
        Fact(Column("taken_at", "制表", "report made", "time"), report.taken_at),
        Fact(Column("ledger_head", "台账末端", "ledger head", "hash"), str(report.head)),
    )


def _orders(report: BatchReport) -> Sheet:
    total = sum(count for _, count in report.orders)
    rows = ((state.name, words.chinese(state), n, n / total) for state, n in report.orders if n)
    columns = (Column("state", "状态", "state", "code"), Column("zh", "含义", "meaning"))
    return Sheet("orders", "申领单状态", "Orders by state", (*columns, COUNT, SHARE), tuple(rows))


def _cards(report: BatchReport) -> Sheet:
    total = sum(count for _, count in report.cards)
    rows = ((s.name, words.chinese(s), n, n / total) for s, n in report.cards if n)
    columns = (Column("state", "状态", "state", "code"), Column("zh", "含义", "meaning"))
    note = ("一人可有多张卡号：作废卡换新号", "A spoiled card is followed by one with a new number")
    return Sheet("cards", "卡状态", "Cards by state", (*columns, COUNT, SHARE), tuple(rows), note)


def _returned(report: BatchReport) -> Sheet:
    columns = (
        Column("code", "代码", "code", "code"),
        Column("reason", "原因", "reason"),
        COUNT,
    )
    rows = ((reason, words.cause(reason), count) for reason, count in report.returned)
    return Sheet("returned", "未完成原因", "Why orders went aside", columns, tuple(rows))


def _lost(report: BatchReport) -> Sheet:
    columns = (
        Column("card_number", "卡号", "card number", "id"),
        Column("state", "状态", "state"),
        Column("reason", "原因", "reason"),
        Column("lot", "芯片批号", "chip lot"),
        Column("body", "卡体", "body", "code"),
        Column("body_state", "卡体状态", "state of the body"),
        Column("station", "工位", "station"),
        Column("reader", "读写器", "reader"),
        Column("operator", "操作员", "operator"),
        Column("at", "时间", "when", "time"),
    )
    rows = tuple(
        (
            card.card_number,
            words.both(card.state),
            card.reason,
            card.lot,
            card.body,
            words.both(card.body_state) if card.body_state else None,
            card.station,
            card.reader,
            card.operator,
            card.at,
        )
        for card in report.lost
    )
    hidden = report.lost_total - len(report.lost)
    note = (f"另有 {hidden} 张未列出", f"{hidden} more are not listed") if hidden > 0 else ("", "")
    return Sheet("lost", "作废和失败的卡", "Spoiled and failed cards", columns, rows, note)


def _history(report: BatchReport) -> Sheet:
    rows = tuple(step_cells(step) for card in report.lost for step in card.steps)
    title = ("作废卡经过", "History of spoiled and failed cards")
    return Sheet("history", *title, STEP_COLUMNS, rows)


def _checks(report: BatchReport) -> Sheet:
    columns = (
        Column("gate", "检查", "gate"),
        Column("subject", "卡", "card or body", "code"),
        Column("result", "结果", "result"),
        Column("by", "检验员", "by"),
        Column("at", "时间", "when", "time"),
        Column("note", "说明", "note"),
    )
    result = {True: "合格 passed", False: "不合格 failed"}
    rows = tuple(
        (words.named(c.what, words.GATES), c.subject, result[c.passed], c.by, c.at, c.note)
        for c in report.checks
    )
    note = ("首件、巡检、终检", "First article, patrol and final sample")
    return Sheet("checks", "质量检查", "Quality gates", columns, rows, note)


def _dead(report: BatchReport) -> Sheet:
    columns = (
        Column("body", "卡体", "body", "code"),
        Column("lot", "批号", "lot"),
        Column("party", "单位", "party"),
        Column("state", "状态", "state"),
        Column("at", "时间", "when", "time"),
        Column("destroyed_by", "销毁人", "destroyed by"),
        Column("witness", "监销人", "before"),
        Column("signed", "两人签字", "two signatures"),
    )
    rows = tuple(
        (
            each.body,
            each.lot,
            each.party,
            words.both(each.state),
            each.at,
            each.destroyed_by,
            each.witness,
            _SIGNED[each.signed] if each.state is BodyState.DESTROYED else None,
        )
        for each in report.dead
    )
    return Sheet("bodies", "测试卡、作废和销毁", "Test cards, spoiled, destroyed", columns, rows)

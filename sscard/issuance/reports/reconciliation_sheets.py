"""A reconciliation as tables."""

from __future__ import annotations

from sscard.issuance.reports import words
from sscard.issuance.reports.reconciliation import Reconciliation
from sscard.issuance.reports.sheet import Column, Sheet


def reconciliation_sheets(found: Reconciliation) -> tuple[Sheet, ...]:
    """Lines by party and item, hand-overs from both sides, numbers, and what does not agree."""
    return _lines(found), _transfers(found), _numbers(found), _discrepancies(found)


def _lines(found: Reconciliation) -> Sheet:
    counts = (
        ("received", "收入", "received"),
        ("issued", "制成发出", "issued"),
        ("remaining", "账面结余", "remaining"),
        ("handed_over", "移交", "handed over"),
        ("rejected", "废卡退回", "rejected"),
        ("test", "测试", "test"),
        ("counted", "盘点", "counted"),
        ("destroyed", "已销毁", "destroyed"),
    )
    columns = (
        Column("party", "单位", "party"),
        Column("item", "物品", "item"),
        *(Column(*names, "count") for names in counts),
    )
    rows = tuple(
        (line.party, words.item(line.item), *(getattr(line, name) for name, _, _ in counts))
        for line in found.lines
    )
    note = (
        "发出＋结余＋移交＋退回＋测试＝收入；盘点应等于结余",
        "issued + remaining + handed over + rejected + test = received; counted = remaining",
    )
    return Sheet("reconciliation", "对账", "Reconciliation", columns, rows, note)


def _transfers(found: Reconciliation) -> Sheet:
    columns = (
        Column("giver", "移交方", "from"),
        Column("receiver", "接收方", "to"),
        Column("item", "物品", "item"),
        Column("handed_over", "移交登记", "handed over", "count"),
        Column("received", "接收登记", "received", "count"),
    )
    rows = tuple(
        (each.giver, each.receiver, words.item(each.item), each.handed_over, each.received)
        for each in found.transfers
    )
    note = ("双方登记应一致", "What one side books, the other must book, too")
    return Sheet("transfers", "移交核对", "Hand-overs from both sides", columns, rows, note)


def _numbers(found: Reconciliation) -> Sheet:
    numbers = found.numbers
    columns = (
        Column("taken", "占用卡号", "numbers taken", "count"),
        Column("issued", "已发放", "issued", "count"),
        Column("spoiled", "作废", "spoiled", "count"),
        Column("failed", "失败", "failed", "count"),
        Column("under_way", "未完成", "under way", "count"),
    )
    row = (numbers.taken, numbers.issued, numbers.spoiled, numbers.failed, numbers.under_way)
    return Sheet("numbers", "卡号", "Card numbers", columns, (row,))


def _discrepancies(found: Reconciliation) -> Sheet:
    columns = (
        Column("code", "代码", "code", "code"),
        Column("party", "单位", "party"),
        Column("item", "物品", "item"),
        Column("expected", "应有", "expected", "count"),
        Column("found", "实有", "found", "count"),
        Column("zh", "说明", "in Chinese"),
        Column("en", "英文说明", "in English"),
        Column("blocks", "阻止结批", "stops closing"),
    )
    rows = tuple(
        (
            each.code.name,
            each.party,
            words.item(each.item),
            each.expected,
            each.found,
            each.zh,
            each.en,
            "是 yes" if each.blocks else "否 no",
        )
        for each in found.discrepancies
    )
    return Sheet("discrepancies", "不符", "What does not agree", columns, rows)

"""The stock as tables."""

from __future__ import annotations

from collections.abc import Iterable

from sscard.issuance.reports import words
from sscard.issuance.reports.sheet import Column, Report, Sheet
from sscard.issuance.reports.stock import Holding, Moved

_PLACE = (
    Column("party", "单位", "party"),
    Column("item", "物品", "item"),
    Column("lot", "批号", "lot", "code"),
)
_COUNTS = (
    ("received", "收入", "received"),
    ("issued", "制成发出", "issued"),
    ("handed_over", "移交", "handed over"),
    ("rejected", "退回", "rejected"),
    ("test", "测试", "test"),
    ("spoiled", "作废", "spoiled"),
    ("remaining", "账面结余", "remaining"),
    ("counted", "盘点", "counted"),
    ("destroyed", "已销毁", "destroyed"),
    ("to_destroy", "待销毁", "to be destroyed"),
)


def stock_document(holdings: Iterable[Holding], moved: Iterable[Moved]) -> Report:
    """What each party has of each lot, and every movement."""
    sheets = (_holdings(holdings), _movements(moved))
    return Report("stock", "卡体和芯片库存", "Stock of card bodies and chips", (), sheets)


def _holdings(holdings: Iterable[Holding]) -> Sheet:
    columns = (*_PLACE, *(Column(*names, "count") for names in _COUNTS))
    rows = tuple(
        (each.party, words.item(each.item), each.lot, *(getattr(each, n) for n, _, _ in _COUNTS))
        for each in holdings
    )
    note = (
        "盘点应等于账面结余",
        "What was counted last should be what remains by the books",
    )
    return Sheet("holdings", "结余", "What is there", columns, rows, note)


def _movements(moved: Iterable[Moved]) -> Sheet:
    columns = (
        Column("id", "编号", "movement", "id"),
        Column("at", "时间", "when", "time"),
        *_PLACE,
        Column("batch", "批次", "batch", "id"),
        Column("movement", "出入", "what"),
        Column("quantity", "数量", "quantity", "count"),
        Column("counterparty", "对方", "other party"),
        Column("signed_by", "签字", "signed by"),
        Column("note", "说明", "note"),
    )
    rows = tuple(
        (
            str(each.id),
            each.at,
            each.party,
            words.item(each.item),
            each.lot,
            each.batch,
            words.both(each.movement),
            each.quantity,
            each.counterparty,
            each.signed_by,
            each.note,
        )
        for each in moved
    )
    return Sheet("movements", "出入明细", "Movements", columns, rows)

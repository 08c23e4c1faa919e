"""Fees as tables."""

from __future__ import annotations

from collections.abc import Iterable

from sscard.issuance.reports import words
from sscard.issuance.reports.fees import Fee, FeeSum
from sscard.issuance.reports.settlement import Period, Settlement
from sscard.issuance.reports.sheet import Column, Fact, Report, Sheet

_WHAT = Column("what", "项目", "what")
_PARTY = Column("party", "单位", "party")
_AMOUNT = Column("amount_fen", "金额（元）", "amount, CNY", "money")
_SETTLED = Column("settled_in", "结算单", "settled in", "id")


def fee_sums_sheet(sums: Iterable[FeeSum]) -> Sheet:
    """Sums by kind, party and settlement."""
    columns = (_WHAT, _PARTY, Column("count", "笔数", "count", "count"), _AMOUNT, _SETTLED)
    rows = tuple(
        (words.named(f.what, words.FEES), f.party, f.count, f.amount_fen, f.settled_in)
        for f in sums
    )
    return Sheet("fees", "费用", "Fees", columns, rows)


def fees_document(
    period: Period, sums: Iterable[FeeSum], fees: Iterable[Fee], settled: Settlement | None
) -> Report:
    """The fees of a period, and the settlement that was made just now."""
    facts = (
        Fact(Column("from", "起", "from"), period.first.isoformat()),
        Fact(Column("to", "止", "to"), period.last.isoformat()),
        Fact(
            Column("settlement", "本次结算单", "settled now", "id"),
            settled.name if settled else None,
        ),
        Fact(
            Column("settled_count", "本次笔数", "fees settled now", "count"),
            settled.count if settled else None,
        ),
        Fact(
            Column("settled_fen", "本次金额（元）", "amount settled now, CNY", "money"),
            settled.amount_fen if settled else None,
        ),
    )
    sheets = (fee_sums_sheet(sums), _each(fees))
    return Report("fees", "费用结算", "Fees and settlement", facts, sheets)


def _each(fees: Iterable[Fee]) -> Sheet:
    columns = (
        Column("id", "编号", "fee", "id"),
        Column("at", "时间", "when", "time"),
        _WHAT,
        _PARTY,
        Column("order", "申领单", "order", "id"),
        Column("card_number", "卡号", "card number", "id"),
        Column("batch", "批次", "batch", "id"),
        _AMOUNT,
        _SETTLED,
    )
    rows = tuple(
        (
            str(fee.id),
            fee.at,
            words.named(fee.what, words.FEES),
            fee.party,
            str(fee.order),
            fee.card_number,
            fee.batch,
            fee.amount_fen,
            fee.settled_in,
        )
        for fee in fees
    )
    return Sheet("fee", "逐笔", "Each fee", columns, rows)

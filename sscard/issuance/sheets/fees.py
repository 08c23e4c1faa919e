"""费用与补助: what is charged and what is paid, by party; in fen, so that every sum is exact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, unique

from sscard.issuance.sheets.page import (
    DATE,
    SIGNED,
    STAMP,
    TOTAL,
    Column,
    Fact,
    Page,
    Signature,
    Table,
    Term,
    render,
)

_HANDS = (SIGNED, STAMP, DATE)


@unique
class FeeKind(StrEnum):
    """Who pays: a fee comes in, a subsidy goes out."""

    FEE = "收费"
    SUBSIDY = "补助"


@dataclass(frozen=True, slots=True)
class FeeLine:
    """So many times a price, in fen (0.01 yuan)."""

    party: str
    kind: FeeKind
    item: str
    quantity: int
    price: int

    @property
    def amount(self) -> int:
        """In fen."""
        return self.quantity * self.price


def fee_sheet(period: str, lines: Sequence[FeeLine]) -> str:
    """One table for fees and one for subsidies, each with its sum."""
    tables = tuple(_table(kind, [each for each in lines if each.kind is kind]) for kind in FeeKind)
    sums = {k: sum(each.amount for each in lines if each.kind is k) for k in FeeKind}
    facts = (
        Fact(Term("结算期", "period"), period),
        Fact(Term("收费合计（元）", "fees, yuan"), yuan(sums[FeeKind.FEE])),
        Fact(Term("补助合计（元）", "subsidies, yuan"), yuan(sums[FeeKind.SUBSIDY])),
    )
    hands = (
        Signature(Term("制表", "made by"), _HANDS),
        Signature(Term("复核", "checked by"), _HANDS),
    )
    title = Term("费用与补助结算表", "fees and subsidies")
    shown = tuple(table for table in tables if table.rows)
    return render([Page(title, facts, shown, signatures=hands)])


def yuan(fen: int) -> str:
    """An amount in yuan with two places."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // 100:,}.{fen % 100:02}"


def _table(kind: FeeKind, lines: Sequence[FeeLine]) -> Table:
    columns = (
        Column(Term("结算方", "party")),
        Column(Term(f"{kind.value}项目", "fee" if kind is FeeKind.FEE else "subsidy")),
        Column(Term("数量", "quantity"), "number"),
        Column(Term("单价（元）", "price"), "number"),
        Column(Term("金额（元）", "amount"), "number"),
    )
    rows = tuple((e.party, e.item, f"{e.quantity:,}", yuan(e.price), yuan(e.amount)) for e in lines)
    total = (TOTAL.zh, "", "", "", yuan(sum(each.amount for each in lines)))
    return Table(columns, rows, total)

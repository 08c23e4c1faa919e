"""库存: card bodies and chips; whatever came must be somewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class StockLine:
    """One kind of body or chip; ``version`` is that of its COS."""

    item: str
    version: str
    received: int
    issued: int
    handed_over: int
    rejected: int
    test: int
    remaining: int

    @property
    def missing(self) -> int:
        """Received, and nowhere; less than nothing where there is more than came."""
        found = self.issued + self.handed_over + self.rejected + self.test + self.remaining
        return self.received - found


def stock_sheet(day: str, place: str, lines: Sequence[StockLine]) -> str:
    """The table with its differences, which are warned of."""
    columns = (
        Column(Term("品名", "item")),
        Column(Term("COS版本", "COS")),
        *(Column(term, "number") for term in _NUMBERS),
    )
    rows = tuple((each.item, each.version, *_numbers(each)) for each in lines)
    total = StockLine(
        TOTAL.zh,
        "",
        sum(each.received for each in lines),
        sum(each.issued for each in lines),
        sum(each.handed_over for each in lines),
        sum(each.rejected for each in lines),
        sum(each.test for each in lines),
        sum(each.remaining for each in lines),
    )
    warnings = tuple(
        Term(f"{each.item} {each.version}：差异 {each.missing}", "does not balance")
        for each in lines
        if each.missing
    )
    page = Page(
        Term("卡体与COS库存表", "stock of card bodies and COS"),
        (Fact(DATE, day), Fact(Term("地点", "place"), place)),
        (Table(columns, rows, (total.item, "", *_numbers(total))),),
        warnings=warnings,
        signatures=(
            Signature(Term("保管", "kept by"), _HANDS),
            Signature(Term("盘点", "counted by"), _HANDS),
        ),
    )
    return render([page])


_NUMBERS = (
    Term("入库", "received"),
    Term("已发", "issued"),
    Term("已移交", "handed over"),
    Term("废卡", "rejected"),
    Term("测试卡", "test"),
    Term("结存", "remaining"),
    Term("差异", "difference"),
)


def _numbers(each: StockLine) -> tuple[str, ...]:
    found = (each.received, each.issued, each.handed_over, each.rejected, each.test)
    return tuple(f"{number:,}" for number in (*found, each.remaining, each.missing))

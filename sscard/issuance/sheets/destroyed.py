"""作废卡销毁单: spoiled cards and test cards, destroyed before two people who both sign."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sscard.issuance.sheets.page import (
    BATCH,
    CARD_NUMBER,
    DATE,
    MARK,
    SERIAL,
    SIGNED,
    TOTAL,
    Column,
    Fact,
    Page,
    Signature,
    Table,
    Term,
    render,
)
from sscard.issuance.sheets.privacy import Numbers

_CAUSE = Term("作废原因", "cause")
_NAME = Term("姓名（正楷）", "name in block letters")
_HANDS = (_NAME, SIGNED, DATE)
_NOTES = (
    Term(
        "销毁前逐张核对卡体号；芯片须打孔或粉碎",
        "each body is compared; chips are punched or shredded",
    ),
    Term("两名销毁人须为不同的人，均全程在场", "two different people, both there all the time"),
)


@dataclass(frozen=True, slots=True)
class Destroyed:
    """One body; ``mark`` is 新增, 补换, 空白 (blank) or 测试 (test).  No name: it is not needed."""

    serial: str
    body_number: str
    mark: str
    cause: str
    card_number: str = field(default="", repr=False)


def destruction_sheet(
    batch: str, cards: Sequence[Destroyed], numbers: Numbers = Numbers.LAST
) -> str:
    """The sheet with two signatures."""
    columns = (
        SERIAL,
        Column(Term("卡体号", "number of the body"), "code"),
        CARD_NUMBER,
        MARK,
        Column(_CAUSE),
        Column(Term("已销毁", "destroyed"), "sign"),
    )
    rows = tuple(
        (e.serial, e.body_number, numbers.shown(e.card_number), e.mark, e.cause, "") for e in cards
    )
    causes = Counter(each.cause for each in cards)
    sums = Table(
        (Column(_CAUSE), Column(Term("数量", "cards"), "number")),
        tuple((cause, str(count)) for cause, count in causes.most_common()),
        (TOTAL.zh, str(len(cards))),
    )
    facts = (Fact(BATCH, batch), Fact(Term("数量", "cards"), str(len(cards))))
    hands = (
        Signature(Term("销毁人一", "first witness"), _HANDS),
        Signature(Term("销毁人二", "second witness"), _HANDS),
        Signature(Term("销毁", "destroyed"), (Term("地点", "place"), Term("方式", "how"))),
    )
    title = Term("作废卡销毁单", "destruction of spoiled cards")
    return render([Page(title, facts, (Table(columns, rows), sums), _NOTES, signatures=hands)])

"""未制卡数据: records that go back to those who sent them, with what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sscard.issuance.sheets.page import (
    BATCH,
    DATE,
    ID_NUMBER,
    MARK,
    NAME,
    SIGNED,
    STAMP,
    TOTAL,
    UNIT,
    Column,
    Fact,
    Page,
    Signature,
    Table,
    Term,
    render,
)
from sscard.issuance.sheets.privacy import Numbers

_REASON = Term("原因", "reason")
_NOTES = (
    Term(
        "按行号在原清单中更正，重新报送", "correct by row in the list that was sent, and send again"
    ),
)


@dataclass(frozen=True, slots=True)
class Returned:
    """One record and one reason; ``row`` is that of the list that came, ``column`` its field."""

    row: str
    name: str = field(repr=False)
    id_number: str = field(repr=False)
    reason: str
    column: str = ""
    mark: str = ""


def returned_sheet(
    batch: str, unit: str, records: Sequence[Returned], numbers: Numbers = Numbers.LAST
) -> str:
    """The sheet for the unit: how many for each reason, then the records by row."""
    reasons = Counter(each.reason for each in records)
    sums = Table(
        (Column(_REASON), Column(Term("条数", "records"), "number")),
        tuple((reason, str(count)) for reason, count in reasons.most_common()),
        (TOTAL.zh, str(len(records))),
    )
    columns = (
        Column(Term("行号", "row"), "number"),
        NAME,
        ID_NUMBER,
        MARK,
        Column(_REASON),
        Column(Term("字段", "field")),
    )
    rows = tuple(
        (e.row, e.name, numbers.shown(e.id_number), e.mark, e.reason, e.column) for e in records
    )
    people = len({each.row for each in records})
    facts = (Fact(UNIT, unit), Fact(BATCH, batch), Fact(Term("人数", "people"), str(people)))
    hands = (
        Signature(Term("退回", "sent back by"), (SIGNED, STAMP, DATE)),
        Signature(Term("接收单位", "received by"), (SIGNED, STAMP, DATE)),
    )
    title = Term("未制卡数据退回单", "records that go back")
    return render([Page(title, facts, (sums, Table(columns, rows)), _NOTES, signatures=hands)])

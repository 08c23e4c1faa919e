"""交接单: cards that pass from one party to the next; both sign for the same number."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from sscard.issuance.sheets.page import (
    BATCH,
    CARD_NUMBER,
    DATE,
    ID_NUMBER,
    MARK,
    NAME,
    SERIAL,
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
from sscard.issuance.sheets.privacy import Numbers

_BOX = Column(Term("箱号", "box"))
_POSTCODE = Column(Term("邮编", "postcode"), "code")
_ADDRESS = Column(Term("地址", "address"))
_COUNT = Column(Term("数量", "cards"), "number")
_COUNTED = Column(Term("实收", "counted"), "sign")
_NOTES = (
    Term(
        "双方当面清点；差异写明序号", "both count together; differences are written down by number"
    ),
)


@dataclass(frozen=True, slots=True)
class HandedOver:
    """One card; ``mark`` is 新增 or 补换."""

    serial: str
    name: str = field(repr=False)
    id_number: str = field(repr=False)
    mark: str
    card_number: str = field(default="", repr=False)
    box: str = ""
    unit: str = ""
    postcode: str = field(default="", repr=False)
    address: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class HandOver:
    """What is handed over, from whom to whom; ``sha256`` is that of the electronic list."""

    title: Term
    batch: str
    giver: str
    receiver: str
    cards: tuple[HandedOver, ...]
    sha256: str = ""


def hand_over_sheet(hand_over: HandOver, numbers: Numbers = Numbers.LAST) -> str:
    """The sheet that both parties sign: sums by box and unit first, then the cards one by one."""
    cards = hand_over.cards
    marks = Counter(each.mark for each in cards)
    counts = "，".join(f"{mark} {count}" for mark, count in marks.items())
    facts = (
        Fact(BATCH, hand_over.batch),
        Fact(Term("数量", "cards"), f"{len(cards)}（{counts}）" if cards else "0"),
        Fact(Term("移交方", "from"), hand_over.giver),
        Fact(Term("接收方", "to"), hand_over.receiver),
        Fact(Term("电子清单", "SHA-256"), hand_over.sha256),
    )
    boxes = (_by_box(cards),) if any(each.box or each.unit for each in cards) else ()
    tables = (*boxes, _one_by_one(cards, numbers))
    lines = (Term("经办人签字", "signature"), STAMP, DATE)
    hands = (
        Signature(Term("移交方", "handed over by"), lines),
        Signature(Term("接收方", "received by"), (Term("实收数量", "cards counted"), *lines)),
        Signature(Term("差异", "differences"), (Term("序号", "numbers"), SIGNED)),
    )
    return render([Page(hand_over.title, facts, tables, _NOTES, signatures=hands)])


def _by_box(cards: tuple[HandedOver, ...]) -> Table:
    sums = Counter((each.box, each.unit) for each in cards)
    columns = (_BOX, Column(Term("单位", "unit")), _COUNT, _COUNTED)
    rows = tuple((box or "—", unit or "—", str(count), "") for (box, unit), count in sums.items())
    return Table(columns, rows, (TOTAL.zh, "", str(len(cards)), ""))


def _one_by_one(cards: tuple[HandedOver, ...], numbers: Numbers) -> Table:
    """The columns that this list fills: semi-finished cards have addresses, and no boxes yet."""
    columns: dict[Column, list[str]] = {
        SERIAL: [each.serial for each in cards],
        _BOX: [each.box for each in cards],
        NAME: [each.name for each in cards],
        ID_NUMBER: [numbers.shown(each.id_number) for each in cards],
        CARD_NUMBER: [numbers.shown(each.card_number) for each in cards],
        _POSTCODE: [each.postcode for each in cards],
        _ADDRESS: [each.address for each in cards],
        MARK: [each.mark for each in cards],
    }
    shown = {column: texts for column, texts in columns.items() if any(texts) or not cards}
    return Table(tuple(shown), tuple(zip(*shown.values(), strict=True)))

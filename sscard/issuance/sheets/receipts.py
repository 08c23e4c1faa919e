"""领卡签收表: who gets a card signs for it; units, towns and districts sum up, sign and stamp."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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

REPLACEMENT = "补换"
_TITLE = Term("领卡签收表", "receipt sheet")
_CARDS = Term("应领", "cards")
_NEW, _REPLACED = Term("新增", "new"), Term(REPLACEMENT, "replacement")
_TAKEN, _LEFT = Term("实领", "collected"), Term("未领", "not collected")
_BY = Column(Term("领卡人签字", "signature of the holder"), "sign")
_AGENT = Column(Term("代领人签字及关系", "agent, and what to the holder"), "sign")
_WHEN = Column(Term("领取日期", "date"), "sign")
_HANDS = (_TAKEN, _LEFT, Term("经办人签字", "signature of the clerk"), STAMP, DATE)
_NOTES = (
    Term("凭本人有效身份证件当面领取；代领须出示双方证件", "in person, with one's own ID document"),
    Term("标志为补换的卡，旧卡已挂失并不可撤销", "a replacement cannot be undone"),
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """One person who gets a card; ``mark`` is 新增 or 补换."""

    serial: str
    name: str = field(repr=False)
    id_number: str = field(repr=False)
    card_number: str = field(repr=False)
    mark: str


@dataclass(frozen=True, slots=True)
class UnitReceipts:
    """The people of one unit in the order of the unit; town and district may be empty."""

    unit: str
    receipts: tuple[Receipt, ...]
    town: str = ""
    district: str = ""


@dataclass(frozen=True, slots=True)
class _Sum:
    """Cards below one name of a level."""

    name: str
    cards: int
    replaced: int

    @classmethod
    def of(cls, name: str, units: Sequence[UnitReceipts]) -> _Sum:
        marks = [each.mark for unit in units for each in unit.receipts]
        return cls(name, len(marks), marks.count(REPLACEMENT))


def receipt_sheet(
    batch: str, units: Sequence[UnitReceipts], numbers: Numbers = Numbers.LAST
) -> str:
    """The sheets of all units, then the sums: towns, districts, the card centre."""
    return render([*_units(batch, units, numbers), *_sums(batch, units)])


def _units(batch: str, units: Sequence[UnitReceipts], numbers: Numbers) -> Iterator[Page]:
    columns = (SERIAL, NAME, ID_NUMBER, CARD_NUMBER, MARK, _BY, _AGENT, _WHEN)
    for unit in units:
        rows = tuple(
            (
                each.serial,
                each.name,
                numbers.shown(each.id_number),
                numbers.shown(each.card_number),
                each.mark,
                "",
                "",
                "",
            )
            for each in unit.receipts
        )
        total = _Sum.of(unit.unit, [unit])
        place = " / ".join(each for each in (unit.district, unit.town) if each)
        counts = f"{total.cards}（新增 {total.cards - total.replaced}，补换 {total.replaced}）"
        facts = (
            Fact(UNIT, unit.unit),
            Fact(BATCH, batch),
            Fact(Term("所属", "belongs to"), place),
            Fact(_CARDS, counts),
        )
        hands = (
            Signature(Term("单位", "unit"), _HANDS),
            Signature(Term("发卡窗口", "window"), (SIGNED, STAMP, DATE)),
        )
        yield Page(_TITLE, facts, (Table(columns, rows),), _NOTES, signatures=hands)


def _sums(batch: str, units: Sequence[UnitReceipts]) -> Iterator[Page]:
    """Each level adds up the one below it; a level without names is left out."""
    towns = _grouped((unit.district, unit.town, unit) for unit in units)
    for (district, town), found in towns.items():
        if town:
            sums = [_Sum.of(each.unit, [each]) for each in found]
            yield _summary(batch, Term("乡镇街道汇总", "sum of a town"), f"{district} {town}", sums)
    districts = _grouped((unit.district, "", unit) for unit in units)
    for (district, _), found in districts.items():
        if district:
            below = _grouped((unit.town or unit.unit, "", unit) for unit in found)
            sums = [_Sum.of(name, each) for (name, _), each in below.items()]
            yield _summary(batch, Term("区县汇总", "sum of a district"), district, sums)
    top = _grouped((unit.district or unit.town or unit.unit, "", unit) for unit in units)
    sums = [_Sum.of(name, each) for (name, _), each in top.items()]
    yield _summary(batch, Term("卡中心汇总", "sum of the card centre"), "", sums)


def _grouped(
    units: Iterator[tuple[str, str, UnitReceipts]],
) -> dict[tuple[str, str], list[UnitReceipts]]:
    found: dict[tuple[str, str], list[UnitReceipts]] = {}
    for first, second, unit in units:
        found.setdefault((first, second), []).append(unit)
    return found


def _summary(batch: str, level: Term, name: str, sums: Sequence[_Sum]) -> Page:
    columns = (
        Column(Term("下级", "below")),
        Column(_CARDS, "number"),
        Column(_NEW, "number"),
        Column(_REPLACED, "number"),
        Column(_TAKEN, "sign"),
        Column(_LEFT, "sign"),
    )
    rows = tuple(_counted(each) for each in sums)
    total = _Sum(TOTAL.zh, sum(e.cards for e in sums), sum(e.replaced for e in sums))
    facts = (Fact(level, name.strip()), Fact(BATCH, batch))
    title = Term(f"{_TITLE.zh}　{level.zh}", f"{_TITLE.en}, {level.en}")
    hands = (
        Signature(Term("汇总", "summed up by"), _HANDS[2:]),
        Signature(Term("复核", "checked by"), (SIGNED, STAMP, DATE)),
    )
    return Page(title, facts, (Table(columns, rows, _counted(total)),), signatures=hands)


def _counted(each: _Sum) -> tuple[str, ...]:
    return (each.name, str(each.cards), str(each.cards - each.replaced), str(each.replaced), "", "")

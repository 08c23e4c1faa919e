"""Sheets of paper: everybody is on them, sums add up, names are text, numbers are short."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st

from sscard.errors import MalformedData
from sscard.issuance.exchange import load_list_layout
from sscard.issuance.sheets import (
    BoxLabel,
    FeeKind,
    FeeLine,
    Numbers,
    Receipt,
    RegionProgress,
    StockLine,
    UnitReceipts,
    fee_sheet,
    label_sheet,
    progress_sheet,
    receipt_sheet,
    stock_sheet,
)
from sscard.issuance.sheets.kinds import KINDS

VOID = {"meta", "path", "br"}


class Seen(HTMLParser):
    """Rows of texts, headings, and every address that a page would load something from."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.titles: list[str] = []
        self.heads = 0
        self.loads: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [f"{tag} {key}" for key, _ in attrs if key in ("src", "href", "action")]
        if tag not in VOID:
            self._open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag == "td":
            self.rows[-1].append("")
        elif tag == "h1":
            self.titles.append("")
        elif tag == "thead":
            self.heads += 1

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "td" in self._open:
            self.rows[-1][-1] += data
        elif "h1" in self._open and "span" not in self._open:
            self.titles[-1] += data.strip()

    @property
    def cells(self) -> list[list[str]]:
        return [row for row in self.rows if row]


def people(count: int, start: int = 1, mark: str = "新增") -> tuple[Receipt, ...]:
    return tuple(
        Receipt(str(n), f"验收{n}", f"1101011990030{n:05}", f"T{n:08}", mark)
        for n in range(start, start + count)
    )


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_a_page_of_its_own(name: str) -> None:
    layout = load_list_layout(KINDS[name].layout)
    html = KINDS[name].make(layout.example.header, layout.example.records, Numbers.LAST)
    seen = Seen(html)
    assert not seen.loads
    assert "url(" not in html
    assert "@import" not in html
    assert KINDS[name].title.zh.removesuffix("与包裹签")[-2:] in "".join(seen.titles)
    assert '<html lang="zh-CN">' in html


@pytest.mark.parametrize("name", KINDS)
def test_what_people_wrote_is_text(name: str) -> None:
    layout = load_list_layout(KINDS[name].layout)
    evil = '<script>alert(1)</script>"><img src=x>{{ 7*7 }}'
    texts = {each.name for each in layout.record if each.form == "text"} - {"price", "amount"}
    records = [{**each, **dict.fromkeys(texts, evil)} for each in layout.example.records]
    html = KINDS[name].make({**layout.example.header, "batch": evil}, records, Numbers.FULL)
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html
    assert not Seen(html).loads


@pytest.mark.parametrize("name", KINDS)
def test_numbers_are_short_unless_asked_for(name: str) -> None:
    layout = load_list_layout(KINDS[name].layout)
    record = layout.example.records[0]
    numbers = [record[key] for key in ("id_number", "card_number") if record.get(key)]
    short = KINDS[name].make(layout.example.header, layout.example.records, Numbers.LAST)
    assert not [each for each in numbers if each in short or each[4:] in short]
    full = KINDS[name].make(layout.example.header, layout.example.records, Numbers.FULL)
    if name in ("receipt", "hand-over"):
        assert all(each in full for each in numbers)


def test_labels_and_destruction_name_nobody() -> None:
    for name in ("labels", "destroyed"):
        layout = load_list_layout(KINDS[name].layout)
        html = KINDS[name].make(layout.example.header, layout.example.records, Numbers.FULL)
        assert "诸葛验收" not in html
        assert "110101199003070038" not in html


def test_levels_add_up() -> None:
    units = [
        UnitReceipts("甲校", people(3), "东镇", "北县"),
        UnitReceipts("乙校", people(2, mark="补换"), "东镇", "北县"),
        UnitReceipts("丙校", people(4), "西镇", "北县"),
        UnitReceipts("丁校", people(5), "南镇", "南县"),
    ]
    seen = Seen(receipt_sheet("B1", units))
    assert len(seen.titles) == 4 + 3 + 2 + 1
    assert seen.titles[4:] == ["领卡签收表　乡镇街道汇总"] * 3 + ["领卡签收表　区县汇总"] * 2 + [
        "领卡签收表　卡中心汇总"
    ]
    sums = [row[:4] for row in seen.cells if len(row) == 6]
    assert sums == [
        ["甲校", "3", "3", "0"],
        ["乙校", "2", "0", "2"],
        ["合计", "5", "3", "2"],
        ["丙校", "4", "4", "0"],
        ["合计", "4", "4", "0"],
        ["丁校", "5", "5", "0"],
        ["合计", "5", "5", "0"],
        ["东镇", "5", "3", "2"],
        ["西镇", "4", "4", "0"],
        ["合计", "9", "7", "2"],
        ["南镇", "5", "5", "0"],
        ["合计", "5", "5", "0"],
        ["北县", "9", "7", "2"],
        ["南县", "5", "5", "0"],
        ["合计", "14", "12", "2"],
    ]


def test_levels_without_names_are_left_out() -> None:
    seen = Seen(receipt_sheet("B1", [UnitReceipts("甲校", people(1))]))
    assert seen.titles == ["领卡签收表", "领卡签收表　卡中心汇总"]


def test_a_big_unit_is_one_table_with_headings_that_repeat() -> None:
    html = receipt_sheet("B1", [UnitReceipts("大校", people(5000))])
    seen = Seen(html)
    rows = [row for row in seen.cells if len(row) == 8]
    assert [row[0] for row in rows] == [str(n) for n in range(1, 5001)]
    assert seen.heads == 2
    assert re.search(r"thead \{ display: table-header-group", html)
    assert "tr { break-inside: avoid; }" in html


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(*[st.none() | st.integers(0, 10**6)] * 5), min_size=1, max_size=5))
def test_progress_adds_up(rounds: list[Any]) -> None:
    regions = [RegionProgress(f"r{n}", 10**7, each) for n, each in enumerate(rounds)]
    rows = Seen(progress_sheet("2026-01-05", regions)).cells
    numbers = [[int(cell.replace(",", "") or 0) for cell in row[1:9]] for row in rows]
    for row in numbers:
        assert sum(row[1:6]) == row[6]
        assert row[0] - row[6] == row[7]
    assert [sum(column) for column in zip(*numbers[:-1], strict=True)] == numbers[-1]


def test_progress_is_not_rounded_up() -> None:
    html = progress_sheet("d", [RegionProgress("r", 100_000, (99_999, None, None, None, None))])
    assert "99.9 %" in html
    assert "100.0 %" not in html
    more = progress_sheet("d", [RegionProgress("r", 1, (2, None, None, None, None))])
    assert "r：已制多于应制" in more


def test_fees_are_exact() -> None:
    lines = [FeeLine("p", FeeKind.FEE, f"i{n}", 3, 10) for n in range(1000)]
    assert "300.00" in fee_sheet("2026", lines)
    record = {"party": "p", "kind": "收费", "item": "i", "quantity": "3", "price": "0.1"}
    assert "0.30" in KINDS["fees"].make({}, [{**record, "amount": "0.3"}], Numbers.LAST)
    for change in ({"amount": "0.31"}, {"price": "0.101"}, {"price": "x"}, {"price": "NaN"}):
        with pytest.raises(MalformedData, match="record 1: "):
            KINDS["fees"].make({}, [{**record, "amount": "0.30", **change}], Numbers.LAST)


def test_stock_that_does_not_balance_is_warned_of() -> None:
    sound = StockLine("a", "1", 10, 5, 1, 1, 1, 2)
    wrong = StockLine("b", "1", 10, 5, 1, 1, 1, 1)
    assert "does not balance" not in stock_sheet("d", "p", [sound])
    assert "b 1：差异 1" in stock_sheet("d", "p", [sound, wrong])


def test_a_label_says_what_its_code_says() -> None:
    label = BoxLabel("B1", "验收测试学校", 2, 3, 200, "201", "400", "卡中心")
    assert label.scanned == "SSCARD1|B1|验收测试学校|2|3|200"
    html = label_sheet([label])
    made = segno.make_qr(label.scanned, error="m", encoding="utf-8")
    assert made.svg_inline(border=2, omitsize=True) in html
    assert ">2/3<" in html
    assert html.count("<svg") == 2  # the box, and the parcel to its destination


@pytest.mark.parametrize("place", ["batch", "unit", "destination"])
def test_no_field_of_a_code_is_two(place: str) -> None:
    values = {"batch": "B1", "unit": "u", "box": 1, "boxes": 1, "cards": 1, place: "a|b"}
    with pytest.raises(ValueError, match="parts the fields"):
        BoxLabel(**values)  # type: ignore[arg-type]


def test_a_label_has_room_for_the_longest_place() -> None:
    """All of it is there, in smaller type, and nothing of a label cuts it off."""
    place = "示范" * 30
    html = label_sheet([BoxLabel("B1", place, 999_999, 999_999, 1, destination=place)])
    assert f'<div class="where longest">{place}</div>' in html
    assert '<div class="large long">999999/999999</div>' in html
    assert f'<dd class="wide">{place}</dd>' in html
    assert "max-height" not in html
    short = label_sheet([BoxLabel("B1", "验收测试学校", 1, 2, 1, destination="卡中心")])
    assert '<div class="where ">' in short
    assert "wide" not in short.split("</style>")[1]


def test_a_long_name_has_several_lines() -> None:
    """One that is legal, of 50 characters, must not push numbers and signatures off the paper."""
    name = "测试" * 25
    receipt = Receipt("1", name, "110101199003070038", "T00000019", "新增")
    html = receipt_sheet("B1", [UnitReceipts("u", (receipt, *people(1)))])
    assert f'<td class="word long">{name}</td>' in html
    assert '<td class="word">验收1</td>' in html
    assert re.search(r"td\.word\.long \{ white-space: normal", html)


def test_semi_finished_cards_are_handed_over_with_addresses() -> None:
    """Issuance 3, flow A step 7: name, ID number, postcode, address, mark; and no empty column."""
    for kind in ("semi-finished", "spoiled"):
        layout = load_list_layout(KINDS[kind].layout)
        record = layout.example.records[0]
        records = [{**record, "postcode": "010020", "address": "测试路1号"}]
        html = KINDS[kind].make(layout.example.header, records, Numbers.LAST)
        assert "010020" in html
        assert "测试路1号" in html
        assert "箱号" not in html
    layout = load_list_layout(KINDS["hand-over"].layout)
    html = KINDS["hand-over"].make(layout.example.header, layout.example.records, Numbers.LAST)
    assert "箱号" in html
    assert "地址" not in html
    assert Seen(KINDS["hand-over"].make({}, [], Numbers.LAST)).titles


@pytest.mark.parametrize("numbers", [(0, 1, 1), (2, 1, 1), (1, 1, 0)])
def test_a_box_is_one_of_its_boxes(numbers: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError):
        BoxLabel("B1", "u", *numbers)
    record = dict(zip(("box", "boxes", "cards"), map(str, numbers), strict=True), unit="u")
    with pytest.raises(MalformedData, match="record 1: "):
        KINDS["labels"].make({}, [record], Numbers.LAST)


def test_a_total_is_that_of_its_rounds() -> None:
    record = {"region": "r", "expected": "5", "round1": "1", "total": "2"}
    with pytest.raises(MalformedData, match="record 1: total"):
        KINDS["progress"].make({}, [record], Numbers.LAST)


def test_what_is_on_a_sheet_is_in_no_repr() -> None:
    assert "验收1" not in repr(UnitReceipts("u", people(1)))
    assert "110101199003000001" not in repr(people(1))

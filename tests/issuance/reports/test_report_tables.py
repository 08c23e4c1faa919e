"""The same report as CSV, workbook and JSON: all rows, no formulas, nobody's numbers."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from sscard.errors import ProfileError
from sscard.issuance.machines import CHINA
from sscard.issuance.reports import as_json, tables, write_csv, write_xlsx
from sscard.issuance.reports.batch_sheets import batch_document
from sscard.issuance.reports.cells import percent, plain, shown
from sscard.issuance.reports.privacy import HIDDEN, public
from sscard.issuance.reports.sheet import Column, Fact, Report, Sheet
from tests.issuance.reports.sample import REPORT

DOCUMENT = batch_document(REPORT)
TEXT, COUNT = Column("text", "文字", "text"), Column("count", "数量", "count", "count")
STARTS = "=+-@\t\r＝＋－＠"


def read_csv(path: Path) -> list[list[str]]:
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def test_one_csv_file_a_table(tmp_path: Path) -> None:
    written = write_csv(tmp_path / "report", DOCUMENT)
    assert [path.stem for path in written] == ["facts", *(each.name for each in DOCUMENT.sheets)]
    for path, sheet in zip(written[1:], DOCUMENT.sheets, strict=True):
        heading, *rows = read_csv(path)
        assert heading == [f"{column.zh} {column.en}" for column in sheet.columns]
        assert len(rows) == len(sheet.rows)
    fees = read_csv(tmp_path / "report" / "fees.csv")
    assert fees[1] == ["补换卡工本费 replacement", "city", "4", "60.00", ""]
    assert "'=HYPERLINK(1)" in (tmp_path / "report" / "checks.csv").read_text("utf-8")


def test_a_workbook_has_a_sheet_for_each_table() -> None:
    raw, again = io.BytesIO(), io.BytesIO()
    write_xlsx(raw, DOCUMENT)
    write_xlsx(again, DOCUMENT)
    assert raw.getvalue() == again.getvalue()
    book = load_workbook(raw)
    assert book.sheetnames == ["概要", *(each.zh for each in DOCUMENT.sheets)]
    for sheet in DOCUMENT.sheets:
        rows = list(book[sheet.zh].iter_rows())
        assert len(rows) == len(sheet.rows) + 1
        assert not [cell for row in rows for cell in row if cell.data_type == "f"]
    (fee, *_), *_ = list(book["费用"].iter_rows(min_row=2, min_col=4))
    assert (fee.value, fee.number_format) == (60, "#,##0.00")


def test_texts_of_a_workbook_stay_texts() -> None:
    words = ("#N/A", "00123", "1e5", "=1+1")
    sheet = Sheet("t", "表", "table", (TEXT,), tuple((word,) for word in words))
    raw = io.BytesIO()
    write_xlsx(raw, Report("t", "表", "table", (), (sheet,)))
    cells = [row[0] for row in load_workbook(raw)["表"].iter_rows(min_row=2)]
    assert [(cell.value, cell.data_type) for cell in cells] == [
        ("#N/A", "s"),
        ("00123", "s"),
        ("1e5", "s"),
        ("'=1+1", "s"),
    ]


def test_json_has_the_values_and_no_wording_of_numbers() -> None:
    found = json.loads(json.dumps(as_json(DOCUMENT)))
    assert found["report"] == "batch"
    assert found["facts"]["expected"] == 500
    assert found["facts"]["taken_at"] == "2026-03-02T21:00:00+08:00"
    assert set(found["tables"]) == {each.name for each in DOCUMENT.sheets}
    overall = found["tables"]["yields"][0]
    assert overall["yield"] == 483 / 492
    assert found["tables"]["fees"][0]["amount_fen"] == 6000


@given(st.sampled_from(STARTS), st.text(alphabet="=+-@1A(), ", max_size=8))
def test_no_cell_runs_as_a_formula(start: str, rest: str) -> None:
    sheet = Sheet("t", "表", "table", (TEXT, COUNT), ((start + rest, -5),))
    report = Report("t", "表", "table", (Fact(TEXT, start + rest),), (sheet,))
    _, (text, count) = csv.reader(
        io.StringIO(tables.csv_bytes(sheet).decode("utf-8-sig"), newline="")
    )
    assert text.startswith("'")
    assert count == "-5"
    facts = tables.csv_bytes(tables.facts_sheet(report)).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(facts, newline="")))[1][1].startswith("'")


def test_a_row_with_too_few_cells_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="another number of cells"):
        Sheet("t", "表", "table", (TEXT, COUNT), (("one",),))


def test_a_table_longer_than_a_sheet_goes_to_csv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "LONGEST_SHEET", 3)
    sheet = Sheet("t", "表", "table", (TEXT,), (("a",), ("b",), ("c",)))
    with pytest.raises(ProfileError, match="t: a sheet has 3 rows: use csv"):
        write_xlsx(io.BytesIO(), Report("r", "报", "report", (), (sheet,)))


# Numbers of people (decision 28)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("see 110101199003070038.", f"see {HIDDEN}."),
        ("证号11010119900307003X", "证号11010119900307003X"),  # its check character is wrong
        ("6222021234567890128", "622202…0128"),
        ("barcode 2026030200000017", "barcode 2026030200000017"),
        ("call 13912345678", f"call {HIDDEN}"),
        ("A6228480402564890018B", "A6228480402564890018B"),
        ("T0000001X 6A84 12345", "T0000001X 6A84 12345"),
    ],
)
def test_what_a_note_must_not_take_along(text: str, told: str) -> None:
    from sscard.issuance.accounts import luhn_valid

    assert luhn_valid("6222021234567890128")
    assert public(text) == told


def test_texts_are_cleaned_whatever_the_form(tmp_path: Path) -> None:
    note = "card of 110101199003070038"
    sheet = Sheet("t", "表", "table", (TEXT,), ((note,),))
    report = Report("t", "表", "table", (Fact(TEXT, note),), (sheet,))
    raw = io.BytesIO()
    write_xlsx(raw, report)
    cells = [c.value for page in load_workbook(raw) for row in page.iter_rows() for c in row]
    assert f"card of {HIDDEN}" in cells
    forms = [json.dumps(as_json(report), ensure_ascii=False), str(cells)]
    forms += [path.read_text("utf-8") for path in write_csv(tmp_path, report)]
    assert not [form for form in forms if "110101" in form]


# How values are written


def test_shares_never_round_to_everything_or_nothing() -> None:
    assert [percent(each) for each in (0, 1e-9, 0.5, 0.99999, 1)] == [
        "0.0 %",
        "0.1 %",
        "50.0 %",
        "99.9 %",
        "100.0 %",
    ]


def test_values_for_people_and_for_programs() -> None:
    at = datetime(2026, 3, 1, 16, 30, tzinfo=CHINA)
    for kind, cell, page, file in (
        ("count", 12345, "12,345", "12345"),
        ("money", 123456, "1,234.56", "1234.56"),
        ("money", 0, "0.00", "0.00"),
        ("share", 0.25, "25.0 %", "0.2500"),
        ("time", at, "2026-03-01 16:30:00", "2026-03-01T16:30:00+08:00"),
        ("text", None, "–", ""),
        ("count", 0, "0", "0"),
    ):
        column = Column("c", "列", "column", kind)
        assert (shown(column, cell), plain(column, cell)) == (page, file)

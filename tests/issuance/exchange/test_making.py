"""Lists made of tables: CSV and XLSX say the same; what is no value is told by row and cell."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from sscard.issuance.exchange import (
    Code,
    ListError,
    ListLayout,
    Source,
    check_list,
    encode,
    load_list_layout,
    make_list,
    packaged_layouts,
)

OFFICE = load_list_layout("office-list")
GIVEN = {"batch": "B0001", "unit": "验收测试学校", "mark": "新增"}
HEADING = ["银行", "姓名", "性别", "身份证号", "联系电话", "staff or student number"]
PEOPLE: list[list[Any]] = [
    ["测试银行", "诸葛验收", "男", "110101199003070038", "13800000000", "S0001"],
    ["测试银行", "欧阳测试", "2", "110101199201010028", "", ""],
]


def csv_file(path: Path, rows: list[list[Any]], encoding: str = "utf-8-sig") -> Path:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def xlsx_file(path: Path, *sheets: list[list[Any]]) -> Path:
    book = Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets, start=1):
        sheet = book.create_sheet(f"Sheet{number}")
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def content(layout: ListLayout, path: Path, given: Any = None, sheet: str | None = None) -> bytes:
    made = make_list(path, layout, given, sheet=sheet)
    return b"".join(encode(layout, made.records, made.header))


EXPECTED = """\
APPLY|B0001|验收测试学校|2
1|测试银行|诸葛验收|1|110101199003070038|13800000000|S0001||新增
2|测试银行|欧阳测试|2|110101199201010028||||新增
END|2
"""


def test_csv_and_workbook_make_the_same_list(tmp_path: Path) -> None:
    wanted = EXPECTED.replace("\n", "\r\n").encode("gbk")
    rows = [HEADING, *PEOPLE]
    assert content(OFFICE, csv_file(tmp_path / "a.csv", rows), GIVEN) == wanted
    assert content(OFFICE, csv_file(tmp_path / "b.csv", rows, "gbk"), GIVEN) == wanted
    assert content(OFFICE, xlsx_file(tmp_path / "a.xlsx", rows, []), GIVEN) == wanted
    assert content(OFFICE, xlsx_file(tmp_path / "b.xlsx", [["x"]], rows), GIVEN, "Sheet2") == wanted


@pytest.mark.parametrize("name", packaged_layouts())
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_every_layout_is_made_of_a_table(tmp_path: Path, name: str, kind: str) -> None:
    layout = load_list_layout(name)
    fields = [f for f in layout.fields if f.value is None and f.form != "count"]
    rows = [[record.get(f.name, "") for f in fields] for record in layout.example.records]
    table = [
        [f.zh if len({g.zh for g in fields}) == len(fields) else f.name for f in fields],
        *rows,
    ]
    path = tmp_path / f"table.{kind}"
    (csv_file if kind == "csv" else xlsx_file)(path, table)
    header = {f.name for f in layout.header if f.value is None and f.form != "count"}
    given = {n: v for n, v in layout.example.header.items() if n in header}
    given = {n: v for n, v in given.items() if n not in {f.name for f in fields}}
    if header - given.keys():
        pytest.fail(f"{name}: header and record have {header - given.keys()} both")
    example = b"".join(encode(layout, layout.example.records, layout.example.header))
    assert content(layout, path, given) == example


def test_cells_of_a_workbook_are_told_by_row_and_cell(tmp_path: Path) -> None:
    bad = ["=1+1", "#N/A", True, 110101199003070038, datetime(2026, 1, 5, 1, 2), None]
    path = xlsx_file(tmp_path / "a.xlsx", [HEADING, PEOPLE[0], bad])
    with pytest.raises(ListError) as caught:
        make_list(path, OFFICE, GIVEN)
    assert [(each.line, each.code, each.detail) for each in caught.value.findings] == [
        (3, Code.FORMULA, "cell A3"),
        (3, Code.CELL_TYPE, "cell B3"),
        (3, Code.CELL_TYPE, "cell C3"),
        (3, Code.LONG_NUMBER, "cell D3"),
        (3, Code.CELL_TYPE, "cell E3"),
    ]


def test_numbers_and_dates_are_their_text(tmp_path: Path) -> None:
    layout = load_list_layout("overdue")
    head = ["单位", "姓名", "身份证号", "社保卡号", "到达日期", "标志"]
    people = [
        ["u", "甲", "110101199003070038", 123456789, date(2026, 1, 5), "replacement"],
        ["u", "乙", "110101199201010028", "T2", "2026/01/05", "新增"],
    ]
    raw = content(layout, xlsx_file(tmp_path / "a.xlsx", [head, *people]), {"batch": "B1"})
    checked = check_list(Source.within("list", raw), layout)
    found = [[*record.values.values()][3:] for record in checked.records()]
    assert [each[1:] for each in found] == [
        ["123456789", "2026-01-05", "补换"],
        ["T2", "2026-01-05", "新增"],
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"身份证号": "x"}, "line 1: has a field that the layout has not (column 4)"),
        ({"姓名": "银行"}, "line 1, field bank: is there twice (column 2)"),
        ({"姓名": ""}, "line 1: has a field that the layout has not (column 2)"),
        ({"银行": "标志"}, "line 1, field mark: is there twice (column 1)"),
        ({"男": "无"}, "line 2, field sex: is no code of the layout's table"),
        ({"110101199003070038": "110101199003070039"}, "line 2, field id_number: is no ID number"),
        (
            {"欧阳测试": "=1+1"},
            "line 3: has a formula, or what a spreadsheet takes for one (column",
        ),
        ({"欧阳测试": "-1+cmd|' /C calc'!A0"}, "line 3: has a formula"),
        ({"欧阳测试": ""}, "line 3, field name: is empty and required"),
    ],
)
def test_what_is_wrong_with_a_table_is_told_by_row(
    tmp_path: Path, change: dict[str, str], said: str
) -> None:
    rows = [[change.get(str(cell), cell) for cell in row] for row in [HEADING, *PEOPLE]]
    out = tmp_path / "out.txt"
    for path in (csv_file(tmp_path / "a.csv", rows), xlsx_file(tmp_path / "a.xlsx", rows)):
        with pytest.raises(ListError) as caught:
            make_list(path, OFFICE, GIVEN).write(out)
        if "=" not in "".join(change.values()):  # a workbook says which cell
            assert said in str(caught.value)
        assert f"{path.name}: line" in str(caught.value)
        assert "110101199003070039" not in str(caught.value)
        assert not out.exists()


def test_a_value_of_the_header_is_checked_too(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [HEADING, *PEOPLE])
    with pytest.raises(ListError, match="field batch: is too long"):
        make_list(path, OFFICE, {**GIVEN, "batch": "B" * 40}).write(tmp_path / "out")
    with pytest.raises(ListError, match="field batch: has no column, and is needed"):
        make_list(path, OFFICE, {"unit": "u", "mark": "新增"})
    with pytest.raises(ValueError, match="office-list has no field x to set"):
        make_list(path, OFFICE, {**GIVEN, "x": "1"})


def test_two_sheets_with_content_are_not_guessed_about(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path / "a.xlsx", [HEADING, *PEOPLE], [["x"]])
    with pytest.raises(ListError, match="content on more than one sheet"):
        make_list(path, OFFICE, GIVEN)
    with pytest.raises(ListError, match="has no such sheet"):
        make_list(path, OFFICE, GIVEN, sheet="Sheet9")

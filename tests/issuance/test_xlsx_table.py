"""Workbooks that offices send: what they show is read, what harms or misleads is refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from sscard.errors import ApplicantError
from sscard.issuance import xlsx_table
from sscard.issuance.applicants import judge_applicants
from sscard.issuance.xlsx_table import read_list, read_workbook
from sscard.profiles import load_profile
from tests.issuance.batches.people import HEADER, people, write_office_list

PEOPLE = list(people(3))


def workbook(path: Path, rows: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def rewritten(path: Path, change: Callable[[bytes], bytes], part: str) -> Path:
    raw = path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content) if name == part else content)
    return path


def test_a_workbook_says_what_the_csv_says(tmp_path: Path) -> None:
    sheet = workbook(tmp_path / "l.xlsx", [list(HEADER), *(list(each.row) for each in PEOPLE)])
    table = write_office_list(tmp_path / "l.csv", PEOPLE)
    found, expected = read_list(sheet), read_list(table)
    assert found.header == expected.header
    assert [each.fields for each in found.rows] == [each.fields for each in expected.rows]
    judged = judge_applicants(found, load_profile("gen2"), today=date(2026, 11, 22))
    assert [each.id_number for each in judged.applicants] == [each.id_number for each in PEOPLE]
    assert judged.applicants[0].contact == {
        "address": PEOPLE[0].address,
        "postcode": PEOPLE[0].postcode,
    }


def test_empty_rows_and_columns_are_nothing_and_short_rows_are_filled(tmp_path: Path) -> None:
    path = workbook(tmp_path / "l.xlsx", [["a", "b", None], [], ["1"], [2, date(2026, 1, 2), None]])
    table = read_workbook(path)
    assert table.header == ("a", "b")
    assert [(each.number, each.fields) for each in table.rows] == [
        (3, ("1", "")),
        (4, ("2", "2026-01-02")),
    ]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "the first sheet is empty"),
        ([["a"], ["=1+1"]], "row 2: a formula"),
        ([["a"], [110101199003070038]], "row 2: a number of more than 15 digits"),
        ([["a"], ["1", "2"]], "row 2: a cell behind the 1 columns"),
    ],
)
def test_what_misleads_is_refused(tmp_path: Path, rows: list[list[Any]], message: str) -> None:
    with pytest.raises(ApplicantError, match=message):
        read_workbook(workbook(tmp_path / "l.xlsx", rows))


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04", b"a,b\r\n1,2\r\n", b"\0" * 100])
def test_what_is_no_workbook_is_said(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "l.xlsx").write_bytes(raw)
    with pytest.raises(ApplicantError, match=r"l\.xlsx: is no workbook"):
        read_workbook(tmp_path / "l.xlsx")


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ApplicantError, match="No such file"):
        read_workbook(tmp_path / "l.xlsx")


def test_a_bomb_is_not_inflated(tmp_path: Path) -> None:
    path = tmp_path / "l.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(xlsx_table.INFLATED + 1))
    assert path.stat().st_size < 1 << 20
    with pytest.raises(ApplicantError, match="inflates to more"):
        read_workbook(path)


def test_entities_are_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "l.xlsx", [["a"], ["1"]])
    doctype = b'<!DOCTYPE lolz [<!ENTITY lol "lol">]>'
    rewritten(path, lambda raw: doctype + raw, "xl/worksheets/sheet1.xml")
    with pytest.raises(ApplicantError, match="DOCTYPE"):
        read_workbook(path)


def test_a_sheet_that_claims_endless_rows_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_table, "LONGEST", 100)
    path = workbook(tmp_path / "l.xlsx", [["a"], ["1"]])
    rewritten(path, lambda raw: raw.replace(b'r="2"', b'r="99999"'), "xl/worksheets/sheet1.xml")
    with pytest.raises(ApplicantError, match="more than 100 rows"):
        read_workbook(path)


def test_every_cut_of_a_workbook_is_refused_or_read(tmp_path: Path) -> None:
    raw = workbook(tmp_path / "l.xlsx", [["a"], ["1"]]).read_bytes()
    for end in range(0, len(raw), 97):
        (tmp_path / "cut.xlsx").write_bytes(raw[:end])
        with pytest.raises(ApplicantError, match="is no workbook"):
            read_workbook(tmp_path / "cut.xlsx")

"""Lists as CSV, XLSX and JSON: openpyxl, csv and json read what was written; nothing computes."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO

import openpyxl
import pytest

from sscard.errors import ProfileError
from sscard.issuance.exchange import ListLayout, Record, load_list_layout, tables
from sscard.issuance.exchange.tables import write_csv, write_json, write_xlsx

LAYOUT = load_list_layout("unit-application")
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "＝1+1", "＋1", "－1", "＠a"]
Writer = Callable[[BinaryIO, ListLayout, Iterable[Record]], None]


def record(name: str) -> Record:
    return Record(1, {**LAYOUT.example.records[0], "name": name})


def made(writer: Writer, names: list[str]) -> bytes:
    stream = io.BytesIO()
    writer(stream, LAYOUT, map(record, names))
    return stream.getvalue()


def rows_of_csv(raw: bytes) -> list[list[Any]]:
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def rows_of_xlsx(raw: bytes) -> list[list[Any]]:
    sheet = openpyxl.load_workbook(io.BytesIO(raw)).active
    assert all(cell.data_type == "s" for row in sheet.rows for cell in row if cell.value)
    return [[cell.value for cell in row] for row in sheet.rows]


@pytest.mark.parametrize(("writer", "rows"), [(write_csv, rows_of_csv), (write_xlsx, rows_of_xlsx)])
@pytest.mark.parametrize("name", FORMULAS)
def test_what_looks_like_a_formula_is_text(
    writer: Writer, rows: Callable[[bytes], list[list[Any]]], name: str
) -> None:
    heading, row = rows(made(writer, [name]))
    assert heading == [field.zh for field in LAYOUT.fields]
    assert row[1] == f"'{name}"
    assert row[3] == LAYOUT.example.records[0]["id_number"]


@pytest.mark.parametrize("writer", [write_csv, write_xlsx, write_json])
def test_the_same_records_make_the_same_bytes(writer: Writer) -> None:
    assert made(writer, ["a", "b"]) == made(writer, ["a", "b"])


def test_a_workbook_is_one_and_tells_no_time() -> None:
    raw = made(write_xlsx, ["诸葛验收"])
    with zipfile.ZipFile(io.BytesIO(raw)) as parts:
        assert parts.testzip() is None
        assert {info.date_time for info in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert not [name for name in parts.namelist() if b"<f>" in parts.read(name)]


@pytest.mark.parametrize("name", ["#N/A", "#DIV/0!", "12", "TRUE", "2026-01-05"])
def test_a_cell_is_the_text_it_was(name: str) -> None:
    assert rows_of_xlsx(made(write_xlsx, [name]))[1][1] == name


def test_json_is_as_the_records_are() -> None:
    found = json.loads(made(write_json, ["=1+1", "b"]))
    assert [each["name"] for each in found] == ["=1+1", "b"]
    assert json.loads(made(write_json, [])) == []


def test_a_sheet_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "LONGEST_SHEET", 3)
    assert len(rows_of_xlsx(made(write_xlsx, ["a", "b"]))) == 3
    with pytest.raises(ProfileError, match="use csv"):
        made(write_xlsx, ["a", "b", "c"])

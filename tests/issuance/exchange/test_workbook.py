"""Workbooks that were changed by chance are read, or refused with a ListError: nothing else."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from sscard.issuance.exchange import ListError
from sscard.issuance.exchange.finding import Code
from sscard.issuance.exchange.workbook import read_workbook
from tests.issuance.exchange.broken_books import HEAD, PERSON, book, packed, parts

GOOD = book(HEAD, PERSON, [1.5, date(2026, 1, 5), 7, None, "x"])
PIECES = (b"", b"0", b"-1", b"x", b"<a/>", b"&lt;", b"\xff", b"1e400", b"s", b"'", b">", b"../x")


def read(raw: bytes) -> None:
    """Read it; a refusal is as good."""
    try:
        read_workbook(raw, "book.xlsx")
    except ListError as error:
        assert str(error).startswith("book.xlsx: ")  # noqa: PT017 - both endings are sound


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_damaged_part_is_read_or_refused(data: st.DataObject) -> None:
    found = parts(GOOD)
    name = data.draw(st.sampled_from(sorted(found)))
    raw = bytearray(found[name])
    at = data.draw(st.integers(0, len(raw)))
    raw[at : at + data.draw(st.integers(0, 8))] = data.draw(st.sampled_from(PIECES))
    read(packed({**found, name: bytes(raw)}))


@settings(max_examples=60, deadline=None)
@given(lost=st.sets(st.sampled_from(sorted(parts(GOOD))), min_size=1))
def test_parts_may_be_lost(lost: set[str]) -> None:
    read(packed({name: raw for name, raw in parts(GOOD).items() if name not in lost}))


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, len(GOOD) - 1), byte=st.integers(0, 255))
def test_a_damaged_package_is_read_or_refused(at: int, byte: int) -> None:
    read(GOOD[:at] + bytes([byte]) + GOOD[at + 1 :])


def test_a_package_without_its_content_is_none() -> None:
    found = parts(GOOD)
    found["[Content_Types].xml"] = found["[Content_Types].xml"].replace(b"sheet.main", b"other")
    with pytest.raises(ListError, match="is no XLSX workbook"):
        read_workbook(packed(found), "book.xlsx")


def test_the_cells_are_those_that_excel_would_show() -> None:
    table = read_workbook(GOOD, "book.xlsx").table
    assert table.header == tuple(HEAD)
    assert [row.fields for row in table.rows] == [
        tuple(PERSON),
        ("1.5", "2026-01-05", "7", "", "x"),
    ]


def test_a_comment_at_the_end_of_the_package_hides_nothing() -> None:
    raw = io.BytesIO(GOOD)
    with zipfile.ZipFile(raw, "a") as package:
        package.comment = b"PK\5\6" + b"\0" * 18
    with pytest.raises(ListError, match="is no XLSX workbook"):
        read_workbook(raw.getvalue(), "book.xlsx")


def shown_as(value: float, number_format: str) -> bytes:
    """A workbook of one column with a number in a format."""
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.append(["n"])
    sheet.append([value])
    sheet["A2"].number_format = number_format
    raw = io.BytesIO()
    made.save(raw)
    return raw.getvalue()


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [(12345678, "000000000", "012345678"), (10020, "000000", "010020"), (7, "0", "7")],
)
def test_zeros_that_are_shown_are_read(value: int, number_format: str, text: str) -> None:
    """A card number or a postcode that was typed as a number, and formatted to look right."""
    table = read_workbook(shown_as(value, number_format), "book.xlsx").table
    assert table.rows[0].fields == (text,)


def test_no_number_has_an_exponent() -> None:
    found = read_workbook(shown_as(1e-7, "General"), "book.xlsx")
    assert [each.code for each in found.findings.kept] == [Code.CELL_TYPE]

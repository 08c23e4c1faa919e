"""CSV files of any origin: read as a whole or refused with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.errors import ApplicantError
from sscard.issuance.csv_table import Row, Table, parse_table, read_table

TEXT = "姓名,电话\r\n王〇,138\r\n阿依古丽·买买提,139\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_encodings_and_line_ends_give_the_same_table(encoding: str, newline: str) -> None:
    table = parse_table(TEXT.replace("\r\n", newline).encode(encoding), "list.csv")
    assert table.header == ("姓名", "电话")
    assert [row.fields for row in table.rows] == [("王〇", "138"), ("阿依古丽·买买提", "139")]
    assert [row.number for row in table.rows] == [2, 3]


def test_the_bom_of_gb18030_is_no_part_of_the_first_header() -> None:
    raw = ("\ufeff" + TEXT).encode("gb18030")
    assert raw.startswith(b"\x84\x31\x95\x33")
    assert parse_table(raw, "list.csv") == parse_table(TEXT.encode(), "list.csv")


def test_a_short_gb18030_file_that_is_legal_utf8_is_told_apart_by_what_it_says() -> None:
    raw = "name\n曾\n".encode("gb18030")  # D4 F8 is no UTF-8
    assert parse_table(raw, "x").rows[0].fields == ("曾",)
    raw = "name\n袁\n".encode("gb18030")
    assert parse_table(raw, "x").rows[0].fields == ("袁",)
    raw = b"name\n\xd2\xaa\n"  # legal in both: a Cyrillic letter, or a Chinese character
    assert parse_table(raw, "x").rows[0].fields == ("要",)


def test_latin_letters_with_accents_stay_utf8() -> None:
    raw = "name\nJosé·Núñez\n".encode()
    assert parse_table(raw, "x").rows[0].fields == ("José·Núñez",)


def test_rows_count_as_in_a_spreadsheet_and_empty_ones_are_passed_over() -> None:
    table = parse_table(b'a,b\n\n"x\ny",1\n,\nz,2\n', "x")
    assert table.rows == (Row(3, 3, ("x\ny", "1")), Row(5, 6, ("z", "2")))


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "list.csv: line 1: the file is empty"),
        (b"a,b\n1,2\n1,\0\n", "list.csv: line 3: NUL byte"),
        (b"a,b\n1,2\n1,\xff\n", "list.csv: line 3: neither UTF-8 nor GB18030"),
        (b"\xef\xbb\xbfa,b\n1,\xd5\xc5\n", "list.csv: line 2: not UTF-8"),
        (b"\x84\x31\x95\x33a,b\n1,\xff\n", "list.csv: line 2: not GB18030, as its BOM says"),
        (b"a,b\n1,2\n1\n", "list.csv: line 3: 1 fields, the header has 2"),
        (b"a,b\n1,2\n1,2,3\n", "list.csv: line 3: 3 fields, the header has 2"),
        (b'a,b\n1,"2\n1,2\n', "list.csv: line 2: broken CSV: unexpected end of data"),
        (b'a,b\n1,"2"x\n', "list.csv: line 2: broken CSV"),
        ("a,b\n1,2\n".encode("utf-16"), "list.csv: line 1: NUL byte"),
    ],
)
def test_what_cannot_be_read_names_file_and_line(raw: bytes, message: str) -> None:
    with pytest.raises(ApplicantError) as caught:
        parse_table(raw, "list.csv")
    assert str(caught.value).startswith(message)


def test_a_missing_file_is_an_applicant_error(tmp_path: Path) -> None:
    with pytest.raises(ApplicantError, match=r"nobody\.csv"):
        read_table(tmp_path / "nobody.csv")


def test_nothing_personal_is_shown() -> None:
    assert "王" not in repr(parse_table(TEXT.encode(), "list.csv"))


@given(st.binary(max_size=200) | st.text('a,"\n\r姓\x00é', max_size=60).map(str.encode))
def test_any_bytes_are_a_table_or_an_applicant_error(raw: bytes) -> None:
    refusal = None
    try:
        table = parse_table(raw, "any.csv")
    except ApplicantError as refused:
        refusal = str(refused)
    if refusal is None:
        assert isinstance(table, Table)
        assert all(len(row.fields) == len(table.header) for row in table.rows)
    else:
        assert refusal.startswith("any.csv: line ")


@given(st.lists(st.tuples(st.text("张·〇a1 -", max_size=9), st.text('文x,"', max_size=9))))
def test_what_was_written_is_read(rows: list[tuple[str, str]]) -> None:
    quoted = [",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row) for row in rows]
    raw = "\r\n".join(["甲,乙", *quoted, ""]).encode("gb18030")
    kept = [tuple(cell.strip() for cell in row) for row in rows]
    assert [row.fields for row in parse_table(raw, "x").rows] == [row for row in kept if any(row)]

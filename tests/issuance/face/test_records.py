"""Print records: what is printed of whom, and the printer's list."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import MappingProxyType

import pytest

from sscard.issuance.applicants import read_applicants
from sscard.issuance.face import (
    FaceData,
    FaceError,
    PrintRecord,
    load_face_layout,
    print_record,
    read_records,
    write_records,
)
from sscard.profiles import load_profile
from sscard.profiles.loader import compose, profile_of

CANARIES = ("欧阳", "110101", "6228")


def test_the_second_generation_prints_its_validity(person: FaceData) -> None:
    record = print_record(person, load_face_layout("gen2"))
    assert dict(record.texts) == {
        "name": "欧阳犇犇",
        "sex": "男",
        "id_number": "110101199003070038",
        "card_number": "T00000019",
        "issue_date": "2026-01-31",
        "valid_date": "2036-01-31",
        "bank_number": "6228 0050 0000 0010",
    }
    assert not any(canary in repr((person, record)) for canary in CANARIES)


def test_the_third_generation_and_a_province(person: FaceData) -> None:
    record = print_record(person, load_face_layout("gen3"))
    assert "valid_date" not in record.texts
    record = print_record(person, load_face_layout("demo-province"))
    assert record.texts["issue_date"] == "2026年01月"


@pytest.mark.parametrize("field", ["valid_date", "bank_number"])
def test_what_the_layout_prints_must_be_there(person: FaceData, field: str) -> None:
    lacking = replace(person, **{field: None if field == "valid_date" else ""})
    with pytest.raises(FaceError, match=f"{field}: the layout prints it, and there is none"):
        print_record(lacking, load_face_layout("gen2"))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("card_number", "T000000190"),
        ("card_number", "../../x"),
        ("name", ""),
        ("name", " 张三"),
        ("name", "张\n三"),
        ("name", "张\u202e三"),
        ("name", "张\ud800"),
        ("chip_name", "张\x00"),
        ("sex", "男"),
        ("id_number", "1101011990030700"),
        ("bank_number", "6228-0050"),
        ("bank_number", "６２２８００５０００００００１０"),
        ("valid_date", date(2026, 1, 30)),
    ],
)
def test_what_no_face_can_say(person: FaceData, field: str, value: object) -> None:
    with pytest.raises(FaceError, match=f"^{field}: ") as caught:
        replace(person, **{field: value})
    assert not any(canary in str(caught.value) for canary in CANARIES)


def test_face_and_chip_may_spell_a_name_differently(tmp_path: Path) -> None:
    """A region that substitutes: the face keeps 䶮, which GBK does not have (issuance 4)."""
    path = tmp_path / "people.csv"
    line = "测试银行,刘䶮,男,110101199003070038,13912345678,E1"
    path.write_text(f"银行,姓名,性别,身份证号,联系电话,工作证号\n{line}\n", encoding="utf-8")
    region = profile_of(compose("gen3+zhejiang", None))
    (applicant,) = read_applicants(path, region, today=date(2026, 1, 1)).applicants
    face = FaceData.of(applicant, "T00000019", date(2026, 1, 31), bank_number="6228005000000010")
    assert applicant.respelled
    assert face.respelled
    assert (face.name, face.chip_name) == ("刘䶮", applicant.values["name"])
    desk = FaceData.of(applicant, "T00000019", date(2026, 1, 31), printed_name="刘龑")
    assert desk.name == "刘龑"
    record = print_record(face, load_face_layout("gen3"))
    assert record.respelled
    assert record.texts["name"] == "刘䶮"
    assert not read_applicants(path, load_profile("gen2"), today=date(2026, 1, 1)).applicants


@pytest.fixture
def records(person: FaceData) -> list[PrintRecord]:
    layout = load_face_layout("gen2")
    other = replace(person, card_number="T00000027", name="=1+1", photo="@x.jpg")
    return [print_record(person, layout), print_record(other, layout)]


def test_json_lines_there_and_back(tmp_path: Path, records: list[PrintRecord]) -> None:
    path = tmp_path / "print.jsonl"
    assert write_records(path, records, "jsonl") == 2
    assert list(read_records(path)) == records
    assert path.stat().st_mode & 0o077 == 0
    first = json.loads(path.read_text("utf-8").splitlines()[0])
    assert (first["card"], first["name"], first["chip_name"]) == ("T00000019",) + ("欧阳犇犇",) * 2


def test_no_cell_of_the_csv_is_a_formula(tmp_path: Path, records: list[PrintRecord]) -> None:
    path = tmp_path / "print.csv"
    assert write_records(path, records, "csv") == 2
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert [row["name"] for row in rows] == ["欧阳犇犇", "'=1+1"]
    assert rows[1]["photo_file"] == "'@x.jpg"
    assert rows[0]["bank_number"] == "6228 0050 0000 0010"


def test_a_list_is_whole_or_the_old_one(tmp_path: Path, records: list[PrintRecord]) -> None:
    path = tmp_path / "print.jsonl"
    write_records(path, records[:1], "jsonl")
    with pytest.raises(FaceError, match="T00000019: this card is in the list twice"):
        write_records(path, [*records, records[0]], "jsonl")
    assert list(read_records(path)) == records[:1]
    assert [each.name for each in tmp_path.iterdir()] == ["print.jsonl"]


GOOD = {"card": "T00000019", "layout": "gen2", "name": "欧阳", "chip_name": "欧阳"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"name": "欧阳犇犇"'.encode(), "is no JSON object"),
        (b"\xff\xfe", "is no JSON object"),
        (b"[" * 16_000, "is no JSON object"),
        (b"[]", "is no JSON object"),
        (b'{"card": 1}', "is no JSON object"),
        ({"name": None}, "has no name"),
        ({"card": "../../x"}, "card: a card number has 9 characters"),
        ({"track2": ";622800=?"}, "has a name that no record has"),
        (b" " * 20_000 + b"{}", "has 16384 bytes or more"),
    ],
)
def test_lines_that_are_no_record(
    tmp_path: Path, line: bytes | dict[str, str | None], said: str
) -> None:
    if isinstance(line, dict):
        entries = {name: value for name, value in (GOOD | line).items() if value is not None}
        line = json.dumps(entries).encode()
    path = tmp_path / "print.jsonl"
    path.write_bytes(json.dumps(GOOD).encode() + b"\n\n" + line + b"\n")
    with pytest.raises(FaceError, match=rf"print\.jsonl: line \d: .*({said})") as caught:
        list(read_records(path))
    error: BaseException | None = caught.value
    while error is not None:  # nor may an error behind it keep the line
        kept = [getattr(error, name, "") for name in ("args", "doc", "object")]
        assert not any(canary in str((error, kept)) for canary in CANARIES)
        error = error.__context__


def test_a_record_without_a_name() -> None:
    with pytest.raises(FaceError, match="name: is on every card"):
        PrintRecord("T00000019", "gen2", MappingProxyType({}), "x")

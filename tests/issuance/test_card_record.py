"""One card's record: columns as in lists, numbers beside them, and what is wrong by its place."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.errors import ApplicantError
from sscard.issuance.card_record import parse_record, read_record, template
from sscard.profiles import load_profile

TODAY = date(2026, 11, 22)
PROFILE = load_profile("gen2")
RECORD = {
    "姓名": "诸葛验收",
    "sex": "男",
    "身份证号": "110101199003070038",
    "卡号": "X00000019",
    "card_id_code": "510100D156000005C066677912345678",
    "发卡日期": "20260131",
    "婚姻状况": "已婚",
    "degree.2.school": "测试大学",
    "联系电话": "13987654321",
    "member_number": "E1",
    "银行账号": "6228000100001117",
    "bank_expiry": "3612",
}


def parsed(**changes: object) -> object:
    return parse_record(json.dumps({**RECORD, **changes}), PROFILE, TODAY)


def test_a_record() -> None:
    record = parse_record(json.dumps(RECORD), PROFILE, TODAY)
    assert record.values == {
        "name": "诸葛验收",
        "sex": "1",
        "id_number": "110101199003070038",
        "birth_date": "1990-03-07",
        "card_number": "X00000019",
        "card_identification_code": "510100D156000005C066677912345678",
        "marital_status": "2",
        "degree": [None, {"school": "测试大学"}],
        "phone": "13987654321",
    }
    numbers = record.numbers
    assert (numbers.city, numbers.serial.hex()) == ("510100", "c0666779")
    assert numbers.issued_on == record.effective == date(2026, 1, 31)
    assert record.account is not None
    assert (record.account.expiry, record.account.psn) == ("3612", "01")
    assert record.left_open == frozenset()


def test_what_is_left_open_and_what_the_office_decides() -> None:
    text = json.dumps(
        {**RECORD, "联系电话": None, "expiry_date": "2030-01-31", "bank_effective": None}
    )
    record = parse_record(text, PROFILE, TODAY)
    assert record.left_open == {"phone", "bank_effective"}
    assert "phone" not in record.values
    assert record.values["expiry_date"] == "2030-01-31"


def test_without_an_account() -> None:
    text = json.dumps({k: v for k, v in RECORD.items() if k not in ("银行账号", "bank_expiry")})
    assert parse_record(text, PROFILE, TODAY).account is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "第 1 行 line 1, column 1: is no JSON"),
        ('{\n "name": "x",\n}', "第 3 行 line 3, column 1: is no JSON|line 2"),
        ("[]", "no JSON object"),
        ("null", "no JSON object"),
        ("[" * 100_000, "no JSON object"),
        ('{"name": "a", "name": "b"}', "'name' is there twice"),
        ('{"name": "a", "姓名": "b"}', "'姓名' is there twice, as name"),
        ('{"nmae": "a", "sexe": "1"}', "unknown column 'nmae', 'sexe'"),
        ('{"name": ["a"]}', "name: is no text in quotes"),
        ('{"name": 7}', "name: is no text in quotes"),
        (
            "{}",
            "missing: id_number, name, sex, card_number, card_identification_code, issue_date",
        ),
    ],
)
def test_what_is_no_record(text: str, said: str) -> None:
    with pytest.raises(ApplicantError, match=said):
        parse_record(text, PROFILE, TODAY)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"姓名": None}, "missing: name"),
        ({"姓名": "😀"}, "name: .*GBK"),
        ({"身份证号": "110101199003070039"}, "id_number: .*check character"),
        ({"sex": "x"}, "sex: "),
        ({"birth_date": "1990-13-01"}, "birth_date: "),
        ({"卡号": "X0000001"}, "card_number: a card number has 9 characters"),
        ({"card_id_code": "510100"}, "card_identification_code: is no such number"),
        ({"card_id_code": "510100D156000006C066677912345678"}, "card_identification_code"),
        ({"发卡日期": "31.1.2026"}, "issue_date: is no date"),
        ({"expiry_date": "soon"}, "expiry_date: "),
        ({"婚姻状况": "7"}, "marital_status: "),
        ({"联系电话": "1" * 16}, "phone: "),
        ({"bank_expiry": None}, "missing: bank_expiry"),
        ({"bank_expiry": "3613"}, "bank_expiry"),
        ({"银行账号": "62280001"}, "bank_number"),
        ({"bank_effective": "x"}, "bank_effective: is no date"),
    ],
)
def test_a_wrong_value_is_named_by_its_column(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ApplicantError, match=said) as caught:
        parsed(**changes)
    for value in changes.values():
        assert value is None or len(str(value)) < 4 or str(value) not in str(caught.value)


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    with pytest.raises(ApplicantError, match=r"record\.json: No such file"):
        read_record(path, PROFILE, TODAY)
    path.write_bytes("﻿".encode() + json.dumps(RECORD).encode())
    assert read_record(path, PROFILE, TODAY).numbers.card_number == "X00000019"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ApplicantError, match=r"record\.json: is no UTF-8"):
        read_record(path, PROFILE, TODAY)


@pytest.mark.parametrize("name", ["gen1", "gen2", "gen3"])
def test_the_template_is_a_record(name: str) -> None:
    """As it is; and with every column left out that it leaves open."""
    profile = load_profile(name)
    text = json.dumps(template(profile))
    record = parse_record(text, profile, TODAY)
    assert record.account is not None
    assert record.left_open >= {"phone"}


@given(
    st.dictionaries(
        st.sampled_from([*RECORD, "expiry_date", "bank_sequence", "地址"]),
        st.none() | st.text(max_size=20) | st.integers() | st.lists(st.text(max_size=3)),
    )
)
def test_any_record_is_read_or_named(changes: dict[str, object]) -> None:
    with suppress(ApplicantError):
        parsed(**changes)


@given(st.text('{}[]":,\\nul0 x', max_size=60))
def test_any_text_is_read_or_named(text: str) -> None:
    with suppress(ApplicantError):
        parse_record(text, PROFILE, TODAY)

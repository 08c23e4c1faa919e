"""Code tables: they load, they say where they are from, and meanings lead back to codes."""

from __future__ import annotations

import re

import pytest

from sscard.profiles.codes import CodeTable
from sscard.profiles.loader import code_tables


@pytest.mark.parametrize("table", code_tables().values(), ids=lambda table: table.name)
def test_every_table_is_complete(table: CodeTable) -> None:
    assert table.codes
    assert table.source
    assert table.mark
    assert re.search(r"[\u4e00-\u9fff]", table.zh)
    for code, meaning in table.codes.items():
        assert code.isascii()
        assert meaning.zh
        assert table.meaning(code) is meaning


#: Codes as ssc 8 lists them.
CODES = {
    "sex": "1 2 9",
    "ethnicity": " ".join(f"{n:02d}" for n in range(1, 57)) + " 99",
    "card_category": "1 2 3 4",
    "hukou_type": "10 11 12 20 21 22 30 31 32 33 34 40 41 42 50 51 52",
    "employment_state": "1 2 3 4 5 6 7 8",
    "marital_status": "1 2 3 4 9",
    "education": "11 14 21 31 41 44 47 61 71 81 90",
    "insurance_type": "110 120 150 160 170 210 310 380 390 391 410 510",
    "insured_category": "11 21 22 31 32 33 34 91",
    "card_use_mode": "1 2",
    "offline_permission": "0 1",
    "transaction_type": "1 2",
    "settlement_type": "1 2 3 9",
    "identity_category": "11 12 13 17 21 24 27 31 37 51 54 70 80 90",
    "political_status": "01 02 03 04 05 06 07 08 09 10 11 12 13",
    "professional_title_level": "410 411 412 420 430 434 435 499",
    "assistance_type": "010 020 030 040 050 060 070 990",
    "support_type": "010 020 030 040 050 060 070 080 090 990",
    "assessment_item": "10 20 30 40 50 60 70 80 90",
    "disability_grade": "01 02 03 04 05 06 07 08 09 10 11",
    "self_care_grade": "1 2 3 4",
    "dependant_relation": "1 2 4 5 6 7",
    "honour_title": " ".join(f"{n:02d}" for n in range(1, 57)),
    "honour_level": "0 1 3 5 6 7 8",
    "medal": " ".join(str(n) for n in range(901, 923)),
    "resettlement_mode": "1 2 3 9",
}


def test_the_tables_are_those_of_the_specification() -> None:
    assert {name: " ".join(table.codes) for name, table in code_tables().items()} == CODES


@pytest.mark.parametrize(
    ("table", "text", "code"),
    [
        ("sex", "男", "1"),
        ("sex", " Female ", "2"),
        ("sex", "9", "9"),
        ("ethnicity", "维吾尔族", "05"),
        ("ethnicity", "Zhuang", "08"),
        ("marital_status", "离婚", "4"),
        ("sex", "其他", None),
        ("sex", "", None),
        ("hukou_type", "农业户口", None),  # three codes share it
        ("hukou_type", "20", "20"),
    ],
)
def test_a_meaning_leads_to_its_code(table: str, text: str, code: str | None) -> None:
    assert code_tables()[table].find(text) == code


def test_an_unknown_code_has_no_meaning() -> None:
    assert code_tables()["sex"].meaning("7") is None
    assert "7" not in code_tables()["sex"]

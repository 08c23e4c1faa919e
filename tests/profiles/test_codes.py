"""Code tables: they load, they say where they are from, and meanings lead back to codes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import get_args

import pytest

from sscard.profiles import Element, Profile, load_profile, profile_names
from sscard.profiles.codes import CodeTable
from sscard.profiles.element import UNCONFIRMED, Mark
from sscard.profiles.fields import outside_gbk
from sscard.profiles.loader import code_tables


@pytest.mark.parametrize("table", code_tables().values(), ids=lambda table: table.name)
def test_every_table_is_complete(table: CodeTable) -> None:
    assert table.samples
    assert table.source
    assert table.mark in get_args(Mark)
    assert bool(table.meanings_source) == bool(table.meanings_mark)
    assert table.meanings_mark in ("", *get_args(Mark))
    assert re.search(r"[\u4e00-\u9fff]", table.zh)
    for code, meaning in table.codes.items():
        assert code.isascii()
        assert meaning.zh
        assert meaning.en
        assert table.meaning(code) is meaning
    for each in table.ranges:
        assert each.first < each.last
        assert each.first in each
        assert each.last in each
    assert not set(table.codes) & set(table.unnamed)


@pytest.mark.parametrize("table", code_tables().values(), ids=lambda table: table.name)
def test_what_is_not_in_the_specification_has_no_mark_of_it(table: CodeTable) -> None:
    doubtful = re.compile("general knowledge|inferred")
    assert not doubtful.search(table.source) or table.mark != "S"
    assert not doubtful.search(table.meanings_source) or table.meanings_mark in ("G", "I")


def test_meanings_that_the_public_text_does_not_give() -> None:
    weaker = {name: table.meanings_mark for name, table in code_tables().items()}
    assert {name for name, mark in weaker.items() if mark == "G"} == {
        "disability_grade",
        "education",
        "identity_category",
        "political_status",
        "professional_title_level",
        "self_care_grade",
    }
    assert {name for name, mark in weaker.items() if mark == "I"} == {"flag", "offline_permission"}


def _coded(profile: Profile) -> Iterator[Element]:
    for directory in profile.directories:
        for file in directory.files:
            for outer in file.elements:
                yield from (each for each in (outer, *outer.elements) if each.codes is not None)


@pytest.mark.parametrize("spec", profile_names())
def test_an_element_is_no_surer_than_the_codes_it_may_hold(spec: str) -> None:
    for element in _coded(load_profile(spec)):
        assert element.codes is not None
        assert element.codes.mark not in UNCONFIRMED or element.unconfirmed, element.name


@pytest.mark.parametrize("spec", ["gen2", "gen3"])
def test_flags_that_are_written_as_the_first_by_inference(spec: str) -> None:
    unconfirmed = set(load_profile(spec).unconfirmed())
    flags = "outpatient_pooling outpatient_major_disease medical_assistance preferential_treatment"
    assert {f"DF04/EF05.medical_type.{name}" for name in flags.split()} <= unconfirmed
    assert "DF04/EF05.medical_type.remote_treatment" not in unconfirmed


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
    "medical_insurance_type": "310 340 360 380 390 391",
    "employment_registration_kind": "10 20",
    "employment_form": "010 020 021 022 023 030 990",
    "unemployment_registration_kind": "10 20",
    "unemployment_reason": "10-90",
    "unemployment_cancel_reason": "00 10-90",
    "flag": "0 1",
    "assistance_type": "990 010-070",
    "support_type": "990 010-090",
    "assessment_item": "10-90",
    "expert_category": "100-990",
    "disability_grade": "01 02 03 04 05 06 07 08 09 10 11",
    "self_care_grade": "1 2 3 4",
    "dependant_relation": "1 2 4 5 6 7",
    "honour_title": "01-56",
    "honour_level": "0 1 3 5 6 7 8",
    "medal": "901-922",
    "resettlement_mode": "1 2 3 9",
}


def listed(table: CodeTable) -> str:
    ranges = (f"{each.first}-{each.last}" for each in table.ranges)
    return " ".join((*table.codes, *table.unnamed, *ranges))


def test_the_tables_are_those_of_the_specification() -> None:
    found = {name: listed(table) for name, table in code_tables().items()}
    assert found.pop("nationality").startswith("ABW AFG AGO AIA ALA")
    assert found == CODES


def test_nationalities_are_those_of_iso_3166() -> None:
    table = code_tables()["nationality"]
    assert len(table.codes) == 249
    assert all(re.fullmatch("[A-Z]{3}", code) for code in table.codes)
    assert all(not outside_gbk(meaning.zh) for meaning in table.codes.values())
    for code, zh in {"DEU": "德国", "HKG": "中国香港", "TWN": "中国台湾", "VNM": "越南"}.items():
        meaning = table.meaning(code)
        assert meaning is not None
        assert meaning.zh == zh


@pytest.mark.parametrize("table", code_tables().values(), ids=lambda table: table.name)
def test_every_table_belongs_to_an_element(table: CodeTable) -> None:
    assert table in [element.codes for element in _coded(load_profile("gen2"))]


@pytest.mark.parametrize(
    ("table", "inside", "outside"),
    [
        ("medal", "901 915 922", "900 923 90 9010 ９０１ 90A"),
        ("honour_title", "01 29 56", "00 57 1 001"),
        ("assistance_type", "010 011 070 990", "009 071 080 991"),
        ("unemployment_cancel_reason", "00 10 55 90", "01 09 91"),
        ("expert_category", "100 101 990", "099 991 999"),
    ],
)
def test_a_range_takes_what_is_inside(table: str, inside: str, outside: str) -> None:
    found = code_tables()[table]
    assert all(code in found for code in inside.split())
    assert not any(code in found for code in outside.split())
    assert found.find(inside.split()[0]) == inside.split()[0]


@pytest.mark.parametrize(
    ("table", "text", "code"),
    [
        ("sex", "男", "1"),
        ("sex", " Female ", "2"),
        ("sex", "9", "9"),
        ("ethnicity", "维吾尔族", "05"),
        ("ethnicity", "Zhuang", "08"),
        ("ethnicity", "汉", "01"),
        ("ethnicity", " 蒙古 ", "02"),
        ("ethnicity", "回", "03"),
        ("ethnicity", "族", None),
        ("marital_status", "离婚", "4"),
        ("sex", "其他", None),
        ("sex", "", None),
        ("hukou_type", "农业户口", None),  # three codes share it
        ("hukou_type", "20", "20"),
        ("nationality", "deu", "DEU"),
        ("nationality", "越南", "VNM"),
        ("flag", "是", "1"),
        ("medal", "999", None),
        ("honour_level", "3", "3"),
    ],
)
def test_a_meaning_leads_to_its_code(table: str, text: str, code: str | None) -> None:
    assert code_tables()[table].find(text) == code


def test_every_people_has_its_short_name() -> None:
    """As ssc 8 writes them; no two share one."""
    table = code_tables()["ethnicity"]
    for code, meaning in table.codes.items():
        assert code == "99" or meaning.zh == f"{meaning.short}族"
        assert table.find(meaning.short or meaning.zh) == code


def test_an_unknown_code_has_no_meaning() -> None:
    assert code_tables()["sex"].meaning("7") is None
    assert "7" not in code_tables()["sex"]

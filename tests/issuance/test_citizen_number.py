"""Citizen numbers against published examples, and all reasons at once."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.issuance import citizen_number
from sscard.issuance.reasons import Reason

TODAY = date(2026, 1, 1)
VECTORS = tomllib.loads(
    (Path(__file__).parents[1] / "vectors/citizen_numbers.toml").read_text("utf-8")
)["numbers"]
FOREIGN = "USA2019051234567Z8"


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["number"]))
def test_published_and_own_numbers(vector: dict[str, object]) -> None:
    found = citizen_number.problems(str(vector["number"]), today=TODAY)
    assert [reason.value for reason in found] == vector["reasons"]


def test_a_lower_case_x_is_normalized() -> None:
    assert citizen_number.normalized(" 11010519491231002x\t") == "11010519491231002X"


def test_all_reasons_of_one_number_are_given() -> None:
    found = citizen_number.problems("999999209902300020", today=TODAY, stated_sex="1")
    assert set(found) == {
        Reason.ID_REGION,
        Reason.ID_BIRTHDATE,
        Reason.ID_SEX_MISMATCH,
        Reason.ID_CHECKSUM,
    }


@pytest.mark.parametrize(("sex", "reasons"), [("1", (Reason.ID_SEX_MISMATCH,)), ("2", ())])
def test_the_17th_digit_must_agree_with_the_sex(sex: str, reasons: tuple[Reason, ...]) -> None:
    number = "11010519491231002X"
    assert citizen_number.sex(number) == "2"
    assert citizen_number.problems(number, today=TODAY, stated_sex=sex) == reasons


def test_a_stated_birth_date_must_agree() -> None:
    number = "11010519491231002X"
    born = date(1949, 12, 31)
    assert citizen_number.birth_date(number) == born
    assert not citizen_number.problems(number, today=TODAY, stated_birth=born)
    wrong = citizen_number.problems(number, today=TODAY, stated_birth=born + timedelta(1))
    assert wrong == (Reason.ID_BIRTHDATE,)


def test_nobody_is_born_tomorrow() -> None:
    body = "11010520260102" + "002"
    number = body + citizen_number.check_character(body)
    assert citizen_number.problems(number, today=TODAY) == (Reason.ID_BIRTHDATE,)
    assert not citizen_number.problems(number, today=TODAY + timedelta(1))


def test_foreigners_state_their_birth_date() -> None:
    assert citizen_number.is_foreign(FOREIGN)
    assert not citizen_number.problems(FOREIGN, today=TODAY, stated_birth=date(1980, 1, 1))
    assert citizen_number.problems(FOREIGN, today=TODAY) == (Reason.ID_BIRTHDATE,)
    assert not citizen_number.is_foreign("11010519491231002X")


@given(st.dates(date(1880, 1, 1), TODAY), st.integers(0, 999))
def test_one_changed_digit_never_passes(born: date, sequence: int) -> None:
    body = f"110105{born:%Y%m%d}{sequence:03d}"
    check = citizen_number.check_character(body)
    changed = f"{(int(body[0]) + 1) % 10}{body[1:]}"
    assert citizen_number.check_character(changed) != check
    assert not citizen_number.problems(body + check, today=TODAY)


@given(st.text(max_size=20))
def test_any_text_is_judged_and_never_crashes(text: str) -> None:
    number = citizen_number.normalized(text)
    assert citizen_number.problems(number, today=TODAY) or len(number) == citizen_number.SIZE


def test_a_check_character_needs_17_ascii_digits() -> None:
    for body in ("", "1" * 16, "１" * 17):
        with pytest.raises(ValueError, match="17 digits"):
            citizen_number.check_character(body)

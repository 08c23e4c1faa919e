"""The shipped lists: always the same, 188 people to serve, 12 to return for known reasons."""

from __future__ import annotations

import importlib.util
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

from sscard.issuance.accounts import luhn_valid, read_accounts
from sscard.issuance.applicants import Register, check_accounts, read_applicants
from sscard.issuance.bank_data import load_layout
from sscard.issuance.bank_data.batch import read_batch
from sscard.issuance.bank_data.matching import match
from sscard.issuance.stations import applications
from sscard.keys.stores import load_bank
from sscard.profiles import load_profile
from sscard.profiles.divisions import division

EXAMPLES = Path(__file__).parents[2] / "examples"
EXPECTED = [
    (12, "ID_CHECKSUM"),
    (27, "ID_LENGTH"),
    (45, "ID_BIRTHDATE"),
    (61, "ID_REGION"),
    (78, "ID_SEX_MISMATCH"),
    (95, "ID_DUPLICATE"),
    (110, "NAME_MISSING"),
    (125, "NAME_ENCODING"),
    (139, "NAME_TOO_LONG"),
    (152, "FIELD_INVALID"),
    (168, "BANK_MISSING"),
    (187, "BANK_UNKNOWN"),
    (187, "FIELD_TOO_LONG"),
]


@pytest.fixture(scope="module")
def register() -> Register:
    path = EXAMPLES / "applicants.csv"
    return read_applicants(path, load_profile("gen2"), today=date(2026, 1, 1))


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_examples", EXAMPLES / "make_examples.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["applicants.csv", "bank-accounts.csv"])
def test_making_them_again_gives_the_same_bytes(tmp_path: Path, name: str) -> None:
    generator().main(tmp_path)
    assert (tmp_path / name).read_bytes() == (EXAMPLES / name).read_bytes()


def test_the_banks_file_has_everybody_with_the_account_of_the_list(
    tmp_path: Path, register: Register
) -> None:
    generator().main(tmp_path)
    profile, today = load_profile("gen2"), date(2026, 1, 1)
    accounts = read_accounts(EXAMPLES / "bank-accounts.csv", today=today)
    for folder in (EXAMPLES, tmp_path):
        path = folder / "bank-data.bdp"
        batch = read_batch(path, load_layout(), load_bank(), applications(profile))
        found = match(batch, register, accounts, today)
        assert found.register == register
        assert found.returned == ()
        assert len(found.entries) == 188


def test_188_are_good_and_12_go_back_for_the_right_reasons(register: Register) -> None:
    assert len(register.applicants) == 188
    assert len(register.rejected_rows) == 12
    assert [(each.row, each.code.value) for each in register.rejections] == EXPECTED
    rows = {each.row for each in register.applicants} | register.rejected_rows
    assert rows == set(range(2, 202))


def test_the_accounts_change_nothing(register: Register) -> None:
    accounts = read_accounts(EXAMPLES / "bank-accounts.csv", today=date(2026, 1, 1))
    assert check_accounts(register, accounts) == register
    assert set(accounts.by_person) == {each.id_number for each in register.applicants}
    numbers = [each.bank_number for each in accounts.by_person.values()]
    assert all(luhn_valid(number) and number.startswith("622800") for number in numbers)


def test_the_list_holds_the_hard_cases(register: Register) -> None:
    people = register.applicants
    names = "\n".join(each.name for each in people)
    assert "〇" in names
    assert "·" in names
    assert any(char in names for char in "骉龑嬿")
    assert any(each.values.get("name_extension") for each in people)
    assert {each.sex for each in people} == {"1", "2"}
    places = [division(each.id_number[:6]) for each in people]
    assert sum(place is not None and place.until is not None for place in places) > 20
    assert len(set(places)) > 100
    assert sum(each.card_number is not None for each in people) >= 5
    assert sum("degree" in each.values for each in people) >= 5
    assert "x," in (EXAMPLES / "applicants.csv").read_text("utf-8-sig")


def test_numbers_are_those_no_living_person_should_have(register: Register) -> None:
    """Sequence numbers 996 to 999 are for people over a hundred (assumed); nobody here is."""
    assert all(each.id_number[14:17] >= "996" for each in register.applicants)
    assert all(each.birth_date.year >= 1950 for each in register.applicants)
    assert all(each.phone.startswith("12") for each in register.applicants)

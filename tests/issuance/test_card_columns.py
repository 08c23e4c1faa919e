"""Which elements a list may fill: not those that the card, the chip or the issuer decides."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sscard.errors import ApplicantError
from sscard.issuance.applicants import read_applicants
from sscard.issuance.card_columns import DERIVED, CardColumns
from sscard.keys.stores import load_exchange, load_social_security
from sscard.perso.order import CardNumbers, prepare
from sscard.profiles import load_profile

CORE = "bank,name,sex,id_number,phone,member_number"
PERSON = "测试银行,张三,男,110101199003070038,13800000000,E1"
TODAY = date(2026, 1, 1)


def write(path: Path, column: str, value: str) -> Path:
    path.write_text(f"{CORE},{column}\n{PERSON},{value}\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("column", ["issue_date", "medical_transaction.1.sequence", "no_such"])
def test_what_others_decide_is_no_column(tmp_path: Path, column: str) -> None:
    with pytest.raises(ApplicantError, match=column):
        read_applicants(write(tmp_path / "a.csv", column, "1"), load_profile("gen2"), today=TODAY)


def test_a_code_beside_a_part_of_it_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "险种类型及标识,medical_type.insurance", "310,310")
    profile = load_profile("gen2")
    message = r"a\.csv: line 2: .* and 'medical_type\.insurance' are a code and a part"
    with pytest.raises(ApplicantError, match=message):
        read_applicants(path, profile, today=TODAY)
    empty = write(tmp_path / "b.csv", "medical_type,medical_type.insurance", ",310")
    assert read_applicants(empty, profile, today=TODAY).applicants


def test_every_derived_element_is_one_of_the_profile() -> None:
    profile = load_profile("gen2")
    assert set(DERIVED) <= set(profile.elements)
    assert not set(DERIVED) & set(CardColumns.of(profile).spellings.values())


def test_a_card_category_of_the_list_stands_and_the_default_is_the_profiles(
    tmp_path: Path,
) -> None:
    profile = load_profile("gen2")
    numbers = CardNumbers("X00000019", bytes(4), "639900", TODAY)
    stores = {"store": load_social_security(None), "exchange": load_exchange(None)}
    path = write(tmp_path / "a.csv", "card_category", "2")
    (student,) = read_applicants(path, profile, today=TODAY).applicants
    for values, category in ((student.values, "2"), ({}, "3")):
        order = prepare(profile, values, numbers, lot="TEST-GEN2", **stores)
        assert order.values["card_category"] == category

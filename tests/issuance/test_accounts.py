"""The bank's accounts file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.errors import ApplicantError
from sscard.issuance.accounts import Account, Accounts, luhn_valid, read_accounts
from sscard.issuance.banks import Banks, packaged_banks

FIRST, SECOND, THIRD = "11010519491231002X", "440524188001010014", "110105199001010013"
TODAY = date(2029, 12, 31)
PAN, OTHER = "6228000100001117", "6228000100001216"  # the first: pboc 6.1


def written(folder: Path, *lines: str, header: str = "id_number,bank,bank_number,expiry") -> Path:
    path = folder / "accounts.csv"
    path.write_text("\n".join((header, *lines, "")), encoding="utf-8")
    return path


def test_english_and_chinese_headers_and_both_expiry_forms(tmp_path: Path) -> None:
    english = read_accounts(written(tmp_path, f"{FIRST.lower()},TEST,{PAN},3012"), today=TODAY)
    chinese = read_accounts(
        written(
            tmp_path,
            f"02,2030-12,{PAN},TEST,{FIRST}",
            header="序号,有效期,银行卡号,银行,身份证号",
        ),
        today=TODAY,
    )
    assert english.by_person == {FIRST: Account(FIRST, "TEST", PAN, "3012", "01")}
    assert chinese.by_person == {FIRST: Account(FIRST, "TEST", PAN, "3012", "02")}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (f"{FIRST},TEST,6228000100001118,3012", "line 2: the bank card number"),
        (f"{FIRST},TEST,,3012", "line 2: the bank card number"),
        (f"{FIRST},TEST,{PAN},3013", "line 2: the expiry"),
        (f"{FIRST},TEST,{PAN},203012", "line 2: the expiry"),
        (f"{FIRST},TEST,{PAN},2911", "line 2: the expiry is in the past"),
        (f"{FIRST},,{PAN},3012", "line 2: no bank"),
        (f"{FIRST[:17]},TEST,{PAN},3012", "line 2: the ID number"),
        (f"{FIRST},TEST,{PAN}", "line 2: 3 fields"),
    ],
)
def test_a_damaged_file_goes_back_to_the_bank_as_a_whole(
    tmp_path: Path, line: str, message: str
) -> None:
    with pytest.raises(ApplicantError, match=message) as caught:
        read_accounts(written(tmp_path, line), today=TODAY)
    assert PAN[:-1] not in str(caught.value)
    assert FIRST[:17] not in str(caught.value)


def test_an_account_is_good_to_the_end_of_its_last_month(tmp_path: Path) -> None:
    assert read_accounts(written(tmp_path, f"{FIRST},TEST,{PAN},2912"), today=TODAY).by_person


@pytest.mark.parametrize("header", ["id_number,bank,bank_number", "id_number,bank,bank_number,x"])
def test_headers_are_required_and_known(tmp_path: Path, header: str) -> None:
    with pytest.raises(ApplicantError, match="line 1"):
        read_accounts(written(tmp_path, header=header), today=TODAY)


def test_a_shared_number_or_two_accounts_concern_everyone() -> None:
    shared = Accounts.of([Account(FIRST, "B", PAN, "3012"), Account(SECOND, "B", PAN, "3012")])
    assert shared.doubled == {FIRST, SECOND}
    two = Accounts.of(
        [
            Account(FIRST, "B", PAN, "3012"),
            Account(FIRST, "B", OTHER, "3012"),
            Account(THIRD, "B", OTHER, "3012"),
        ]
    )
    assert two.doubled == {FIRST, THIRD}
    assert not two.by_person


def test_the_same_line_twice_is_one_account() -> None:
    accounts = Accounts.of([Account(FIRST, "B", PAN, "3012")] * 2)
    assert not accounts.doubled
    assert accounts.banks() == Banks.of(["B"])


def test_nothing_personal_is_shown() -> None:
    shown = repr(Accounts.of([Account(FIRST, "B", PAN, "3012")])) + repr(
        Account(FIRST, "B", PAN, "")
    )
    assert FIRST not in shown
    assert PAN not in shown


@pytest.mark.parametrize(
    ("number", "valid"),
    [("4111111111111111", True), ("79927398713", False), ("6228000100001117", True)],
)
def test_luhn_against_published_numbers(number: str, valid: bool) -> None:
    assert luhn_valid(number) is valid


@given(st.integers(10**14, 10**15 - 1), st.integers(0, 15), st.integers(1, 9))
def test_luhn_finds_every_wrong_digit(body: int, place: int, change: int) -> None:
    number = next(f"{body}{check}" for check in range(10) if luhn_valid(f"{body}{check}"))
    wrong = str((int(number[place]) + change) % 10)
    assert not luhn_valid(number[:place] + wrong + number[place + 1 :])


def test_banks_are_found_by_any_spelling() -> None:
    banks = packaged_banks() | Banks.of(["城市银行"])
    assert banks.find(" test bank ") == banks.find("测试银行") == "测试银行"
    assert banks.find("城市银行") == "城市银行"
    assert banks.find("nobody's") is None

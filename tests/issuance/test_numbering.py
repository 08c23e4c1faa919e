"""Numbers the ledger hands out: forms, check digits, limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.issuance import numbering

PUBLISHED_LUHN = [
    # ISO/IEC 7812-1 annex B's example, and account numbers card schemes publish for tests.
    pytest.param("7992739871", "3", id="textbook"),
    pytest.param("411111111111111", "1", id="scheme test account 1"),
    pytest.param("555555555555444", "4", id="scheme test account 2"),
    pytest.param("37828224631000", "5", id="15 digits"),
]


@pytest.mark.parametrize(("digits", "check"), PUBLISHED_LUHN)
def test_luhn_digit(digits: str, check: str) -> None:
    assert numbering.luhn_digit(digits) == check


@pytest.mark.parametrize("digits", ["", "12a", "１２", " 1"])
def test_luhn_is_for_decimal_digits(digits: str) -> None:
    with pytest.raises(ValueError):
        numbering.luhn_digit(digits)


@given(st.from_regex("[0-9]{1,20}", fullmatch=True), st.data())
def test_luhn_finds_any_wrong_digit(digits: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(digits) - 1))
    other = data.draw(st.sampled_from("0123456789").filter(lambda digit: digit != digits[at]))
    wrong = digits[:at] + other + digits[at + 1 :]
    assert numbering.luhn_digit(wrong) != numbering.luhn_digit(digits)


def test_card_number_by_hand() -> None:
    # T = 29: 29*3 + 1*2 = 89 = 8*11 + 1, so the check character is 11 - 1 = 10, written X.
    assert numbering.allocated_card_number(1) == "T0000001X"
    # A = 10: 10*3 + 2*2 = 34 = 3*11 + 1.
    assert numbering.allocated_card_number(2, "A") == "A0000002X"


@given(st.integers(1, numbering.CARD_SEQUENCE_LIMIT), st.sampled_from("ATZ"))
def test_allocated_card_numbers_are_safe_file_names(sequence: int, district: str) -> None:
    number = numbering.allocated_card_number(sequence, district)
    assert numbering.require_card_number(number) == number
    assert number[1:8] == f"{sequence:07d}"


def test_account_has_16_digits_under_the_test_bin() -> None:
    account = numbering.allocated_account(42)
    assert account[:15] == "622800000000042"
    assert account[15] == numbering.luhn_digit(account[:15])


def test_serial_is_the_number_in_4_bytes() -> None:
    assert numbering.allocated_serial(0x01020304) == b"\1\2\3\4"


@pytest.mark.parametrize(
    ("allocate", "limit"),
    [
        (numbering.allocated_card_number, numbering.CARD_SEQUENCE_LIMIT),
        (numbering.allocated_account, numbering.ACCOUNT_SEQUENCE_LIMIT),
        (numbering.allocated_serial, numbering.SERIAL_LIMIT),
    ],
)
def test_sequences_have_limits(allocate, limit) -> None:  # type: ignore[no-untyped-def]
    assert len(allocate(limit)) == len(allocate(1))
    for outside in (0, limit + 1):
        with pytest.raises(ValueError):
            allocate(outside)


@pytest.mark.parametrize("district", ["", "t", "TT", "1", "Ｔ"])
def test_a_district_is_one_capital(district: str) -> None:
    with pytest.raises(ValueError):
        numbering.allocated_card_number(1, district)


@pytest.mark.parametrize(
    "number",
    [
        "",
        "A1234567",
        "A123456789",
        "a12345678",
        "../../etc",
        "A1234567/",
        "Ａ12345678",
        "A1234567\n",
    ],
)
def test_unsafe_card_numbers(number: str) -> None:
    with pytest.raises(ValueError):
        numbering.require_card_number(number)


def test_real_cards_that_violate_the_check_are_accepted() -> None:
    assert numbering.require_card_number("A21472424") == "A21472424"  # ssc 2.9 [T]

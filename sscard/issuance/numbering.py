"""Rules for numbers the ledger hands out itself: serials, test card numbers, test accounts.

Real card numbers come from the office and real accounts from the bank (issuance 3); these are
for tests, and say so: district letter T, account numbers under a BIN of test data.
"""

from __future__ import annotations

import re
from typing import Literal

from sscard.profiles.identifiers import card_number_check

#: District letter of card numbers no office has issued (assumed).
TEST_DISTRICT = "T"
#: Issuer identification of test accounts (assumed).
TEST_BIN = "622800"

SERIAL_LIMIT = 0xFFFFFFFF
CARD_SEQUENCE_LIMIT = 9_999_999
ACCOUNT_SEQUENCE_LIMIT = 999_999_999

_CARD_NUMBER = re.compile(r"[0-9A-Z]{9}")


def require_card_number(card_number: str) -> str:
    """The number itself; ValueError unless it is 9 digits or capitals (ssc 2.9 [S]).

    Cards in use violate the check character, so it is not judged (ssc 2.9 [T]).  The form is:
    the number becomes a file name.
    """
    if not _CARD_NUMBER.fullmatch(card_number):
        raise ValueError("a card number has 9 characters, digits and capital letters only")
    return card_number


def allocated_card_number(sequence: int, district: str = TEST_DISTRICT) -> str:
    """District letter, 7 digits of ``sequence``, check character (ssc 2.9 [S])."""
    if not re.fullmatch("[A-Z]", district):
        raise ValueError("a district is one capital letter")
    if not 1 <= sequence <= CARD_SEQUENCE_LIMIT:
        raise ValueError(f"card numbers are allocated from 1 to {CARD_SEQUENCE_LIMIT}")
    body = f"{district}{sequence:07d}"
    return body + card_number_check(body)


def source_of(card_number: str) -> Literal["file", "allocated"]:
    """Where a card number is from: its district letter says whether it is a test's."""
    return "allocated" if card_number.startswith(TEST_DISTRICT) else "file"


def allocated_serial(sequence: int) -> bytes:
    """The 4 bytes TA to TD of the ATR (ssc 6 [S]); zero is what a blank chip carries."""
    if not 1 <= sequence <= SERIAL_LIMIT:
        raise ValueError(f"serials are allocated from 1 to {SERIAL_LIMIT}")
    return sequence.to_bytes(4, "big")


def allocated_account(sequence: int, issuer: str = TEST_BIN) -> str:
    """A test account number of 16 digits: BIN, 9 digits of ``sequence``, Luhn digit."""
    if not re.fullmatch("[0-9]{6}", issuer):
        raise ValueError("an issuer identification has 6 digits")
    if not 1 <= sequence <= ACCOUNT_SEQUENCE_LIMIT:
        raise ValueError(f"test accounts are allocated from 1 to {ACCOUNT_SEQUENCE_LIMIT}")
    body = f"{issuer}{sequence:09d}"
    return body + luhn_digit(body)


def luhn_digit(digits: str) -> str:
    """The digit that makes ``digits`` + itself pass the Luhn test (ISO/IEC 7812-1 annex B)."""
    if not re.fullmatch("[0-9]+", digits):
        raise ValueError("the Luhn digit is defined for decimal digits")
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[::-2])
    plain = sum(int(digit) for digit in digits[-2::-2])
    return str(-(doubled + plain) % 10)

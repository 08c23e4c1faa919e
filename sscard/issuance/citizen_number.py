"""The 18 characters that name a person: citizen numbers (GB 11643) and the foreigners' form.

A citizen number is division (6) + birth date (8) + sequence (3, odd for men) + check character.
Foreigners have a ministry number: alpha-3 country + 15 characters (form assumed); it carries
neither sex nor birth date, so both come from their columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from sscard.issuance.reasons import Reason
from sscard.profiles.divisions import in_citizen_numbers

SIZE = 18
#: Earliest year of birth taken for real (assumed; numbers were first given in 1984).
FIRST_YEAR = 1880
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_CITIZEN = re.compile(r"[0-9]{17}[0-9X]")
_FOREIGN = re.compile(r"[A-Z]{3}[0-9A-Z]{15}")


def normalized(text: str) -> str:
    """The number without surrounding space and in capitals: a lower-case x is accepted."""
    return text.strip().upper()


def is_foreign(number: str) -> bool:
    """Whether ``number`` (normalized) has the ministry's form for foreigners (assumed)."""
    return _FOREIGN.fullmatch(number) is not None


def check_character(body: str) -> str:
    """The 18th character for the first 17 digits (GB 11643, ISO 7064 MOD 11-2; ssc 8 [S])."""
    if not re.fullmatch(r"[0-9]{17}", body):
        raise ValueError("the check character is computed over 17 digits")
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, body, strict=True))
    return _CHECK_CHARACTERS[total % 11]


def birth_date(number: str) -> date | None:
    """The birth date a citizen number carries; None when it is no date of the calendar."""
    digits = number[6:14]
    if not re.fullmatch(r"[0-9]{8}", digits):
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def sex(number: str) -> str | None:
    """ "1" (male) or "2" (female) as the 17th digit says; None when it is no digit."""
    digit = number[16:17]
    if not re.fullmatch(r"[0-9]", digit):
        return None
    return "1" if int(digit) % 2 else "2"


def problems(
    number: str, *, today: date, stated_sex: str | None = None, stated_birth: date | None = None
) -> tuple[Reason, ...]:
    """Everything wrong with a normalized number, in the order of its parts; empty when sound.

    ``stated_sex`` ("1" or "2") and ``stated_birth`` come from other columns of the record and
    are compared when given.  A foreigner must state a birth date.  A number that does not have
    18 characters is not looked into further.
    """
    if len(number) != SIZE:
        return (Reason.ID_LENGTH,)
    if is_foreign(number):
        sound = stated_birth is not None and _possible(stated_birth, today)
        return () if sound else (Reason.ID_BIRTHDATE,)
    return tuple(_citizen_problems(number, today, stated_sex, stated_birth))


def _citizen_problems(
    number: str, today: date, stated_sex: str | None, stated_birth: date | None
) -> Iterator[Reason]:
    if not in_citizen_numbers(number[:6]):
        yield Reason.ID_REGION
    born = birth_date(number)
    if born is None or not _possible(born, today) or stated_birth not in (None, born):
        yield Reason.ID_BIRTHDATE
    if stated_sex is not None and sex(number) not in (None, stated_sex):
        yield Reason.ID_SEX_MISMATCH
    if not _CITIZEN.fullmatch(number) or check_character(number[:17]) != number[17]:
        yield Reason.ID_CHECKSUM


def _possible(born: date, today: date) -> bool:
    return born.year >= FIRST_YEAR and born <= today

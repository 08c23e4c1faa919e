"""Words that people typed, without what must not stand in a report (decision 28).

A report goes round; a note such as "card of 110101…" must not take the number along.  Names cannot
be told from other words, so notes are for facts about cards.
"""

from __future__ import annotations

import re

from sscard.issuance.accounts import luhn_valid
from sscard.issuance.citizen_number import check_character

#: What stands in the place of an ID number or of a telephone number.
HIDDEN = "［已隐去］"
_ID = re.compile(r"(?<![0-9A-Za-z])([0-9]{17})([0-9Xx])(?![0-9A-Za-z])")
_DIGITS = re.compile(r"(?<![0-9A-Za-z])[0-9]{13,19}(?![0-9A-Za-z])")
_MOBILE = re.compile(r"(?<![0-9A-Za-z])1[3-9][0-9]{9}(?![0-9A-Za-z])")


def public(text: str) -> str:
    """``text`` with ID and mobile numbers hidden, bank numbers cut to first six and last four."""
    text = _ID.sub(_unless_other, text)
    text = _DIGITS.sub(lambda found: _cut(found[0]), text)
    return _MOBILE.sub(HIDDEN, text)


def _unless_other(found: re.Match[str]) -> str:
    return HIDDEN if check_character(found[1]) == found[2].upper() else found[0]


def _cut(digits: str) -> str:
    return f"{digits[:6]}…{digits[-4:]}" if luhn_valid(digits) else digits

"""What a card's face says of a person, before it is laid out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sscard.issuance.applicants import Applicant
from sscard.issuance.face.error import FaceError
from sscard.issuance.numbering import require_card_number

#: GB/T 2261.1, as cards print it (ssc 8 [S]).
SEXES: Mapping[str, str] = {"1": "男", "2": "女"}
#: Controls, marks that turn text around, halves of characters, private ones.  Characters that this
#: Python does not know yet may be names: whether they can be printed is a matter of the font.
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_ID_NUMBER = re.compile(r"[0-9A-Z]{18}")
_BANK_NUMBER = re.compile(r"[0-9]{13,19}")


@dataclass(frozen=True, slots=True)
class FaceData:
    """One card's face.

    ``name`` is the spelling that is printed, ``chip_name`` the one in the chip: they differ where
    GBK lacks a character and the region's policy writes another (issuance 4).  ``sex`` is "1" or
    "2".  ``photo`` is the name of a file.  ``bank_number`` is empty where the bank prints its
    number itself, and ``valid_date`` None where the face says no validity.

    Raises FaceError naming the field.
    """

    card_number: str
    name: str = field(repr=False)
    chip_name: str = field(repr=False)
    sex: str = field(repr=False)
    id_number: str = field(repr=False)
    issue_date: date
    bank_number: str = field(default="", repr=False)
    valid_date: date | None = None
    photo: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        _require(_is_card_number(self.card_number), "card_number", "has 9 digits and capitals")
        for place, text in (("name", self.name), ("chip_name", self.chip_name)):
            _require(bool(text) and text == text.strip(), place, "is empty, or has space around")
            _require(_printable(text), place, "has a character that cannot be printed")
        _require(self.sex in SEXES, "sex", "is 1 or 2")
        _require(bool(_ID_NUMBER.fullmatch(self.id_number)), "id_number", "has 18 characters")
        sound = not self.bank_number or bool(_BANK_NUMBER.fullmatch(self.bank_number))
        _require(sound, "bank_number", "has 13 to 19 digits")
        late = self.valid_date is None or self.valid_date > self.issue_date
        _require(late, "valid_date", "is before the issue")

    @property
    def respelled(self) -> bool:
        """Whether the chip has the name in another spelling than the face."""
        return self.chip_name != self.name

    @classmethod
    def of(
        cls,
        applicant: Applicant,
        card_number: str,
        issue_date: date,
        *,
        bank_number: str = "",
        valid_date: date | None = None,
        photo: str = "",
        printed_name: str = "",
    ) -> FaceData:
        """The face of somebody in a list: with the name as the list spells it.

        ``printed_name`` is another spelling that a desk of the region has decided on.
        """
        chip = f"{applicant.values['name']}{applicant.values.get('name_extension') or ''}"
        return cls(
            card_number,
            printed_name or applicant.name,
            chip,
            applicant.sex,
            applicant.id_number,
            issue_date,
            bank_number,
            valid_date,
            photo,
        )


def _require(sound: bool, place: str, what: str) -> None:
    if not sound:
        raise FaceError(place, what)


def _printable(text: str) -> bool:
    return not any(unicodedata.category(each) in _UNPRINTABLE for each in text)


def _is_card_number(text: str) -> bool:
    try:
        return bool(require_card_number(text))
    except ValueError:
        return False

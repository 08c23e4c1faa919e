"""What an authority is asked for a card's certificates (ssc-more 1.5 [1]).

The names of the fields in a file are a choice (assumed): those that programs of the field give the
same things elsewhere (ssc-more 6.2 [1]).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from sscard.errors import MalformedData
from sscard.keys.sm2_keys import SM2PublicKey

_T = TypeVar("_T")
#: SM2 with SM3 and SM4 (ssc-more 1.5 [1]).
ALGORITHM = "03"
_CARD_ID, _CITY, _CARD_NUMBER = r"[0-9A-F]{32}", r"[0-9]{6}", r"[0-9A-Z]{9}"
#: Far from where calendars of certificates end.
_YEARS = range(2000, 2200)
FIELDS = ("KSBM", "XM", "AAB301", "KH", "QMGY", "AFLAG", "FKRQ")


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """One card, its holder, and the public key that the card made.

    ``card_id`` is the card identification code in 32 hexadecimal digits, ``city`` the division
    code of the issuing city in 6 digits, ``card_number`` has 9 characters.  ``issued_on`` is the
    day from which certificates shall be valid: whoever asks again says the same day.  ValueError
    for other forms, the field named, never its text.
    """

    card_id: str
    name: str = field(repr=False)
    city: str
    card_number: str
    public: SM2PublicKey
    issued_on: date

    def __post_init__(self) -> None:
        _require("card identification code", self.card_id, _CARD_ID)
        _require("division code", self.city, _CITY)
        _require("card number", self.card_number, _CARD_NUMBER)
        if not self.name.strip():
            raise ValueError("a request names the holder")
        if self.issued_on.year not in _YEARS:
            raise ValueError(f"a day of issue lies in the years {_YEARS[0]} to {_YEARS[-1]}")

    def texts(self) -> Mapping[str, str]:
        """The fields as files and messages have them."""
        return dict(
            zip(
                FIELDS,
                (
                    *(self.card_id, self.name, self.city, self.card_number),
                    *(self.public.point.hex().upper(), ALGORITHM, f"{self.issued_on:%Y%m%d}"),
                ),
                strict=True,
            )
        )

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> CertificateRequest:
        """What ``texts`` gave.  Raises MalformedData naming the field, never its text."""
        if texts.get("AFLAG") != ALGORITHM:
            raise MalformedData(f"certificate request: AFLAG is not {ALGORITHM}")
        public = _read(texts, "QMGY", lambda text: SM2PublicKey(bytes.fromhex(text)))
        day = _read(texts, "FKRQ", _day)
        card_id, name, city, number = (_read(texts, each, str) for each in FIELDS[:4])
        try:
            return cls(card_id, name, city, number, public, day)
        except ValueError as error:
            raise MalformedData(f"certificate request: {error}") from None


def _require(what: str, text: str, form: str) -> None:
    if not re.fullmatch(form, text):
        raise ValueError(f"a {what} has the form {form}")


def _read(texts: Mapping[str, str], name: str, read: Callable[[str], _T]) -> _T:
    try:
        return read(texts[name])
    except KeyError:
        raise MalformedData(f"certificate request: {name} is missing") from None
    except ValueError:
        raise MalformedData(f"certificate request: {name} cannot be read") from None


def _day(text: str) -> date:
    if not re.fullmatch("[0-9]{8}", text):
        raise ValueError("a day has 8 digits")
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))

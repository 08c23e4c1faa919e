"""What a sheet says of itself in one line: which ceremony, set and number, of how many.

``S-3DES-7F3A9C21-01-2-3-5-8CA64D-91D2`` is share 2 of 5 of a 3DES key, 3 of which recover it, of
set 01 of ceremony 7F3A9C21; the key's check value is 8CA64D, and 91D2 checks the label itself.  On
a component (C) the check value is that of the component.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum, unique
from hashlib import sha256

from sscard.keys import kcv as check_values
from sscard.keys.ceremony.errors import WrongEntry
from sscard.keys.ceremony.kinds import KINDS

#: Sheets of a set: with more, somebody should ask why.
MOST = 16
_FIELDS = re.compile(
    r"(?P<form>[CS])-(?P<kind>[0-9A-Z]+)-(?P<ceremony>[0-9A-F]{8})-(?P<set>\d{2})"
    r"-(?P<number>\d{1,2})-(?P<threshold>\d{1,2})-(?P<total>\d{1,2})"
    r"-(?P<kcv>[0-9A-F]{6})-(?P<check>[0-9A-F]{4})"
)
_BETWEEN = re.compile(r"[^0-9A-Z]+")


@unique
class Form(Enum):
    """How a key is divided."""

    #: All are needed: their XOR is the key.
    COMPONENT = "C"
    #: ``threshold`` of them are needed (Shamir).
    SHARE = "S"

    @property
    def word(self) -> str:
        """For messages: ``component`` or ``share``."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Label:
    """The label of one sheet.  ValueError for numbers that cannot be."""

    form: Form
    kind: str
    ceremony: str
    set_number: int
    number: int
    threshold: int
    total: int
    kcv: bytes

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.total or not 2 <= self.threshold <= self.total <= MOST:
            raise ValueError(f"there are 2 to {MOST} sheets in a set, numbered from 1")
        if self.form is Form.COMPONENT and self.threshold != self.total:
            raise ValueError("all components of a set are needed")
        if len(self.kcv) != check_values.SIZE or self.kind not in KINDS:
            raise ValueError("no such kind of key, or no check value")
        if not re.fullmatch("[0-9A-F]{8}", self.ceremony) or not 1 <= self.set_number <= 99:
            raise ValueError("a ceremony has 8 digits, its sets the numbers 1 to 99")

    @property
    def context(self) -> str:
        """The label without its check digits, to which every line of the value is tied."""
        parts = (self.form.value, self.kind.upper(), self.ceremony, f"{self.set_number:02}")
        counts = (str(self.number), str(self.threshold), str(self.total))
        return "-".join((*parts, *counts, self.kcv.hex().upper()))

    def __str__(self) -> str:
        return f"{self.context}-{_check(self.context)}"

    @classmethod
    def parse(cls, text: str) -> Label:
        """A typed label; anything may stand between its fields.  Raises WrongEntry."""
        plain = _BETWEEN.sub("-", unicodedata.normalize("NFKC", text).upper()).strip("-")
        found = _FIELDS.fullmatch(plain)
        if not found:
            raise WrongEntry(
                "label: it has nine fields, as in S-3DES-7F3A9C21-01-2-3-5-8CA64D-91D2"
            )
        if _check(plain.rpartition("-")[0]) != found["check"]:
            raise WrongEntry("label: its check digits do not match; a character is wrong")
        try:
            return cls(
                form=Form(found["form"]),
                kind=found["kind"].lower(),
                ceremony=found["ceremony"],
                set_number=int(found["set"]),
                number=int(found["number"]),
                threshold=int(found["threshold"]),
                total=int(found["total"]),
                kcv=bytes.fromhex(found["kcv"]),
            )
        except ValueError as error:
            raise WrongEntry(f"label: {error}") from None


def _check(context: str) -> str:
    return sha256(context.encode()).hexdigest()[:4].upper()

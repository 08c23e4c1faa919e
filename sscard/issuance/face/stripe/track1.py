"""Track 1 of a bank card (ISO/IEC 7813, as GB/T 19584 takes it over): account, name, expiry."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sscard.issuance.face.stripe.coding import TRACK_1
from sscard.issuance.face.stripe.parts import matched, require_parts

#: B is the format of the standard; 99 is seen on domestic cards.
_FORM = re.compile(
    r"(?P<format_code>B|99)(?P<number>[0-9]{10,19})\^(?P<name>[^^]{2,26})\^"
    r"(?:(?P<expiry>[0-9]{4})|\^)(?:(?P<service>[0-9]{3})|\^)(?P<discretionary>[^^]*)"
)


@dataclass(frozen=True, slots=True)
class Track1:
    """``name`` is as the track has it, filled with spaces where the bank fills it.

    ``expiry`` is YYMM, ``service`` three digits; None where the track says neither.
    """

    number: str = field(repr=False)
    name: str = field(repr=False)
    expiry: str | None = field(repr=False)
    service: str | None
    discretionary: str = field(default="", repr=False)
    format_code: str = "B"

    def __post_init__(self) -> None:
        require_parts(1, self.number, self.expiry, self.service)
        if self.format_code not in ("B", "99"):
            raise ValueError("track 1: the format code is B or 99")
        if not 2 <= len(self.name) <= 26 or "^" in self.name:
            raise ValueError("track 1: the name has 2 to 26 characters")
        if "^" in self.discretionary:
            raise ValueError("track 1: there is a separator in the discretionary data")
        TRACK_1.framed(self._data())

    @property
    def text(self) -> str:
        """From sentinel to sentinel; an encoder puts the LRC behind by itself."""
        return TRACK_1.framed(self._data())

    @property
    def lrc(self) -> str:
        """The check that stands behind the text."""
        return TRACK_1.lrc(self.text)

    @classmethod
    def parse(cls, raw: bytes) -> Track1:
        """The track as read, with its LRC or without.  Raises MalformedData."""
        found = matched(1, _FORM, TRACK_1.data(raw))
        return cls(**found)  # type: ignore[arg-type]

    def _data(self) -> str:
        dates = f"{self.expiry or '^'}{self.service or '^'}"
        return f"{self.format_code}{self.number}^{self.name}^{dates}{self.discretionary}"

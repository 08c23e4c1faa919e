"""Track 2 of a bank card (ISO/IEC 7813, as GB/T 19584 takes it over): what terminals read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sscard.issuance.face.stripe.coding import TRACK_2
from sscard.issuance.face.stripe.parts import matched, require_parts

_FORM = re.compile(
    r"(?P<number>[0-9]{10,19})=(?:(?P<expiry>[0-9]{4})|=)(?:(?P<service>[0-9]{3})|=)"
    r"(?P<discretionary>[0-9=]*)"
)


@dataclass(frozen=True, slots=True)
class Track2:
    """``expiry`` is YYMM, ``service`` three digits; None where the track says neither."""

    number: str = field(repr=False)
    expiry: str | None = field(repr=False)
    service: str | None
    discretionary: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        require_parts(2, self.number, self.expiry, self.service)
        TRACK_2.framed(self._data())

    @property
    def text(self) -> str:
        """From sentinel to sentinel; an encoder puts the LRC behind by itself."""
        return TRACK_2.framed(self._data())

    @property
    def lrc(self) -> str:
        """The check that stands behind the text."""
        return TRACK_2.lrc(self.text)

    @classmethod
    def parse(cls, raw: bytes) -> Track2:
        """The track as read, with its LRC or without.  Raises MalformedData."""
        found = matched(2, _FORM, TRACK_2.data(raw))
        return cls(**found)  # type: ignore[arg-type]

    def _data(self) -> str:
        return f"{self.number}={self.expiry or '='}{self.service or '='}{self.discretionary}"

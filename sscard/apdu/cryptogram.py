"""What a card decides: the kind of cryptogram and its information data, tag 9F27."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, unique
from typing import Self

from sscard.errors import MalformedData

_KIND, _ADVICE, _REASON = 6, 0x08, 0x07
_UNUSED = 0x30


@unique
class Cryptogram(IntEnum):
    """Kinds of application cryptogram (pboc 2.4, 5 [H]); the order means nothing."""

    AAC = 0  # declined
    TC = 1  # approved offline
    ARQC = 2  # to be decided by the issuer


@dataclass(frozen=True, slots=True)
class CID:
    """Tag 9F27: kind, whether an advice is wanted, and why (EMV book 3, 6.5.5 [G]).

    ``reason`` is 0 for none, 1 service not allowed, 2 no PIN try left, 3 issuer authentication
    failed; others are legal.
    """

    kind: Cryptogram
    advice: bool = False
    reason: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.reason <= _REASON:
            raise ValueError("a reason has three bits")

    def __int__(self) -> int:
        return self.kind << _KIND | (_ADVICE if self.advice else 0) | self.reason

    def __bytes__(self) -> bytes:
        return bytes((int(self),))

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """From the value of 9F27.  Raises MalformedData."""
        if len(raw) != 1 or raw[0] & _UNUSED or raw[0] >> _KIND not in list(Cryptogram):
            raise MalformedData("no cryptogram information data")
        return cls(Cryptogram(raw[0] >> _KIND), bool(raw[0] & _ADVICE), raw[0] & _REASON)

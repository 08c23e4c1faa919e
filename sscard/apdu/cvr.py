"""Card verification results: what the card did and found, in 9F10 (pboc 2.4 [H])."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from sscard.apdu.bit_field import BitField
from sscard.apdu.cryptogram import Cryptogram
from sscard.errors import MalformedData

SIZE = 4
_LENGTH = SIZE - 1
_SECOND, _FIRST, _SCRIPTS = 22, 20, 4
_NOT_REQUESTED = 2
_MOST_SCRIPTS = 15
#: The bits of the three that are no facts: two decisions, and the number of scripts.
_NUMBERS = 3 << _SECOND | 3 << _FIRST | _MOST_SCRIPTS << _SCRIPTS


class Fact(BitField):
    """The single bits, as numbers of the three bytes after the length."""

    ISSUER_AUTHENTICATION_FAILED = 0x080000
    PIN_PERFORMED = 0x040000
    PIN_FAILED = 0x020000
    UNABLE_ONLINE = 0x010000
    LAST_ONLINE_NOT_COMPLETED = 0x008000
    PIN_TRIES_EXCEEDED = 0x004000
    VELOCITY_EXCEEDED = 0x002000
    NEW_CARD = 0x001000
    ISSUER_AUTHENTICATION_FAILED_LAST = 0x000800
    ISSUER_AUTHENTICATION_MISSING_LAST = 0x000400
    BLOCKED_BY_PIN = 0x000200
    SDA_FAILED_LAST = 0x000100
    SCRIPT_FAILED = 0x000008
    DDA_FAILED_LAST = 0x000004
    DDA_PERFORMED = 0x000002

    @classmethod
    def size(cls) -> int:
        """Three bytes."""
        return _LENGTH


NO_FACTS = Fact(0)


@dataclass(frozen=True, slots=True)
class CVR:
    """03 and three bytes: both decisions, the facts, how many script commands came last time.

    ``second`` is None while, or where, no second cryptogram was asked for.
    """

    first: Cryptogram
    second: Cryptogram | None = None
    facts: Fact = NO_FACTS
    scripts: int = 0

    def __post_init__(self) -> None:
        if self.second is Cryptogram.ARQC:
            raise ValueError("the second cryptogram is an AAC or a TC")
        if not 0 <= self.scripts <= _MOST_SCRIPTS:
            raise ValueError("the number of scripts has four bits")
        if self.facts & _NUMBERS:
            raise ValueError("decisions and the number of scripts are no facts")

    def plus(self, facts: Fact) -> Self:
        """The same with more facts."""
        return replace(self, facts=self.facts | facts)

    def __bytes__(self) -> bytes:
        second = _NOT_REQUESTED if self.second is None else self.second
        numbers = second << _SECOND | self.first << _FIRST | self.scripts << _SCRIPTS
        return bytes((_LENGTH,)) + (numbers | self.facts.value).to_bytes(_LENGTH, "big")

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """From four bytes.  Raises MalformedData."""
        if len(raw) != SIZE or raw[0] != _LENGTH:
            raise MalformedData("card verification results are 03 and three bytes")
        value = int.from_bytes(raw[1:], "big")
        first, second = value >> _FIRST & 3, value >> _SECOND & 3
        if first not in list(Cryptogram) or second > _NOT_REQUESTED:
            raise MalformedData("card verification results: no such decision")
        return cls(
            Cryptogram(first),
            None if second == _NOT_REQUESTED else Cryptogram(second),
            Fact(value & ~_NUMBERS),
            value >> _SCRIPTS & _MOST_SCRIPTS,
        )

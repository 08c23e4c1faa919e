"""How cardholders are verified: CVM list 8E and CVM results 9F34 (EMV book 3, 10.5, C3 [G])."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum, unique
from typing import ClassVar, Self

from sscard.apdu.fixed_layout import FixedLayout
from sscard.errors import MalformedData

_GO_ON, _METHOD = 0x40, 0x3F
_AMOUNTS, _RULE = 8, 2


@unique
class Method(IntEnum):
    """The low six bits of a rule's code.  Others are legal: terminals do not know them."""

    FAIL = 0x00
    PLAIN_PIN = 0x01
    ONLINE_PIN = 0x02
    PLAIN_PIN_AND_SIGNATURE = 0x03
    ENCIPHERED_PIN = 0x04
    ENCIPHERED_PIN_AND_SIGNATURE = 0x05
    SIGNATURE = 0x1E
    NO_CVM = 0x1F
    NOT_PERFORMED = 0x3F  # in results only


@unique
class Condition(IntEnum):
    """When a rule is for a transaction.  Others are legal: such a rule is passed over."""

    ALWAYS = 0x00
    UNATTENDED_CASH = 0x01
    NO_CASH = 0x02
    TERMINAL_SUPPORTS = 0x03
    MANUAL_CASH = 0x04
    CASHBACK = 0x05
    UNDER_X = 0x06
    OVER_X = 0x07
    UNDER_Y = 0x08
    OVER_Y = 0x09


@unique
class Result(IntEnum):
    """How it went, as 9F34 says it.  Others are legal."""

    UNKNOWN = 0x00
    FAILED = 0x01
    SUCCESSFUL = 0x02


@dataclass(frozen=True, slots=True)
class Rule(FixedLayout):
    """Code and condition, one byte each."""

    LAYOUT: ClassVar[struct.Struct] = struct.Struct(">BB")
    code: int
    condition: int

    @property
    def method(self) -> int:
        """How; compare with ``Method``."""
        return self.code & _METHOD

    @property
    def go_on(self) -> bool:
        """Whether the next rule is tried when this one does not succeed."""
        return bool(self.code & _GO_ON)


@dataclass(frozen=True, slots=True)
class CVMList:
    """Tag 8E: two amounts in the application's currency, smallest unit, and the rules in order."""

    x: int
    y: int
    rules: tuple[Rule, ...]

    def __post_init__(self) -> None:
        if not all(0 <= amount < 1 << 32 for amount in (self.x, self.y)):
            raise ValueError("an amount of a CVM list has four bytes")

    def __bytes__(self) -> bytes:
        amounts = self.x.to_bytes(4, "big") + self.y.to_bytes(4, "big")
        return amounts + b"".join(map(bytes, self.rules))

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """From the value of 8E, which may have no rule.  Raises MalformedData."""
        if len(raw) < _AMOUNTS or len(raw) % _RULE:
            raise MalformedData("a CVM list is two amounts and rules of 2 bytes")
        rules = (Rule.parse(raw[at : at + _RULE]) for at in range(_AMOUNTS, len(raw), _RULE))
        x, y = int.from_bytes(raw[:4], "big"), int.from_bytes(raw[4:8], "big")
        return cls(x, y, tuple(rules))


@dataclass(frozen=True, slots=True)
class CVMResults(FixedLayout):
    """Tag 9F34: code and condition of the rule applied last, and how it went."""

    LAYOUT: ClassVar[struct.Struct] = struct.Struct(">BBB")
    code: int
    condition: int
    result: int

"""How numbers of card bodies (卡体号) are built: characters, lengths and check digits, as data."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, unique
from types import MappingProxyType

from sscard.errors import MalformedData
from sscard.issuance.numbering import luhn_digit


@unique
class Kind(Enum):
    """What identifies a card body, in both languages (issuance 3 [S])."""

    STRIPE = "磁条", "stripe"
    BARCODE = "条码", "barcode"
    TYPED = "手工输入", "typed number"
    CAMERA = "摄像识别", "camera-read number"
    TRAY = "料盘位置", "tray position"


@unique
class Check(Enum):
    """How the last character proves the others."""

    NONE = "none"
    LUHN = "luhn"
    MOD_43 = "mod43"


@dataclass(frozen=True, slots=True)
class NumberRule:
    """The form of one kind of number.  ``start`` is what some scanners send in front of it."""

    pattern: str
    shortest: int
    longest: int
    check: Check = Check.NONE
    start: str = ""
    end: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.shortest <= self.longest <= 64:
            raise ValueError("a body number has 1 to 64 characters")

    def number(self, read: str) -> str:
        """The number in what a scanner or a person typed.  Raises MalformedData."""
        text = read.strip().removeprefix(self.start).removesuffix(self.end)
        if not self.shortest <= len(text) <= self.longest:
            size = f"{self.shortest} to {self.longest}"
            raise MalformedData(f"卡体号长度不符 a body number here has {size} characters")
        if re.fullmatch(self.pattern, text) is None:
            raise MalformedData("卡体号含非法字符 a body number here has no such characters")
        if not _CHECKS[self.check](text):
            raise MalformedData("卡体号校验位错误 the check digit of the body number is wrong")
        return text


#: Without a rule of the supplier: what such numbers look like at most.  All assumed.
RULES: Mapping[Kind, NumberRule] = MappingProxyType(
    {
        Kind.STRIPE: NumberRule(r"[0-9A-Z][0-9A-Z-]*", 4, 37, start=";", end="?"),
        Kind.BARCODE: NumberRule(r"[0-9A-Z][0-9A-Z.$/+%-]*", 4, 48),
        Kind.TYPED: NumberRule(r"[0-9A-Z][0-9A-Z-]*", 4, 32),
        Kind.CAMERA: NumberRule(r"[0-9A-Z][0-9A-Z-]*", 4, 32),
        Kind.TRAY: NumberRule(r"[1-9][0-9]*", 1, 6),
    }
)

_CODE_39 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"


def rule(text: str) -> tuple[Kind, NumberRule]:
    """The rule that ``KIND[,length=A-B][,check=luhn|mod43]`` names.  Raises MalformedData."""
    word, *settings = text.split(",")
    kind = next((each for each in Kind if each.name.lower() == word), None)
    if kind is None:
        raise MalformedData(f"body {word}: one of {', '.join(k.name.lower() for k in Kind)}")
    base = RULES[kind]
    shortest, longest, check = base.shortest, base.longest, base.check
    for each in settings:
        name, _, value = each.partition("=")
        if name == "length" and (found := re.fullmatch(r"(\d{1,2})(?:-(\d{1,2}))?", value)):
            shortest, longest = int(found[1]), int(found[2] or found[1])
        elif name == "check" and value in {c.value for c in Check}:
            check = Check(value)
        else:
            raise MalformedData(f"body {word}: {each} is no length=A-B or check=luhn|mod43|none")
    try:
        return kind, NumberRule(base.pattern, shortest, longest, check, base.start, base.end)
    except ValueError as error:
        raise MalformedData(f"body {word}: {error}") from None


def _luhn(text: str) -> bool:
    digits = text.isascii() and text.isdigit() and len(text) > 1
    return digits and luhn_digit(text[:-1]) == text[-1]


def _mod_43(text: str) -> bool:
    """Code 39's own check character."""
    values = [_CODE_39.find(each) for each in text]
    return min(values) >= 0 and len(values) > 1 and sum(values[:-1]) % 43 == values[-1]


_CHECKS: Mapping[Check, Callable[[str], bool]] = MappingProxyType(
    {Check.NONE: lambda _text: True, Check.LUHN: _luhn, Check.MOD_43: _mod_43}
)

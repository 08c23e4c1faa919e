"""Track 3 of a bank card (ISO/IEC 4909): a table of fields, most of them of fixed length.

The order of the fields is that of the standard's published contents; lengths, and what a domestic
card writes, are those of two published descriptions (docs/face.md), which agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, NamedTuple

from sscard.issuance.face.stripe.coding import TRACK_3
from sscard.issuance.face.stripe.parts import matched, require_expiry

#: One length; one length, or a separator for "not there"; any length up to one, then a separator;
#: whatever is left.
Form = Literal["fixed", "optional", "ended", "rest"]


class Part(NamedTuple):
    """One field.  ``value``: what is written when nobody says anything else; None: not there."""

    name: str
    size: int
    form: Form
    value: str | None
    zh: str
    en: str

    @property
    def pattern(self) -> str:
        """The field in a regular expression."""
        match self.form:
            case "fixed":
                return f"(?P<{self.name}>[0-9]{{{self.size}}})"
            case "optional":
                return f"(?:(?P<{self.name}>[0-9]{{{self.size}}})|=)"
            case "ended":
                return f"(?P<{self.name}>[0-9]{{0,{self.size}}})="
            case "rest":
                return f"(?P<{self.name}>[0-9=]*)"

    def written(self, value: str | None) -> str:
        """The field with this value, as the track has it."""
        return f"{value or ''}=" if self.form == "ended" else "=" if value is None else value


PARTS = (
    Part("format_code", 2, "fixed", "99", "格式代码", "format code"),
    Part("number", 19, "ended", "", "主账号", "account number"),
    Part("country", 3, "optional", "156", "国家代码", "country"),
    Part("currency", 3, "fixed", "156", "货币代码", "currency"),
    Part("exponent", 1, "fixed", "0", "金额指数", "exponent of the amounts"),
    Part("authorized", 4, "fixed", "0000", "周期授权量", "amount authorized in a cycle"),
    Part("remaining", 4, "fixed", "0000", "本周期余额", "amount remaining in this cycle"),
    Part("cycle_begin", 4, "fixed", "0000", "周期开始日期", "begin of the cycle, YDDD"),
    Part("cycle_length", 2, "fixed", "00", "周期长度", "length of the cycle"),
    Part("retries", 1, "fixed", "3", "密码重输次数", "tries of the PIN"),
    Part("pin_parameters", 6, "optional", "000000", "个人授权控制参数", "PIN control parameters"),
    Part("interchange", 1, "fixed", "0", "交换控制符", "interchange control"),
    Part("type", 2, "fixed", "00", "主账号的TA和SR", "type and restrictions of the account"),
    Part("first_type", 2, "fixed", "00", "SAN-1的TA和SR", "the same of the first subsidiary one"),
    Part("second_type", 2, "fixed", "00", "SAN-2的TA和SR", "the same of the second one"),
    Part("expiry", 4, "optional", None, "失效日期", "expiry, YYMM"),
    Part("sequence", 1, "fixed", "0", "卡序列号", "sequence number of the card"),
    Part("security", 9, "optional", None, "卡保密号", "security number of the card"),
    Part("first_account", 24, "ended", "", "第一辅助账号", "first subsidiary account"),
    Part("second_account", 24, "ended", "", "第二辅助账号", "second subsidiary account"),
    Part("relay", 1, "fixed", "1", "传递标志", "relay marker"),
    Part("check_digits", 6, "optional", "000000", "加密校验数", "crypto check digits"),
    Part("additional", 107, "rest", "00000000", "附加数据", "additional data"),
)
_FORM = re.compile("".join(part.pattern for part in PARTS))
_BY_NAME = {part.name: part for part in PARTS}


@dataclass(frozen=True, slots=True)
class Track3:
    """Values by the names of ``PARTS``; None where the track has a separator in their place."""

    values: Mapping[str, str | None] = field(repr=False)

    def __post_init__(self) -> None:
        if list(self.values) != list(_BY_NAME):
            raise ValueError("track 3: has other fields, or in another order")
        data = self._data()
        found = _FORM.fullmatch(data)
        if found is None or found.groupdict() != dict(self.values):
            raise ValueError("track 3: a field has another length, or is not made of digits")
        if self.values["expiry"] is not None:
            require_expiry(3, self.values["expiry"])
        TRACK_3.framed(data)

    @classmethod
    def of(cls, given: Mapping[str, str | None]) -> Track3:
        """The track with these values, every other as ``PARTS`` says.  Raises ValueError."""
        require_known(given)
        values = {part.name: given.get(part.name, part.value) for part in PARTS}
        return cls(MappingProxyType(values))

    @classmethod
    def parse(cls, raw: bytes) -> Track3:
        """The track as read, with its LRC or without.  Raises MalformedData."""
        return cls(MappingProxyType(matched(3, _FORM, TRACK_3.data(raw))))

    @property
    def text(self) -> str:
        """From sentinel to sentinel; an encoder puts the LRC behind by itself."""
        return TRACK_3.framed(self._data())

    @property
    def lrc(self) -> str:
        """The check that stands behind the text."""
        return TRACK_3.lrc(self.text)

    def _data(self) -> str:
        return "".join(part.written(self.values[part.name]) for part in PARTS)


def require_known(names: Iterable[str]) -> None:
    """ValueError naming what is no field of track 3."""
    unknown = sorted(set(names) - set(_BY_NAME))
    if unknown:
        raise ValueError(f"track 3 has no field {unknown[0]}")

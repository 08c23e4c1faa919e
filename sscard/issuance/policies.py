"""What a profile leaves to people: the region's policies, in words for the report of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from sscard.profiles.model import Profile


class Policy(NamedTuple):
    """One policy in both languages."""

    zh: str
    en: str


_PIN: Mapping[str, Policy] = MappingProxyType(
    {
        "used": Policy("初始PIN有效", "the initial PIN counts as a PIN"),
        "unused": Policy(
            "初始PIN未修改即视为未启用PIN",
            "an unchanged initial PIN means that the PIN is not used",
        ),
    }
)
_RARE: Mapping[str, Policy] = MappingProxyType(
    {
        "return": Policy(
            "姓名含GBK以外的字符：退回", "names with a character outside GBK are returned"
        ),
        "substitute": Policy(
            "姓名含GBK以外的字符：芯片内按对照表替换",
            "names with a character outside GBK are written into the chip by a table",
        ),
        "manual": Policy(
            "姓名含GBK以外的字符：转人工处理",
            "names with a character outside GBK are handled by hand",
        ),
    }
)


def policies(profile: Profile, respelled: Iterable[int] = ()) -> tuple[Policy, ...]:
    """What offices and stations should know; ``respelled``: rows whose name the chip has otherwise.

    Rows, not names: reports hold no personal data.
    """
    rare = _RARE[profile.setting("rare_character_policy").text]
    if rows := ", ".join(map(str, respelled)):
        rare = Policy(f"{rare.zh}（第{rows}行）", f"{rare.en} (rows {rows})")
    letter = profile.setting("district_letter").text
    return (
        _PIN[profile.setting("initial_pin_policy").text],
        rare,
        Policy(f"自编测试卡号以{letter}开头", f"card numbers made here begin with {letter}"),
    )

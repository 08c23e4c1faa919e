"""Chinese and English for words that the ledger keeps short."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from sscard.issuance.coded import Coded
from sscard.issuance.reasons import Reason
from sscard.issuance.states import CardState

_CARD_STATES: Mapping[str, str] = MappingProxyType(
    {
        "RESERVED": "已占号",
        "SSSE_DONE": "社保区完成",
        "ISSUED": "已发放",
        "FAILED": "失败",
        "SPOILED": "作废",
        "WITHDRAWN": "已失效",
    }
)
GATES: Mapping[str, str] = MappingProxyType(
    {
        "first_article": "首件",
        "patrol": "巡检",
        "final": "终检",
        "general_test": "通用测试",
    }
)
FEES: Mapping[str, str] = MappingProxyType({"replacement": "补换卡工本费", "subsidy": "补贴"})
_ITEMS: Mapping[str, str] = MappingProxyType({"body": "卡体", "chip": "芯片", "card": "卡"})


def chinese(state: Enum) -> str:
    """A state in the words of the offices."""
    if isinstance(state, Coded):
        return state.zh
    return _CARD_STATES[state.name] if isinstance(state, CardState) else str(state.value)


def both(state: Enum) -> str:
    """A state in both languages: ``已发往 delivered``."""
    return f"{chinese(state)} {state.name.lower().replace('_', ' ')}"


def named(word: str, words: Mapping[str, str]) -> str:
    """A word with its Chinese, where there is one."""
    return f"{words[word]} {word.replace('_', ' ')}" if word in words else word


def item(word: str) -> str:
    """What a stock is of."""
    return named(word, _ITEMS)


def cause(reason: str) -> str:
    """A reason with the texts of its code, where it begins with one."""
    code = reason.partition(":")[0].strip()
    if code not in Reason.__members__:
        return reason
    return f"{Reason[code].zh} {Reason[code].en}"

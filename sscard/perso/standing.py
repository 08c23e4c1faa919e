"""How far a pre-made blank has got, which it says itself: whoever comes back asks the card.

The ID number is written first and alone says whose the card is, so there is no time at which a card
holds data of somebody whom it does not name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, unique
from types import MappingProxyType


@unique
class Standing(Enum):
    """Where a card stands on its way from a blank to a person's card."""

    #: Nobody's.
    BLANK = "blank"
    #: This person's, and something is still missing.
    BEGUN = "begun"
    #: This person's, with everything.
    COMPLETE = "complete"


@unique
class Step(Enum):
    """What a counter does with a card, in this order."""

    RECOGNIZE = "recognize"
    SURVEY = "survey"
    SHOW_KEYS = "show keys"
    BIND = "bind"
    WRITE = "write"
    COMPARE = "compare"


@dataclass(frozen=True, slots=True)
class Torn:
    """What a tear in one step can leave of a blank, and what that step is."""

    zh: str
    en: str
    found: frozenset[Standing]


#: Every step may be done again.  None of them loads a key: keys are on the card, or it is no blank.
TEARS: Mapping[Step, Torn] = MappingProxyType(
    {
        Step.RECOGNIZE: Torn(
            "识别卡片：复位应答、银行卡号",
            "recognize the card: ATR, account number",
            frozenset({Standing.BLANK}),
        ),
        Step.SURVEY: Torn(
            "检查：是否完整、是否空白",
            "survey: complete, and nobody's",
            frozenset({Standing.BLANK}),
        ),
        Step.SHOW_KEYS: Torn(
            "出示更新密钥", "show each update key once", frozenset({Standing.BLANK})
        ),
        Step.BIND: Torn(
            "写入社会保障号码（绑定）",
            "write the ID number, which binds the card",
            frozenset({Standing.BLANK, Standing.BEGUN}),
        ),
        Step.WRITE: Torn(
            "写入其他个人数据",
            "write everything else about the person",
            frozenset({Standing.BEGUN, Standing.COMPLETE}),
        ),
        Step.COMPARE: Torn("读回比较", "read back and compare", frozenset({Standing.COMPLETE})),
    }
)

"""What a look through a ledger found."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import unique
from typing import Self

from sscard.issuance.coded import Coded

#: Digits of a head that people write down, and that are asked of them at least.
SHOWN, FEWEST = 16, 8


@unique
class Fault(Coded):
    """What can be wrong."""

    DAMAGED = ("DAMAGED", "数据库文件损坏", "the database file is damaged")
    UNIQUE_MISSING = (
        "UNIQUE_MISSING",
        "唯一索引缺失",
        "the index that keeps a number from being used twice is missing",
    )
    EVENT_MISSING = ("EVENT_MISSING", "事件缺失", "events are missing")
    EVENT_CHANGED = ("EVENT_CHANGED", "事件被改动", "an event was changed, added or moved")
    END_CHANGED = ("END_CHANGED", "事件链末端不符", "the chain does not end where it should")
    ROW_CHANGED = ("ROW_CHANGED", "记录被改动", "a row was changed past the ledger")
    ROW_OLD = ("ROW_OLD", "记录被恢复为旧值", "a row is not as its last event left it")
    ROW_MISSING = ("ROW_MISSING", "记录缺失", "a row is missing")
    ROW_EXTRA = ("ROW_EXTRA", "多出的记录", "a row was added past the ledger")
    COUNTER_BEHIND = ("COUNTER_BEHIND", "计数器落后", "a counter would give numbers again")
    OLD_COPY = (
        "OLD_COPY",
        "台账是旧副本",
        "an older copy, or another ledger",
    )


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain of events: noted elsewhere, it shows later that no event went since.

    As text it is ``SEQ:HEX``; the first digits of the chain's value are enough to write down.
    """

    seq: int
    chain: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """ValueError unless it is written like ``4711:0123456789abcdef``."""
        found = re.fullmatch(rf"([0-9]{{1,18}}):([0-9a-fA-F]{{{FEWEST},64}})", text.strip())
        if not found:
            raise ValueError(f"a noted end is written SEQ:HEX, with {FEWEST} to 64 digits of HEX")
        return cls(int(found[1]), found[2].lower())

    def __str__(self) -> str:
        return f"{self.seq}:{self.chain[:SHOWN]}"

    def is_of(self, chain: bytes) -> bool:
        """Whether the chain had this value there."""
        return chain.hex().startswith(self.chain)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong: of which kind of row or event, and which one."""

    fault: Fault
    kind: str
    subject: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """``findings`` are the first of ``found``; ``rows`` counts those looked at, by table."""

    head: Head
    events: int
    rows: Mapping[str, int]
    findings: tuple[Finding, ...]
    found: int

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return self.found == 0

"""Readers by name or number, and what is in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, unique

from sscard.transport.errors import NoReader


@unique
class ReaderState(Enum):
    """What is in a reader; the value is (Chinese, English)."""

    EMPTY = ("无卡", "no card")
    PRESENT = ("有卡", "card")
    SHARED = ("有卡，已连接", "card, another program is connected")
    EXCLUSIVE = ("有卡，被独占", "card, another program has it to itself")
    MUTE = ("卡片无应答", "card does not answer")
    UNAVAILABLE = ("不可用", "not available")


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader as it was a moment ago.  ``atr`` is empty where no card has answered.

    ``events`` counts cards put in and taken out; ``raw`` is the state word of PC/SC.
    """

    name: str
    state: ReaderState
    atr: bytes = b""
    events: int = 0
    raw: int = 0

    @property
    def has_card(self) -> bool:
        """Whether something is in the reader, answering or not."""
        return self.state not in (ReaderState.EMPTY, ReaderState.UNAVAILABLE)


def chosen(names: Sequence[str], wanted: str) -> str:
    """The reader called so: its number from 0, its name, or a part that only one name has.

    Raises NoReader when there is none or more than one, with the names that there are.
    """
    if wanted.isascii() and wanted.isdigit():
        if int(wanted) < len(names):
            return names[int(wanted)]
        raise NoReader(f"第{wanted}号读卡器不存在 no reader {wanted}; {_listed(names)}")
    if wanted in names:
        return wanted
    found = [name for name in names if wanted.casefold() in name.casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        raise NoReader(f"读卡器名不唯一 several readers have {wanted!r}; {_listed(found)}")
    raise NoReader(f"未找到读卡器 no reader has {wanted!r}; {_listed(names)}")


def _listed(names: Sequence[str]) -> str:
    if not names:
        return "未连接读卡器 none is connected"
    return "现有 there are: " + ", ".join(f"{i} {name}" for i, name in enumerate(names))


def by_antenna(atr: bytes) -> bool:
    """Whether the reader made this ATR from what a contactless card answered.

    PC/SC part 3, 3.1.3.2.3: ``3B 8n 80 01``.  A card with contacts could say the same.
    """
    return len(atr) >= 4 and atr[0] == 0x3B and atr[1] >> 4 == 8 and atr[2:4] == b"\x80\x01"

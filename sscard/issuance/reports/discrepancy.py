"""What can be wrong with the books of a batch, in words that say where to look."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

_ITEMS = {"body": ("卡体", "card bodies"), "chip": ("芯片", "chips"), "card": ("卡", "cards")}


class Code(Enum):
    """Chinese and English, with what is expected, found and more of it to be filled in."""

    COUNT_DIFFERS = (
        "{party}：{item}账面结余 {expected}，盘点 {found}，{difference_zh}",
        "{party}: {item}: {expected} must remain by the books, {found} were counted: {difference}",
    )
    NOT_COUNTED = (
        "{party}：{item}账面结余 {expected}，未盘点",
        "{party}: {item}: {expected} must remain by the books and nobody counted them",
    )
    MORE_THAN_RECEIVED = (
        "{party}：{item}入库 {expected}，支出 {found}，{difference_zh}",
        "{party}: {item}: {expected} were received and {found} went out: {difference}",
    )
    TRANSFER_DIFFERS = (
        "{party} 移交 {more} 的{item} {expected}，{more} 登记收到 {found}，{difference_zh}",
        "{party} handed over {expected} {item} to {more}, which received {found}: {difference}",
    )
    ISSUED_DIFFERS = (
        "{item}：账面发出 {found}，台账合格卡 {expected}，{difference_zh}",
        "{item}: {found} are booked as issued, the ledger has {expected} good cards: {difference}",
    )
    DEAD_NOT_BOOKED = (
        "{item}：工位记录作废和测试 {found}，各方账面 {expected}，{difference_zh}",
        "{item}: the stations spoiled or tested {found}, the parties booked {expected}: "
        "{difference}",
    )
    ALIVE_NOT_BOOKED = (
        "{item}：工位记录完好 {found}，各方账面发出加结余 {expected}，{difference_zh}",
        "{item}: the stations know {found} whole ones, {expected} are issued or remain by the "
        "books: {difference}",
    )
    DESTROYED_ALIVE = (
        "{party}：{item}销毁 {found}，作废和测试只有 {expected}",
        "{party}: {item}: {found} were destroyed, only {expected} were spoiled or for tests",
    )
    UNDER_WAY = (
        "{found} 张卡未完成也未作废：{more}",
        "cards neither issued nor given up: {found} ({more})",
    )
    UNSIGNED = (
        "{found} 张销毁卡缺少两人签字：{more}",
        "cards destroyed without two signatures: {found} ({more})",
    )
    WAITS_FOR_SHREDDER = (
        "{found} 张作废卡或测试卡待销毁",
        "spoiled or test cards that wait to be destroyed: {found}",
    )


#: What is only told: spoiled cards are collected and destroyed together.
_TOLD = frozenset({Code.WAITS_FOR_SHREDDER})


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One thing that does not agree.  ``more``: the other party, or numbers to look at."""

    code: Code
    party: str
    item: str
    expected: int
    found: int | None
    more: str = ""

    @property
    def blocks(self) -> bool:
        """Whether the batch cannot be closed with it."""
        return self.code not in _TOLD

    @property
    def missing(self) -> int:
        """Pieces that should be there and are not; below zero where there are too many."""
        return self.expected - (self.found or 0)

    @property
    def zh(self) -> str:
        """What is wrong, in Chinese."""
        return self._told(0)

    @property
    def en(self) -> str:
        """What is wrong, in English."""
        return self._told(1)

    def _told(self, language: int) -> str:
        word, missing = _ITEMS.get(self.item, (self.item, self.item)), self.missing
        return self.code.value[language].format(
            party=self.party,
            item=word[language],
            expected=self.expected,
            found=self.found,
            more=self.more,
            difference_zh=f"{'缺' if missing > 0 else '多'} {abs(missing)}",
            difference=f"{abs(missing)} {'missing' if missing > 0 else 'too many'}",
        )

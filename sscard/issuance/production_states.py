"""Where batches, card bodies and stations stand; the life of an order is in ``order_states``."""

from __future__ import annotations

from collections.abc import Mapping
from enum import unique
from types import MappingProxyType

from sscard.issuance.coded import Coded


@unique
class BatchState(Coded):
    """Where a batch stands: one unit's people (issuance 2)."""

    OPEN = ("OPEN", "已建批", "made; no card is begun")
    AT_BANK = ("AT_BANK", "银行配号中", "the bank is asked for its numbers")
    IN_WORK = ("IN_WORK", "制卡中", "cards are being made")
    CLOSED = ("CLOSED", "已结批", "every card and every body is accounted for")


BATCH_TRANSITIONS: Mapping[BatchState, frozenset[BatchState]] = MappingProxyType(
    {
        BatchState.OPEN: frozenset({BatchState.AT_BANK, BatchState.IN_WORK, BatchState.CLOSED}),
        BatchState.AT_BANK: frozenset({BatchState.IN_WORK, BatchState.CLOSED}),
        BatchState.IN_WORK: frozenset({BatchState.CLOSED}),
        BatchState.CLOSED: frozenset(),
    }
)


@unique
class BodyState(Coded):
    """Where a card body is; each is counted until it is used, given away or destroyed."""

    RECEIVED = ("RECEIVED", "已入库", "in stock")
    BOUND = ("BOUND", "已绑定", "bound to an order, in work")
    USED = ("USED", "已用", "a finished card")
    SPOILED = ("SPOILED", "已作废", "to be destroyed")
    DESTROYED = ("DESTROYED", "已销毁", "destroyed, two people signed")
    TEST = ("TEST", "测试", "used for a test or as a first article")
    HANDED_OVER = ("HANDED_OVER", "已移交", "given to another party")
    RETURNED = ("RETURNED", "已退回", "sent back to the supplier")


@unique
class StationState(Coded):
    """Whether a station or a reader works."""

    RUNNING = ("RUNNING", "运行", "takes cards")
    STOPPED = ("STOPPED", "已停", "not in use")
    TAKEN_OUT = ("TAKEN_OUT", "已退出", "taken out by a stop rule")
    HALTED = ("HALTED", "停线", "the whole line is stopped")

"""The life of an order, from the collected record to the person's hand, as tables.

Each state and each step has its words in both languages; the documentation draws them from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import unique
from types import MappingProxyType
from typing import NamedTuple

from sscard.errors import LedgerError
from sscard.issuance.coded import Coded


@unique
class OrderState(Coded):
    """Where one person's order stands (issuance 3)."""

    ENTERED = ("ENTERED", "已采集", "the record is collected")
    VERIFIED = ("VERIFIED", "已核验", "the office has verified the record")
    BATCHED = ("BATCHED", "已组批", "it has its place in its unit's batch")
    BANK_REQUESTED = ("BANK_REQUESTED", "已送银行", "the bank is asked for numbers")
    BANK_MATCHED = ("BANK_MATCHED", "银行已配号", "the bank's number is matched to the person")
    CHIP_BOUND = ("CHIP_BOUND", "已绑芯片", "card body and chip are bound to the person")
    SSSE_DONE = ("SSSE_DONE", "社保区完成", "the social-security side is written")
    HANDED_OVER = ("HANDED_OVER", "已交接银行", "the card is with the bank")
    PSE_DONE = ("PSE_DONE", "金融区完成", "the financial side is written")
    HANDOVER_CLOSED = (
        "HANDOVER_CLOSED",
        "公共区已关闭",
        "the hand-over area is cleared and closed",
    )
    AUDITED = ("AUDITED", "已审核", "the finished card is audited")
    DELIVERED = ("DELIVERED", "已发往", "the card is on its way to its window, or there")
    COLLECTED = ("COLLECTED", "已领取", "the person has the card")
    RETURNED = ("RETURNED", "已退回", "the record went back, with a reason")
    SPOILED = ("SPOILED", "卡作废", "the card is given up; another one is to be made")
    FAILED = ("FAILED", "失败", "the card or its audit said no; somebody has to find the cause")
    LOST = ("LOST", "已挂失", "the card is reported lost or blocked")
    REPLACED = ("REPLACED", "已补换", "another order took its place")
    OVERDUE = ("OVERDUE", "逾期未领", "nobody collected the card in time")
    RECOVERED = ("RECOVERED", "已收回", "the card was sent back to the office")
    CANCELLED = ("CANCELLED", "已注销", "the order or its card is cancelled")


class Word(NamedTuple):
    """What a step is called."""

    zh: str
    en: str


_S = OrderState
_BACK = Word("退回", "the record goes back")
_SPOIL = Word("作废", "the card is given up")
_FAIL = Word("失败", "the card or its audit says no")
_UNTOUCHED = Word("未动芯片，退回任务", "the chip was not touched: the job goes back")
_ELSEWHERE = Word("外厂制卡回盘", "another maker has finished the card")
_AGAIN = Word("重制", "another card is made")
_LOSE = Word("挂失", "the card is reported lost or blocked")
_CANCEL = Word("注销", "the order or its card is cancelled")
_COLLECT = Word("领取", "the card is handed out")

#: What may follow what, and what the step is called.
TRANSITIONS: Mapping[tuple[OrderState, OrderState], Word] = MappingProxyType(
    {
        (_S.ENTERED, _S.VERIFIED): Word("核验", "the office verifies the record"),
        (_S.ENTERED, _S.RETURNED): _BACK,
        (_S.ENTERED, _S.CANCELLED): _CANCEL,
        (_S.VERIFIED, _S.BATCHED): Word("组批", "the unit's batch is made"),
        (_S.VERIFIED, _S.CHIP_BOUND): Word("即时绑卡", "a pre-made blank is bound"),
        (_S.VERIFIED, _S.RETURNED): _BACK,
        (_S.VERIFIED, _S.CANCELLED): _CANCEL,
        (_S.BATCHED, _S.BANK_REQUESTED): Word("送银行配号", "the bank is asked for numbers"),
        (_S.BATCHED, _S.CHIP_BOUND): Word("绑芯片", "body and chip are bound"),
        (_S.BATCHED, _S.AUDITED): _ELSEWHERE,
        (_S.BATCHED, _S.RETURNED): _BACK,
        (_S.BANK_REQUESTED, _S.BANK_MATCHED): Word("配号", "the bank's number is matched"),
        (_S.BANK_REQUESTED, _S.RETURNED): _BACK,
        (_S.BANK_MATCHED, _S.CHIP_BOUND): Word("绑芯片", "body and chip are bound"),
        (_S.BANK_MATCHED, _S.AUDITED): _ELSEWHERE,
        (_S.BANK_MATCHED, _S.RETURNED): _BACK,
        (_S.CHIP_BOUND, _S.SSSE_DONE): Word("写社保区", "the social-security side is written"),
        (_S.CHIP_BOUND, _S.VERIFIED): _UNTOUCHED,
        (_S.CHIP_BOUND, _S.BATCHED): _UNTOUCHED,
        (_S.CHIP_BOUND, _S.BANK_MATCHED): _UNTOUCHED,
        (_S.CHIP_BOUND, _S.SPOILED): _SPOIL,
        (_S.CHIP_BOUND, _S.FAILED): _FAIL,
        (_S.SSSE_DONE, _S.HANDED_OVER): Word("交接", "the card is handed over to the bank"),
        (_S.SSSE_DONE, _S.AUDITED): Word("审核", "the audit passes"),
        (_S.SSSE_DONE, _S.SPOILED): _SPOIL,
        (_S.SSSE_DONE, _S.FAILED): _FAIL,
        (_S.HANDED_OVER, _S.PSE_DONE): Word("写金融区", "the financial side is written"),
        (_S.HANDED_OVER, _S.SPOILED): _SPOIL,
        (_S.HANDED_OVER, _S.FAILED): _FAIL,
        (_S.PSE_DONE, _S.HANDOVER_CLOSED): Word("关闭公共区", "the hand-over area is closed"),
        (_S.PSE_DONE, _S.SPOILED): _SPOIL,
        (_S.PSE_DONE, _S.FAILED): _FAIL,
        (_S.HANDOVER_CLOSED, _S.AUDITED): Word("审核", "the audit passes"),
        (_S.HANDOVER_CLOSED, _S.SPOILED): _SPOIL,
        (_S.HANDOVER_CLOSED, _S.FAILED): _FAIL,
        (_S.AUDITED, _S.DELIVERED): Word("发往网点", "the card is sent to its window"),
        (_S.AUDITED, _S.COLLECTED): _COLLECT,
        (_S.AUDITED, _S.SPOILED): Word("终检作废", "the final check refuses the card"),
        (_S.DELIVERED, _S.COLLECTED): _COLLECT,
        (_S.DELIVERED, _S.OVERDUE): Word("逾期", "nobody came in time"),
        (_S.DELIVERED, _S.LOST): _LOSE,
        (_S.OVERDUE, _S.COLLECTED): _COLLECT,
        (_S.OVERDUE, _S.RECOVERED): Word("收回", "the card goes back to the office"),
        (_S.OVERDUE, _S.LOST): _LOSE,
        (_S.RECOVERED, _S.DELIVERED): Word("再次发往网点", "the card is sent out again"),
        (_S.RECOVERED, _S.CANCELLED): _CANCEL,
        (_S.COLLECTED, _S.LOST): _LOSE,
        (_S.COLLECTED, _S.CANCELLED): _CANCEL,
        (_S.LOST, _S.REPLACED): Word("补换", "a replacement is ordered; no way back"),
        (_S.LOST, _S.COLLECTED): Word("解挂", "the report of loss is taken back"),
        (_S.LOST, _S.CANCELLED): _CANCEL,
        (_S.SPOILED, _S.VERIFIED): _AGAIN,
        (_S.SPOILED, _S.BATCHED): _AGAIN,
        (_S.SPOILED, _S.BANK_MATCHED): _AGAIN,
        (_S.SPOILED, _S.RETURNED): _BACK,
        (_S.FAILED, _S.VERIFIED): _AGAIN,
        (_S.FAILED, _S.BATCHED): _AGAIN,
        (_S.FAILED, _S.BANK_MATCHED): _AGAIN,
        (_S.FAILED, _S.RETURNED): _BACK,
    }
)

#: States that nothing leaves: the person may have another order.
FINAL_ORDERS = frozenset(OrderState) - {before for before, _ in TRANSITIONS}
#: States of which a person has at most one order.
LIVE_ORDERS = frozenset(OrderState) - FINAL_ORDERS


#: The way from record to hand; the other states lie aside of it.
MAIN = frozenset(tuple(OrderState)[: tuple(OrderState).index(OrderState.COLLECTED) + 1])


def require_step(order: int, before: OrderState, after: OrderState) -> None:
    """LedgerError unless the table lets an order go from ``before`` to ``after``."""
    if (before, after) not in TRANSITIONS:
        raise LedgerError(
            f"order {order} is {before.name} {before.zh}: it cannot become {after.name} {after.zh}"
        )


@unique
class SideState(Coded):
    """One side of the card in use: social-security side, bank account (issuance 3)."""

    INACTIVE = ("INACTIVE", "未激活", "not activated yet")
    ACTIVE = ("ACTIVE", "已激活", "activated in person")
    SUSPENDED = ("SUSPENDED", "已停用", "stopped while the card is reported lost")
    ENDED = ("ENDED", "已终止", "over for good")


SIDE_TRANSITIONS: Mapping[tuple[SideState, SideState], Word] = MappingProxyType(
    {
        (SideState.INACTIVE, SideState.ACTIVE): Word("激活", "activated face to face"),
        (SideState.INACTIVE, SideState.ENDED): Word("终止", "the card is withdrawn"),
        (SideState.ACTIVE, SideState.SUSPENDED): Word("停用", "the card is reported lost"),
        (SideState.ACTIVE, SideState.ENDED): Word("终止", "the card is withdrawn"),
        (SideState.SUSPENDED, SideState.ACTIVE): Word("恢复", "the report of loss is taken back"),
        (SideState.SUSPENDED, SideState.ENDED): Word("终止", "the card is withdrawn"),
    }
)


@unique
class PinState(Coded):
    """Whether the holder has chosen a PIN; in some regions an initial PIN counts as none."""

    INITIAL = ("INITIAL", "初始密码", "still the PIN of personalization")
    CHANGED = ("CHANGED", "已设密码", "chosen by the holder")


PIN_TRANSITIONS: Mapping[tuple[PinState, PinState], Word] = MappingProxyType(
    {
        (PinState.INITIAL, PinState.CHANGED): Word("设密码", "the holder chooses a PIN"),
        (PinState.CHANGED, PinState.CHANGED): Word("改密码", "the holder chooses another PIN"),
    }
)

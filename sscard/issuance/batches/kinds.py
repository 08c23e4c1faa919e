"""Every list that leaves the office or a station, as a table: who is on it, and what it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import unique
from types import MappingProxyType

from sscard.issuance.coded import Coded
from sscard.issuance.order_states import OrderState as State

#: The card is made and nothing stands against it.
FINISHED = (State.AUDITED, State.DELIVERED, State.COLLECTED)
_AT_BANK = (State.HANDED_OVER, State.PSE_DONE, State.HANDOVER_CLOSED)
_BEFORE_CHIP = (State.BATCHED, State.BANK_REQUESTED, State.BANK_MATCHED)
_IN_WORK = (State.CHIP_BOUND, State.SSSE_DONE, *_AT_BANK, State.SPOILED, State.FAILED)


#: What parties are called on lists; another name is given as it is.
PARTIES: Mapping[str, str] = MappingProxyType(
    {
        "bank": "银行",
        "integrator": "集成商",
        "office": "人社部门",
        "supplier": "卡商",
        "unit": "单位",
    }
)


@unique
class Step(Coded):
    """What becomes of the orders on a list when it is written."""

    NONE = ("NONE", "无", "nothing")
    REQUEST = ("REQUEST", "送银行配号", "the bank is asked for their numbers")
    HAND_OVER = ("HAND_OVER", "交接银行", "their cards are with the bank")
    DELIVER = ("DELIVER", "发往网点", "their cards are on their way")
    PACK = ("PACK", "装箱", "nothing: it is about the cards of one delivery")


@dataclass(frozen=True, slots=True)
class Kind:
    """One list.  ``states`` are those of the orders that are on it, in the order of the unit.

    ``party`` is who receives it, ``giver`` who hands over; ``needs`` are facts that its layout must
    have fields for.
    """

    name: str
    zh: str
    en: str
    layout: str
    party: str
    states: tuple[State, ...]
    step: Step = Step.NONE
    needs: tuple[str, ...] = ("id_number",)
    account: bool = False  # holds the bank's card number
    stripe: bool = False  # holds CVV2 or tracks: for the supplier alone, until they are purged
    giver: str = "integrator"
    chip: bool = False  # holds what the chip said of itself
    words: bool = False  # its reasons are words, not codes
    face: bool = False  # names are spelled as on the face
    boxes: bool = False  # one record a box, not a person
    sheet: str = ""  # what it is called on paper, in ``sheets``


_ALL = (
    Kind(
        "bank-request",
        "开户制卡数据",
        "card-making data for the bank",
        "bank-request",
        "bank",
        (State.BATCHED, State.BANK_REQUESTED),
        Step.REQUEST,
    ),
    Kind(
        "card-list",
        "制卡清单",
        "card-making list for the supplier",
        "card-making",
        "supplier",
        (*_BEFORE_CHIP, *_IN_WORK, *FINISHED),
    ),
    Kind(
        "print-file",
        "印制数据",
        "print data for the supplier",
        "supplier-print",
        "supplier",
        (*_BEFORE_CHIP, *_IN_WORK),
        account=True,
        stripe=True,
        face=True,
    ),
    Kind(
        "stripe-file",
        "磁条数据",
        "stripe data for the supplier",
        "supplier-stripe",
        "supplier",
        (*_BEFORE_CHIP, *_IN_WORK),
        needs=("bank_number", "track2"),
        account=True,
        stripe=True,
    ),
    Kind(
        "hand-over",
        "半成品卡交接清单",
        "hand-over list of semi-finished cards",
        "hand-over",
        "bank",
        (State.SSSE_DONE, *_AT_BANK),
        Step.HAND_OVER,
        sheet="semi-finished",
    ),
    Kind(
        "account-opening",
        "批量开卡文件",
        "account-opening file",
        "account-opening",
        "bank",
        FINISHED,
        needs=("id_number", "bank_number"),
        account=True,
    ),
    Kind(
        "number-list",
        "身份证号与银行卡号对应关系",
        "ID numbers and bank card numbers",
        "number-correspondence",
        "office",
        FINISHED,
        needs=("id_number", "bank_number"),
        account=True,
    ),
    Kind(
        "return-data",
        "回盘数据（成功）",
        "return data of cards that were made",
        "return-success",
        "office",
        FINISHED,
        account=True,
        chip=True,
    ),
    Kind(
        "return-failures",
        "回盘数据（失败）",
        "return data of cards that were not made",
        "return-failure",
        "office",
        (State.RETURNED, State.FAILED, State.SPOILED),
        words=True,
    ),
    Kind(
        "returned",
        "未制卡数据",
        "records that go back, with the reason",
        "returned-records",
        "office",
        (State.RETURNED,),
        needs=("reason",),
        sheet="returned",
    ),
    Kind(
        "deliver",
        "成品卡交接清单",
        "hand-over list of finished cards",
        "hand-over-finished",
        "office",
        (State.AUDITED, State.DELIVERED),
        Step.DELIVER,
        account=True,
        giver="bank",
        sheet="hand-over",
    ),
    Kind(
        "labels",
        "装箱标签",
        "labels of boxes",
        "box-labels",
        "unit",
        (State.AUDITED, State.DELIVERED),
        Step.PACK,
        needs=("box",),
        boxes=True,
        sheet="labels",
    ),
    Kind(
        "receipts",
        "领卡签收表",
        "receipt sheet",
        "receipt-sheet",
        "unit",
        (State.AUDITED, State.DELIVERED, State.COLLECTED),
        sheet="receipt",
    ),
    Kind(
        "overdue",
        "逾期未领清单",
        "cards that nobody collected",
        "overdue",
        "office",
        (State.OVERDUE,),
        giver="unit",
        sheet="overdue",
    ),
)
KINDS: Mapping[str, Kind] = MappingProxyType({kind.name: kind for kind in _ALL})
#: Cards given up are not orders: their list is made of cards (issuance 3, flow A, steps 7 and 10).
SPOILED = Kind(
    "spoiled",
    "废卡交接清单",
    "hand-over list of spoiled cards",
    "spoiled",
    "office",
    (),
    sheet="spoiled",
)

"""Why the card in the slot is not the one that the ledger says: each stops its reader."""

from __future__ import annotations

from enum import Enum, unique

from sscard.errors import SscardError


@unique
class Mismatch(Enum):
    """What was wrong with the card in the slot, in both languages."""

    UNREAD = "读不到卡体号", "the number of the card body cannot be read"
    TWO_READS = "两次读取不一致", "two reads of the card body disagree"
    UNKNOWN_BODY = "台账无此卡体", "the ledger knows no such card body"
    OTHER_BATCH = "卡体属于其他批次", "the card body belongs to another batch"
    USED_BODY = "卡体已使用", "the card body was used already"
    SPOILED_BODY = "卡体已作废", "the card body is spoiled"
    FREE_BODY = "卡体未绑定人员", "the card body belongs to nobody"
    NOT_READY = "订单状态不符", "the order of this card is not ready for this station"
    TAKEN = "任务已被占用", "another reader has the job of this card"
    CARRIES_NOBODY = "公共区无人员", "the hand-over area carries nobody"
    NO_ORDER = "无待制订单", "no order of this person waits for the bank"
    NO_ACCOUNT = "银行无此人账户", "the bank has no account for the person in the hand-over area"
    OTHER_PERSON = "公共区与卡体不是同一人", "the hand-over area names another person than the body"
    OTHER_CHIP = "芯片不符", "the chip is not the one that the ledger has for this person"
    NO_BLANK = "不是预制卡", "the card is no pre-made blank of this region"
    WRONG_LOT = "芯片批号不符", "the chip is no blank chip of the lot"

    @property
    def zh(self) -> str:
        """In Chinese."""
        return self.value[0]

    @property
    def en(self) -> str:
        """In English."""
        return self.value[1]


class Mismatched(SscardError):
    """The card in the slot and the ledger differ; nothing was written to the card.

    ``subject`` names body or card; never a person.
    """

    def __init__(self, mismatch: Mismatch, subject: str = "", detail: str = "") -> None:
        place = f"{subject}: " if subject else ""
        more = f" ({detail})" if detail else ""
        super().__init__(f"{place}{mismatch.zh} {mismatch.en}{more}")
        self.mismatch, self.subject, self.detail = mismatch, subject, detail

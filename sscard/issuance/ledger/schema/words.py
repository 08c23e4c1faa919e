"""The states of what the ledger keeps beside cards.  Which may follow which is said elsewhere."""

from __future__ import annotations

from enum import Enum, unique


@unique
class OrderState(Enum):
    """How far the card that a person is to have came (issuance 3), in the words of the offices."""

    ENTERED = "已采集"
    VERIFIED = "已核验"
    BATCHED = "已组批"
    BANK_REQUESTED = "已送银行"
    BANK_MATCHED = "银行已配号"
    CHIP_BOUND = "已绑芯片"
    SSSE_DONE = "社保区完成"
    HANDED_OVER = "已交接银行"
    PSE_DONE = "金融区完成"
    HANDOVER_CLOSED = "公共区已关闭"
    AUDITED = "已审核"
    DELIVERED = "已发往"
    COLLECTED = "已领取"
    RETURNED = "已退回"
    SPOILED = "卡作废"
    FAILED = "失败"
    LOST = "已挂失"
    REPLACED = "已补换"
    OVERDUE = "逾期未领"
    RECOVERED = "已收回"
    CANCELLED = "已注销"


@unique
class Activation(Enum):
    """Whether a use of a card in a person's hand is open: social security, account, PIN."""

    INACTIVE = "未激活"
    ACTIVE = "已激活"
    SUSPENDED = "已停用"


@unique
class BatchState(Enum):
    """How far one unit's batch came."""

    OPEN = "组批中"
    AT_BANK = "银行处理中"
    READY = "待制卡"
    IN_WORK = "制卡中"
    HANDED_OVER = "已交接"
    DELIVERED = "已发放"
    CLOSED = "已结批"
    CANCELLED = "已撤销"


@unique
class BodyState(Enum):
    """What became of a card body."""

    RECEIVED = "已入库"
    BOUND = "已绑定"
    USED = "已使用"
    SPOILED = "已作废"
    DESTROYED = "已销毁"
    TEST = "测试卡"
    HANDED_OVER = "已移交"
    RETURNED = "已退回"


@unique
class StationState(Enum):
    """Whether a station, a reader or the line may work."""

    RUNNING = "运行"
    STOPPED = "停止"
    HALTED = "全线停止"
    TAKEN_OUT = "已停用"


@unique
class Movement(Enum):
    """Why a stock of bodies or chips grew or shrank."""

    RECEIVED = "入库"
    ISSUED = "领用"
    HANDED_OVER = "移交"
    REJECTED = "退回"
    TEST = "测试"
    SPOILED = "作废"
    DESTROYED = "销毁"
    COUNTED = "盘点"

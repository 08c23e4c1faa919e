"""Why a stock changed; the states of orders, batches, bodies and stations are told elsewhere."""

from __future__ import annotations

from enum import Enum, unique


@unique
class Movement(Enum):
    """Why a stock of bodies or chips grew or shrank."""

    RECEIVED = "入库"
    ISSUED = "发出"
    HANDED_OVER = "移交"
    REJECTED = "退回"
    TEST = "测试"
    SPOILED = "作废"
    DESTROYED = "销毁"
    COUNTED = "盘点"

"""Where a card that somebody found belongs: in a slot after a power cut, in a tray, on the floor.

A station that died may have told the ledger of a card that still lies in its slot, and a lost
connection leaves it in doubt whether the ledger was told.  The ledger decides, never the tray.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import unique
from types import MappingProxyType

from sqlalchemy import Connection, select

from sscard.issuance.coded import Coded
from sscard.issuance.ledger.schema import BODIES, CARDS, LEASES, ORDERS
from sscard.issuance.order_states import OrderState
from sscard.issuance.production_states import BodyState
from sscard.issuance.states import OPEN


@unique
class Belongs(Coded):
    """Where to put it."""

    UNKNOWN = ("UNKNOWN", "非本台账卡体", "nowhere: the ledger knows no such body")
    TRAY = ("TRAY", "放回料盘", "back into the tray: nothing was written to it")
    WAIT = ("WAIT", "等待租约到期", "aside: a station holds it until its lease is over")
    BANK = ("BANK", "交银行", "to the bank: its social-security side is done")
    AUDIT = ("AUDIT", "待审核", "to the audit: it is written on both sides")
    FINISHED = ("FINISHED", "成品", "to the finished cards")
    DESTROY = ("DESTROY", "待销毁", "to the spoiled cards, which two people destroy")
    GONE = ("GONE", "不应在场", "it is booked as destroyed or given away: ask why it is here")


_OF_BODY: Mapping[BodyState, Belongs] = MappingProxyType(
    {
        BodyState.RECEIVED: Belongs.TRAY,
        BodyState.USED: Belongs.FINISHED,
        BodyState.SPOILED: Belongs.DESTROY,
        BodyState.TEST: Belongs.DESTROY,
        BodyState.RETURNED: Belongs.GONE,
        BodyState.HANDED_OVER: Belongs.GONE,
        BodyState.DESTROYED: Belongs.GONE,
    }
)
_OF_ORDER: Mapping[OrderState, Belongs] = MappingProxyType(
    {
        OrderState.SSSE_DONE: Belongs.BANK,
        OrderState.HANDED_OVER: Belongs.BANK,
        OrderState.PSE_DONE: Belongs.AUDIT,
        OrderState.HANDOVER_CLOSED: Belongs.AUDIT,
    }
)


def belongs(connection: Connection, body: str) -> Belongs:
    """Where the card body of this number belongs now; jobs whose leases are over count as held.

    Let ``Jobs.expire`` end those first.
    """
    state = connection.execute(select(BODIES.c.state).where(BODIES.c.id == body)).scalar()
    if state is None:
        return Belongs.UNKNOWN
    if state is not BodyState.BOUND:
        return _OF_BODY[state]
    query = (
        select(ORDERS.c.state, LEASES.c.token)
        .join(CARDS, CARDS.c.card_number == ORDERS.c.card_number)
        .outerjoin(LEASES, LEASES.c.order_id == ORDERS.c.id)
        .where(CARDS.c.body == body, CARDS.c.state.in_(sorted(OPEN, key=lambda s: s.name)))
    )
    order = connection.execute(query).first()
    if order is None or order.token is not None:
        return Belongs.WAIT
    return _OF_ORDER.get(order.state, Belongs.WAIT)

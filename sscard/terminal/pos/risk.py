"""Terminal risk management: limits, random selection, velocity (EMV book 3, 10.6 [G])."""

from __future__ import annotations

from collections.abc import Callable

from sscard.apdu import pboc, tlv
from sscard.apdu.aip import AIP
from sscard.apdu.status import StatusWord
from sscard.apdu.tsi import TSI
from sscard.apdu.tvr import TVR
from sscard.perso.plan import Plan
from sscard.terminal.pos.configuration import RandomSelection
from sscard.terminal.pos.session import Session

_ATC, _LAST_ONLINE, _LOWER, _UPPER = 0x9F36, 0x9F13, 0x9F14, 0x9F23


def manage(session: Session) -> Plan[None]:
    """Checks account, amount, chance and the card's counters; the results go into the TVR."""
    if session.around.hot(session.card.account):
        session.tvr |= TVR.CARD_ON_EXCEPTION_FILE
    if session.transaction.forced_online:
        session.tvr |= TVR.MERCHANT_FORCED_ONLINE
    if AIP.TERMINAL_RISK_MANAGEMENT not in session.card.aip:
        return
    session.tsi |= TSI.TERMINAL_RISK_MANAGEMENT_PERFORMED
    if session.ecash is not None:
        return  # its limits are the card's
    amount, application = session.transaction.amount, session.application
    if amount >= application.floor_limit:
        session.tvr |= TVR.FLOOR_LIMIT_EXCEEDED
    elif selected(amount, application.selection, application.floor_limit, session.around.random):
        session.tvr |= TVR.RANDOMLY_SELECTED_ONLINE
    yield from _velocity(session)


def selected(
    amount: int, selection: RandomSelection, floor: int, random: Callable[[int], bytes]
) -> bool:
    """Whether chance sends a transaction below the floor limit online."""
    drawn = 1 + int.from_bytes(random(4), "big") % 99
    if amount < selection.threshold:
        return drawn <= selection.target
    span = max(1, floor - selection.threshold)
    more = (selection.maximum - selection.target) * (amount - selection.threshold)
    return drawn <= selection.target + more // span


def _velocity(session: Session) -> Plan[None]:
    """How many transactions the card has made since the issuer last saw it."""
    values = session.card.values
    if _LOWER not in values or _UPPER not in values:
        return
    now, last = (yield from _counter(_ATC)), (yield from _counter(_LAST_ONLINE))
    both = TVR.LOWER_OFFLINE_LIMIT_EXCEEDED | TVR.UPPER_OFFLINE_LIMIT_EXCEEDED
    if last == 0:
        session.tvr |= TVR.NEW_CARD
    if now is None or last is None or now <= last:
        session.tvr |= both
        return
    for tag, exceeded in (
        (_LOWER, TVR.LOWER_OFFLINE_LIMIT_EXCEEDED),
        (_UPPER, TVR.UPPER_OFFLINE_LIMIT_EXCEEDED),
    ):
        if now - last > int.from_bytes(values[tag], "big"):
            session.tvr |= exceeded


def _counter(tag: int) -> Plan[int | None]:
    answer = yield pboc.get_data(tag)
    if answer.sw != StatusWord.OK:
        return None
    value = tlv.find(answer.data, tag)
    return None if value is None else int.from_bytes(value, "big")

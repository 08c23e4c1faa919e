"""Cardholder verification by the card's CVM list (EMV book 3, 10.5 [G])."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sscard.apdu.aip import AIP
from sscard.apdu.cvm import Condition, CVMList, CVMResults, Method, Result, Rule
from sscard.apdu.terminal_capabilities import TerminalCapabilities
from sscard.apdu.tsi import TSI
from sscard.apdu.tvr import TVR
from sscard.perso.plan import Plan
from sscard.terminal.pos import offline_pin
from sscard.terminal.pos.session import Session
from sscard.terminal.pos.transaction import Kind

_LIST, _CURRENCIES = 0x8E, (0x9F42, 0x9F51)

_PLAIN, _ENCIPHERED = TerminalCapabilities.PLAIN_PIN, TerminalCapabilities.ENCIPHERED_PIN
_SIGNATURE = TerminalCapabilities.SIGNATURE
#: What a terminal must be able to do for each method.
_NEEDED: Mapping[int, TerminalCapabilities] = MappingProxyType(
    {
        Method.FAIL: TerminalCapabilities(0),
        Method.PLAIN_PIN: _PLAIN,
        Method.ONLINE_PIN: TerminalCapabilities.ONLINE_PIN,
        Method.PLAIN_PIN_AND_SIGNATURE: _PLAIN | _SIGNATURE,
        Method.ENCIPHERED_PIN: _ENCIPHERED,
        Method.ENCIPHERED_PIN_AND_SIGNATURE: _ENCIPHERED | _SIGNATURE,
        Method.SIGNATURE: _SIGNATURE,
        Method.NO_CVM: TerminalCapabilities.NO_CVM,
    }
)
_OFFLINE = (
    Method.PLAIN_PIN,
    Method.PLAIN_PIN_AND_SIGNATURE,
    Method.ENCIPHERED_PIN,
    Method.ENCIPHERED_PIN_AND_SIGNATURE,
)
_WITH_PIN = (*_OFFLINE, Method.ONLINE_PIN)
_SIGNED = (
    Method.SIGNATURE,
    Method.PLAIN_PIN_AND_SIGNATURE,
    Method.ENCIPHERED_PIN_AND_SIGNATURE,
)
_PIN_PAD = _PLAIN | _ENCIPHERED | TerminalCapabilities.ONLINE_PIN


def verify(session: Session) -> Plan[None]:
    """Goes through the rules until one succeeds or one says to stop."""
    raw = session.card.values.get(_LIST)
    if AIP.CARDHOLDER_VERIFICATION not in session.card.aip:
        return
    if raw is None:
        # The card says that it can, and does not say how.
        session.tvr |= TVR.CARD_DATA_MISSING
        return
    session.tsi |= TSI.CARDHOLDER_VERIFICATION_PERFORMED
    rules = CVMList.parse(raw)
    session.cvm = CVMResults(Method.NOT_PERFORMED, 0, Result.FAILED)
    for rule in rules.rules:
        if not applies(rule, rules, session):
            continue
        result = yield from _carried_out(rule.method, session)
        session.cvm = CVMResults(rule.code, rule.condition, result)
        if result != Result.FAILED:
            return
        if not rule.go_on:
            break
    session.tvr |= TVR.CARDHOLDER_NOT_VERIFIED


def signature_wanted(results: CVMResults) -> bool:
    """Whether the receipt has a line to sign."""
    return results.result != Result.FAILED and Rule(results.code, 0).method in _SIGNED


def applies(rule: Rule, rules: CVMList, session: Session) -> bool:
    """Whether the rule's condition is that of this transaction; unknown ones never are."""
    terminal, transaction = session.terminal, session.transaction
    cash = transaction.kind == Kind.CASH
    amount, same = transaction.amount, _same_currency(session)
    conditions = {
        Condition.ALWAYS: True,
        Condition.UNATTENDED_CASH: cash and terminal.unattended,
        Condition.NO_CASH: not cash and not transaction.other,
        Condition.TERMINAL_SUPPORTS: supported(rule.method, terminal.capabilities),
        Condition.MANUAL_CASH: cash and not terminal.unattended,
        Condition.CASHBACK: bool(transaction.other),
        Condition.UNDER_X: same and amount < rules.x,
        Condition.OVER_X: same and amount > rules.x,
        Condition.UNDER_Y: same and amount < rules.y,
        Condition.OVER_Y: same and amount > rules.y,
    }
    known = rule.condition in list(Condition)
    return known and conditions[Condition(rule.condition)]


def supported(method: int, capabilities: TerminalCapabilities) -> bool:
    """Whether a terminal can do it; what it does not know it cannot."""
    return method in _NEEDED and _NEEDED[method] in capabilities


def _same_currency(session: Session) -> bool:
    values = session.card.values
    said = next((values[tag] for tag in _CURRENCIES if tag in values), None)
    return said == session.transaction.currency


def _carried_out(method: int, session: Session) -> Plan[Result]:
    capabilities = session.terminal.capabilities
    if method not in _NEEDED:
        session.tvr |= TVR.UNKNOWN_CVM
        return Result.FAILED
    if method in _WITH_PIN and not capabilities & _PIN_PAD:
        session.tvr |= TVR.PIN_PAD_MISSING_OR_BROKEN
    if method == Method.FAIL or not supported(method, capabilities):
        return Result.FAILED
    if method == Method.ONLINE_PIN:
        return _online_pin(session)
    if method in _OFFLINE and not (yield from offline_pin.verify(method, session)):
        return Result.FAILED
    # Whether a signature is the right one, only the person at the till can tell.
    return Result.UNKNOWN if method in _SIGNED else Result.SUCCESSFUL


def _online_pin(session: Session) -> Result:
    session.pin_block = session.around.online_pin(session.card.account)
    if session.pin_block is None:
        session.tvr |= TVR.PIN_NOT_ENTERED
        return Result.FAILED
    session.tvr |= TVR.ONLINE_PIN_ENTERED
    return Result.UNKNOWN

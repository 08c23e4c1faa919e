"""One transaction of ``sscard transact``: terminal, card in memory, and host; what each said."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sscard.apdu import aid, pboc, tlv
from sscard.apdu.authorization import IssuerAnswer, IssuerRequest
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusWord
from sscard.apdu.terminal_capabilities import TerminalCapabilities
from sscard.cli.transact_host import Customer, Host, PinPad
from sscard.errors import MalformedData, SscardError, TransportError
from sscard.issuance import script_orders
from sscard.issuance.machines import CHINA
from sscard.issuance.script_orders import ScriptOrder
from sscard.keys import BankStore, Pin
from sscard.perso.plan import Connection, Plan, run
from sscard.terminal.pos import (
    Application,
    Authorities,
    ContactlessLimits,
    Receipt,
    Row,
    Surroundings,
    Terminal,
    Transaction,
    contact,
    contactless,
    explained,
)
from sscard.terminal.pos.configuration import EVERYTHING
from sscard.trace.row import Direction

_ATC, _LAST_ONLINE, _TRIES, _CASH = 0x9F36, 0x9F13, 0x9F17, 0x9F79
#: Above every amount.
_NO_LIMIT = 10**12
_ONLINE_PIN = TerminalCapabilities.ONLINE_PIN
_PINS = TerminalCapabilities.PLAIN_PIN | TerminalCapabilities.ENCIPHERED_PIN | _ONLINE_PIN


class NoCash(SscardError):
    """E-cash is to be loaded onto a card that keeps none."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be paid and how; amounts are in fen.

    ``online`` is None where terminal and card decide: from ``floor`` on the terminal asks the
    issuer.  ``load`` is what the host adds to e-cash; without ``pin_pad`` nobody enters a PIN.
    """

    amount: int
    contactless: bool
    sm: bool
    ecash: bool
    online: bool | None
    floor: int
    pin_pad: bool
    balance: int
    orders: tuple[ScriptOrder, ...] = ()
    load: int = 0


@dataclass(frozen=True, slots=True)
class Keys:
    """The issuer's keys and the CA keys of the terminal."""

    store: BankStore
    authorities: Authorities


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was said, by whom to whom."""

    way: str
    row: Row


@dataclass(frozen=True, slots=True)
class Counters:
    """What GET DATA tells; None for what the card does not tell.  ``cash`` is in fen."""

    atc: int | None = None
    last_online: int | None = None
    pin_tries: int | None = None
    cash: int | None = None


@dataclass(slots=True)
class Result:
    """How it went.  ``receipt`` is None when nobody decided; ``error`` then says why.

    ``genuine`` is whether the first and the last cryptogram hold, ``account`` the money at the
    host afterwards, None when it was told nothing.
    """

    lines: list[Line] = field(default_factory=list)
    receipt: Receipt | None = None
    error: SscardError | None = None
    genuine: tuple[bool, bool] | None = None
    account: int | None = None
    before: Counters = field(default_factory=Counters)
    after: Counters = field(default_factory=Counters)

    @property
    def in_cash(self) -> bool:
        """Whether e-cash became less: then that is what was paid with."""
        old, new = self.before.cash, self.after.cash
        return old is not None and new is not None and new < old


def transacted(
    card: Connection, wanted: Wanted, keys: Keys, ask: Callable[[int | None], Pin | None]
) -> Result:
    """The transaction.  ``card`` changes as a card does; the image it came from does not.

    Raises NoCash when the card keeps none and some is to be loaded, KeyStoreError, and
    TransportError when the card is gone before it begins.
    """
    result, pad = Result(), PinPad(ask)
    result.before = _counters(card, aid.DEBIT)
    customer = Customer(wanted.balance, result.before.atc or 0, _orders(wanted, result.before))
    host = Host.of(keys.store, customer, pad)
    around = Surroundings(
        random=os.urandom, issuer=_heard(host, wanted, result), pin=ask, online_pin=pad.online
    )
    result.lines.append(Line("<", _reset(card)))
    try:
        result.receipt = run(_spoken(_kernel(wanted, keys, around), result), card)
    except SscardError as error:
        result.error = error
    name = result.receipt.application if result.receipt else aid.DEBIT
    if not isinstance(result.error, TransportError):
        result.after = _counters(card, name)
    if (receipt := result.receipt) is not None:
        result.genuine = host.genuine(receipt.first), host.genuine(receipt.final)
        result.account = host.finish(receipt, in_cash=result.in_cash)
    return result


def _orders(wanted: Wanted, before: Counters) -> tuple[ScriptOrder, ...]:
    """What was asked for by name, and the new balance of e-cash."""
    if not wanted.load:
        return wanted.orders
    if before.cash is None:
        raise NoCash("the card keeps no e-cash: leave out --load")
    value = bytes.fromhex(f"{before.cash + wanted.load:012}")
    return (*wanted.orders, script_orders.put_data(_CASH, value))


def _reset(card: Connection) -> Row:
    atr = card.reset().hex().upper()
    return Row(Direction.FROM_CARD, atr, "复位应答 answer to reset")


def _kernel(wanted: Wanted, keys: Keys, around: Surroundings) -> Plan[Receipt]:
    terminal = Terminal(
        applications=(_application(wanted),),
        authorities=keys.authorities,
        capabilities=_capabilities(wanted),
        sm=wanted.sm,
        ecash=wanted.ecash,
    )
    transaction = Transaction(
        wanted.amount,
        datetime.now(CHINA),
        os.urandom(4),
        forced_online=wanted.online is True,
    )
    if wanted.contactless:
        return contactless.transact(terminal, transaction, around)
    return contact.transact(terminal, transaction, around)


def _capabilities(wanted: Wanted) -> TerminalCapabilities:
    """A PIN for the issuer is of no use where nobody is asked."""
    if not wanted.pin_pad:
        return EVERYTHING & ~_PINS
    return EVERYTHING & ~_ONLINE_PIN if wanted.online is False else EVERYTHING


def _application(wanted: Wanted) -> Application:
    """Where it shall stay offline, the terminal's own limits are above every amount."""
    floor = _NO_LIMIT if wanted.online is False else wanted.floor
    limits = replace(ContactlessLimits(), floor=floor, maximum=_NO_LIMIT)
    return Application(floor_limit=floor, cash_limit=_NO_LIMIT, contactless=limits)


def _spoken(plan: Plan[Receipt], result: Result) -> Plan[Receipt]:
    return explained(plan, lambda row: result.lines.append(Line(row.direction.value, row)))


def _heard(
    host: Host, wanted: Wanted, result: Result
) -> Callable[[IssuerRequest], IssuerAnswer | None]:
    """The host, whose part of the dialogue is kept; nobody where it shall stay offline."""

    def issuer(request: IssuerRequest) -> IssuerAnswer | None:
        result.lines.append(Line("=>", _request(request)))
        if wanted.online is False:
            nobody = "主机不可达 the host cannot be reached"
            result.lines.append(Line("<=", Row(Direction.FROM_CARD, "", nobody)))
            return None
        answer = host.authorize(request)
        result.lines.append(Line("<=", _answer(answer)))
        return answer

    return issuer


def _request(request: IssuerRequest) -> Row:
    shown = request.values[0x9F26].hex().upper()
    pin = ", 联机PIN with a PIN" if request.pin_block else ""
    atc = int.from_bytes(request.values[_ATC], "big")
    return Row(Direction.TO_CARD, shown, f"授权请求 authorization request: ARQC, ATC {atc}{pin}")


def _answer(answer: IssuerAnswer) -> Row:
    code = answer.response_code.decode("ascii", "replace")
    said = "批准 approved" if answer.approved else "拒绝 declined"
    arpc = "ARPC" if answer.arpc else "无ARPC no ARPC"
    commands = sum(len(each.commands) for each in answer.scripts)
    script = f", 脚本命令 script commands: {commands}" if commands else ""
    shown = answer.field_55().hex().upper()
    return Row(
        Direction.FROM_CARD,
        shown,
        f"授权响应 authorization response: {code} {said}, {arpc}{script}",
    )


def _counters(card: Connection, name: bytes) -> Counters:
    """Asked for behind the transaction's back: GET DATA changes nothing on a card."""
    card.reset()
    selected = ResponseAPDU.parse(card.transmit(bytes(pboc.select(name))))
    if selected.sw not in (StatusWord.OK, StatusWord.FILE_INVALIDATED):
        return Counters()
    found = {tag: _data(card, tag) for tag in (_ATC, _LAST_ONLINE, _TRIES, _CASH)}
    return Counters(
        atc=_number(found, _ATC),
        last_online=_number(found, _LAST_ONLINE),
        pin_tries=_number(found, _TRIES),
        cash=_amount(found),
    )


def _data(card: Connection, tag: int) -> bytes | None:
    answer = ResponseAPDU.parse(card.transmit(bytes(pboc.get_data(tag))))
    if answer.sw != StatusWord.OK:
        return None
    try:
        return tlv.find(answer.data, tag)
    except MalformedData:
        return None


def _number(found: Mapping[int, bytes | None], tag: int) -> int | None:
    value = found[tag]
    return None if value is None else int.from_bytes(value, "big")


def _amount(found: Mapping[int, bytes | None]) -> int | None:
    digits = (found[_CASH] or b"").hex()
    return int(digits) if digits.isdecimal() else None

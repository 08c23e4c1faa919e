"""The issuer's script: commands with a MAC over ATC and first cryptogram (pboc 3, 5 [H])."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import replace
from functools import wraps

from sscard.apdu import dgi, pboc_script
from sscard.apdu.command import CommandAPDU
from sscard.apdu.pboc_script import CHANGE_WITH_CURRENT, UNBLOCK
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.pse import cash, data_objects, grouping, logs, pin, risk
from sscard.cos.pse.instance import Instance
from sscard.cos.pse.risk import Memory
from sscard.cos.pse.selected import Selected
from sscard.cos.pse.state import Event, Phase, State
from sscard.cos.pse.transaction import ENC, MAC, Answer, Transaction
from sscard.errors import MalformedData
from sscard.keys import pin_change as new_pin

Handler = Callable[[Selected, CommandAPDU], bytes]
_MOST = 15


def _script(handler: Handler) -> Handler:
    """Check the MAC, hand on the command without it, count it or remember that it failed."""

    @wraps(handler)
    def secured(selected: Selected, command: CommandAPDU) -> bytes:
        last = _bound_to(selected)
        try:
            answer = handler(selected, _plain(selected, command, last))
        except StatusError:
            _failed(selected)
            raise
        transaction = selected.transaction
        count = min(_MOST, transaction.scripts + 1)
        selected.transaction = replace(transaction, scripts=count)
        if transaction.phase is Phase.ENDED:
            _count(selected.instance)
        return answer

    return secured


def _plain(selected: Selected, command: CommandAPDU, transaction: Transaction) -> CommandAPDU:
    """The command without its MAC.  Raises StatusError 6985, 6987, 6988."""
    instance = selected.instance
    if transaction.answer is Answer.WRONG:
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
    try:
        plain, mac = pboc_script.split_mac(command)
    except MalformedData:
        raise StatusError(StatusWord.MAC_MISSING) from None
    expected = transaction.family.script_mac(
        transaction.session_key(instance, MAC),
        pboc_script.header(plain),
        instance.transactions,
        transaction.cryptogram,
        plain.data,
    )
    if not hmac.compare_digest(mac, expected):
        raise StatusError(StatusWord.MAC_WRONG)
    return plain


def _bound_to(selected: Selected) -> Transaction:
    """The transaction whose script it is: a blocked application remembers its last one.

    Raises StatusError 6985 when there is none: that is no script that failed.
    """
    if selected.transaction.phase is not Phase.NONE:
        return selected.transaction
    last, atc = risk.read(selected.instance), selected.instance.transactions
    if selected.instance.state is not State.BLOCKED or last.atc != atc:
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
    return Transaction(sm=Memory.SM in last.memory, cryptogram=last.cryptogram)


def _failed(selected: Selected) -> None:
    """Permanent before the answer: a script that failed is no secret to keep from the issuer."""
    selected.transaction = replace(selected.transaction, script_failed=True)
    before = risk.read(selected.instance)
    memory = before.memory | Memory.SCRIPT_FAILED
    risk.write(selected.instance, replace(before, memory=memory))
    selected.instance.nvm.commit()


def _count(instance: Instance) -> None:
    """After the second cryptogram the next transaction tells the number."""
    before = risk.read(instance)
    risk.write(instance, replace(before, scripts=min(_MOST, before.scripts + 1)))


@_script
def application_block(selected: Selected, _command: CommandAPDU) -> bytes:
    """Block the application; its commands go on until the next SELECT finds it so."""
    selected.instance.happen(Event.APPLICATION_BLOCK)
    return b""


@_script
def application_unblock(selected: Selected, _command: CommandAPDU) -> bytes:
    """Let the application work again."""
    selected.instance.happen(Event.APPLICATION_UNBLOCK)
    return b""


@_script
def card_block(_selected: Selected, _command: CommandAPDU) -> bytes:
    """Block the whole card for good, the other side as well (decision 8)."""
    return b""


@_script
def pin_change_unblock(selected: Selected, command: CommandAPDU) -> bytes:
    """Give the PIN its tries back; or set another one, masked by the current one or not."""
    instance, transaction = selected.instance, selected.transaction
    if (command.p2 == UNBLOCK) != (not command.data):
        raise StatusError(StatusWord.WRONG_LENGTH)
    if command.p2 == UNBLOCK:
        pin.unblock(instance)
        return b""
    current = pin.current(instance) if command.p2 == CHANGE_WITH_CURRENT else None
    keys = transaction.card_key(instance, ENC), transaction.session_key(instance, ENC)
    try:
        new = new_pin.decipher(transaction.family, *keys, command.data, current)
    except MalformedData:
        raise StatusError(StatusWord.WRONG_DATA) from None
    pin.change(instance, new)
    return b""


@_script
def put_data(selected: Selected, command: CommandAPDU) -> bytes:
    """Write one data object; a new balance of electronic cash goes into the log of loads."""
    instance, tag = selected.instance, command.p1 << 8 | command.p2
    if tag not in data_objects.WRITABLE:
        raise StatusError(StatusWord.KEY_NOT_FOUND)
    before = data_objects.find(instance, tag)
    loads = tag == data_objects.BALANCE and before is not None
    if loads and len(command.data) == len(before or b""):
        _require_below_limit(instance, command.data)
    data_objects.write(instance, tag, command.data)
    if loads:
        logs.load(instance, tag, before or b"", command.data, selected.transaction.values)
    return b""


@_script
def update_record(selected: Selected, command: CommandAPDU) -> bytes:
    """Write a record that is there.  Raises StatusError 6A83, 6A80, 6A84."""
    identifier = dgi.record(command.p2 >> 3, command.p1)
    if identifier not in selected.instance:
        raise StatusError(StatusWord.RECORD_NOT_FOUND)
    try:
        right = grouping.is_record(command.data)
    except MalformedData:
        right = False
    if not right:
        raise StatusError(StatusWord.WRONG_DATA)
    selected.instance.store(identifier, command.data)
    return b""


def _require_below_limit(instance: Instance, balance: bytes) -> None:
    if not cash.may_become(instance, balance):
        raise StatusError(StatusWord.WRONG_DATA)

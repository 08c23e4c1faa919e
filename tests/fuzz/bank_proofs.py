"""What an issuer adds to its commands by a card's keys: ARPC, MAC of a script, enciphered PIN."""

from __future__ import annotations

from dataclasses import replace

from sscard.apdu import pboc_script
from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.apdu.pboc_script import CHANGE, CHANGE_WITH_CURRENT
from sscard.apdu.status import StatusError
from sscard.cos.pse import Banking, pin, scripts, table
from sscard.cos.pse.selected import Selected
from sscard.cos.pse.transaction import AC, ENC, MAC, Transaction
from sscard.errors import MalformedData
from sscard.keys import pin_block, pin_change

_CODE = 2
_CHANGES = (CHANGE_WITH_CURRENT, CHANGE)


def with_proof(banking: Banking, command: CommandAPDU) -> CommandAPDU:
    """The command as the issuer sends it in this transaction, or as it is where there is none.

    The data of EXTERNAL AUTHENTICATE is the response code, that of PIN CHANGE a plain PIN block.
    """
    selected = banking._selected
    if selected is None:
        return command
    try:
        transaction = scripts._bound_to(selected)
        if (command.cla, command.ins) == (0, INS.EXTERNAL_AUTHENTICATE):
            return replace(command, data=_arpc(selected, transaction, command.data))
        if (command.cla, command.ins) in table._SCRIPT:
            return _secured(selected, transaction, command)
    except (MalformedData, StatusError, ValueError):
        pass  # too long, no PIN block, or in no transaction
    return command


def _arpc(selected: Selected, transaction: Transaction, data: bytes) -> bytes:
    session, code = transaction.session_key(selected.instance, AC), data[-_CODE:].rjust(_CODE)
    return transaction.family.arpc(session, transaction.cryptogram, code) + code


def _secured(selected: Selected, transaction: Transaction, command: CommandAPDU) -> CommandAPDU:
    instance = selected.instance
    if command.ins == INS.PIN_CHANGE_UNBLOCK and command.p2 in _CHANGES:
        current = pin.current(instance) if command.p2 == CHANGE_WITH_CURRENT else None
        keys = transaction.card_key(instance, ENC), transaction.session_key(instance, ENC)
        new = pin_block.parse(command.data)
        command = replace(
            command, data=pin_change.encipher(transaction.family, *keys, new, current)
        )
    mac = transaction.family.script_mac(
        transaction.session_key(instance, MAC),
        pboc_script.header(command),
        instance.transactions,
        transaction.cryptogram,
        command.data,
    )
    return pboc_script.with_mac(command, mac)

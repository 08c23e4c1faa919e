"""The right MAC for CREDIT FOR LOAD and DEBIT FOR PURCHASE, from what INIT has left in the card."""

from __future__ import annotations

from dataclasses import replace

from sscard.apdu.command import CommandAPDU
from sscard.apdu.medical import MedicalINS
from sscard.apdu.medical_data import CreditForLoad, DebitForPurchase
from sscard.channel.medical import Purchase, load_mac2, purchase_mac1, purchase_session
from sscard.cos.environment import Environment
from sscard.cos.medical.states import PendingLoad, PendingPurchase
from sscard.errors import MalformedData


def with_proof(env: Environment, command: CommandAPDU) -> CommandAPDU:
    """The command with its MAC, or as it is when nothing like it is under way."""
    try:
        match env.transaction, command.ins:
            case PendingLoad() as load, MedicalINS.CREDIT_FOR_LOAD:
                return replace(command, data=_credit(env, load, command.data))
            case PendingPurchase() as purchase, MedicalINS.DEBIT_FOR_PURCHASE:
                return replace(command, data=_debit(env, purchase, command.data))
    except MalformedData:
        pass  # data of another length
    return command


def _credit(env: Environment, pending: PendingLoad, data: bytes) -> bytes:
    time = CreditForLoad.parse(data).time
    return bytes(CreditForLoad(time, load_mac2(env.suite, pending.session, pending.load, time)))


def _debit(env: Environment, pending: PendingPurchase, data: bytes) -> bytes:
    terminal, request = DebitForPurchase.parse(data), pending.request
    purchase = Purchase(
        *(pending.random, pending.counter),
        *(request.account, request.self_paid, request.pool, request.terminal),
        *(terminal.terminal_counter, terminal.time),
    )
    session = purchase_session(env.suite, pending.dpk, purchase)
    return bytes(replace(terminal, mac1=purchase_mac1(env.suite, session, purchase)))

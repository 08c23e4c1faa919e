"""What a terminal asks: GET BALANCE, GET TRANSACTION PROOF; and the starting day (ssc 5.2 [S])."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sscard.apdu.command import CommandAPDU
from sscard.apdu.medical_data import Balance, Purse, StartingDay, TransactionProof
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.environment import Environment
from sscard.cos.medical import amounts
from sscard.cos.medical.states import Step, enter
from sscard.cos.medical.transaction_keys import DSK
from sscard.dialects.rights import PIN
from sscard.errors import MalformedData

#: The Le that asks for an amount with its year; any other asks for the amount.
WITH_YEAR: Final = 6


def get_balance(env: Environment, command: CommandAPDU) -> bytes:
    """One of the three amounts, after the PIN.  Raises StatusError 6982."""
    enter(env, Step.GET_BALANCE)
    now = amounts.read(env)
    env.require(PIN)
    year = now.year if command.ne == WITH_YEAR else None
    return bytes(Balance(now.amount(Purse(command.p2)), year))


def get_transaction_proof(env: Environment, command: CommandAPDU) -> bytes:
    """What the last transaction answered, if it is the one asked for.  Raises StatusError 9406."""
    enter(env, Step.GET_TRANSACTION_PROOF)
    now = amounts.read(env)
    asked = (command.p2, int.from_bytes(command.data, "big"))
    if asked != (now.proof_type, now.proof_counter):
        raise StatusError(StatusWord.NO_PROOF)
    return bytes(TransactionProof(now.proof_mac, now.proof_tac))


def update_starting_day(env: Environment, command: CommandAPDU) -> bytes:
    """Set the day on which accounting years begin.  Raises StatusError 6982, 6A80."""
    enter(env, Step.UPDATE_STARTING_DAY)
    now = amounts.read(env)
    env.require(DSK)
    try:
        day = StartingDay.parse(command.data)
    except MalformedData:
        raise StatusError(StatusWord.WRONG_DATA) from None
    amounts.write(env, replace(now, starting_day=bytes(day)))
    return b""


def get_starting_day(env: Environment, _command: CommandAPDU) -> bytes:
    """That day, 0000 while none was set."""
    enter(env, Step.GET_STARTING_DAY)
    return amounts.read(env).starting_day

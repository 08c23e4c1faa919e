"""Loads (账户划入): INIT FOR LOAD and CREDIT FOR LOAD (ssc 5.2 [S])."""

from __future__ import annotations

import hmac
from dataclasses import replace

from sscard.apdu.command import CommandAPDU
from sscard.apdu.medical_data import (
    CreditForLoad,
    InitForLoad,
    LoadInitialized,
    LoadReceipt,
    TransactionType,
)
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel.medical import Load, load_mac1, load_mac2, load_session, load_tac
from sscard.cos.environment import Environment
from sscard.cos.medical import amounts, log, transaction_keys
from sscard.cos.medical.amounts import LARGEST, LAST_COUNTER
from sscard.cos.medical.log import LogRecord
from sscard.cos.medical.states import PendingLoad, Step, enter
from sscard.cos.medical.year import require_time
from sscard.dialects.operations import KeyType
from sscard.dialects.rights import PIN


def initialize(env: Environment, command: CommandAPDU) -> bytes:
    """Prove the card and its balance to the host.  Raises StatusError 9403, 6982, 9402, 6A80."""
    enter(env, Step.INIT_FOR_LOAD)
    request = InitForLoad.parse(command.data)
    now = amounts.read(env)
    log.find(env)
    dlk = transaction_keys.find(env, KeyType.LOAD, request.key_index)
    dtk = transaction_keys.find_dtk(env, request.key_index)
    env.require(PIN)
    if now.load_counter == LAST_COUNTER:
        raise StatusError(StatusWord.COUNTER_LIMIT)
    if now.account + request.amount > LARGEST:
        raise StatusError(StatusWord.WRONG_DATA)
    random = env.challenges.random(4)
    load = Load(random, now.load_counter, now.account, request.amount, request.terminal)
    session = load_session(env.suite, dlk, load)
    env.transaction = PendingLoad(load, session, dtk)
    answer = LoadInitialized(
        balance=load.balance,
        counter=load.counter,
        key_version=request.key_index,
        algorithm=env.suite.algorithm,
        random=random,
        mac1=load_mac1(env.suite, session, load),
    )
    return bytes(answer)


def credit(env: Environment, command: CommandAPDU) -> bytes:
    """Add the amount to the account.  Raises StatusError 6901, 9302, 6A80."""
    pending: PendingLoad = enter(env, Step.CREDIT_FOR_LOAD)
    load, consent = pending.load, CreditForLoad.parse(command.data)
    expected = load_mac2(env.suite, pending.session, load, consent.time)
    if not hmac.compare_digest(expected, consent.mac2):
        raise StatusError(StatusWord.TRANSACTION_MAC_WRONG)
    require_time(consent.time)
    tac = load_tac(env.suite, pending.dtk, load, consent.time)
    after = replace(
        amounts.read(env),
        account=load.new_balance,
        load_counter=load.counter + 1,
        proof_type=TransactionType.LOAD,
        proof_counter=load.counter,
        proof_mac=consent.mac2,
        proof_tac=tac,
    )
    amounts.write(env, after)
    log.append(env, _record(load, consent.time))
    return bytes(LoadReceipt(tac))


def _record(load: Load, time: bytes) -> LogRecord:
    type_ = log.digit(TransactionType.LOAD)
    return LogRecord(load.counter, type_, load.terminal, time, load.amount)

"""Purchases (医疗结算): INIT FOR PURCHASE and DEBIT FOR PURCHASE (ssc 5.2 [S])."""

from __future__ import annotations

import hmac
from dataclasses import replace

from sscard.apdu.command import CommandAPDU
from sscard.apdu.medical_data import (
    DebitForPurchase,
    InitForPurchase,
    PurchaseInitialized,
    PurchaseReceipt,
    TransactionType,
)
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel.medical import (
    Purchase,
    purchase_mac1,
    purchase_mac2,
    purchase_session,
    purchase_tac,
)
from sscard.cos.environment import Environment
from sscard.cos.medical import amounts, log, transaction_keys
from sscard.cos.medical.amounts import LARGEST, LAST_COUNTER, AmountFile
from sscard.cos.medical.log import LogRecord
from sscard.cos.medical.states import PendingPurchase, Step, enter
from sscard.cos.medical.year import accounting_year, require_time
from sscard.dialects.operations import KeyType
from sscard.dialects.rights import PIN


def initialize(env: Environment, command: CommandAPDU) -> bytes:
    """Tell the terminal what there is.  Raises StatusError 9403, 6982, 9402, 9401."""
    enter(env, Step.INIT_FOR_PURCHASE)
    request = InitForPurchase.parse(command.data)
    now = amounts.read(env)
    log.find(env)
    dpk = transaction_keys.find(env, KeyType.PURCHASE, request.key_index)
    dtk = transaction_keys.find_dtk(env, request.key_index)
    env.require(PIN)
    if now.purchase_counter == LAST_COUNTER:
        raise StatusError(StatusWord.COUNTER_LIMIT)
    if request.account > now.account:
        raise StatusError(StatusWord.INSUFFICIENT_BALANCE)
    random = env.challenges.random(4)
    env.transaction = PendingPurchase(request, now.purchase_counter, random, dpk, dtk)
    answer = PurchaseInitialized(
        account=now.account,
        self_paid=now.self_paid,
        pool=now.pool,
        year=now.year,
        counter=now.purchase_counter,
        key_version=request.key_index,
        algorithm=env.suite.algorithm,
        random=random,
    )
    return bytes(answer)


def debit(env: Environment, command: CommandAPDU) -> bytes:
    """Take the amount from the account, add up the sums.  Raises StatusError 6901, 9302, 6A80."""
    pending: PendingPurchase = enter(env, Step.DEBIT_FOR_PURCHASE)
    terminal = DebitForPurchase.parse(command.data)
    purchase = _purchase(pending, terminal)
    session = purchase_session(env.suite, pending.dpk, purchase)
    expected = purchase_mac1(env.suite, session, purchase)
    if not hmac.compare_digest(expected, terminal.mac1):
        raise StatusError(StatusWord.TRANSACTION_MAC_WRONG)
    require_time(purchase.time)
    receipt = PurchaseReceipt(
        tac=purchase_tac(env.suite, pending.dtk, purchase),
        mac2=purchase_mac2(env.suite, session, purchase),
    )
    after = _debited(amounts.read(env), purchase)
    amounts.write(env, replace(after, proof_mac=receipt.mac2, proof_tac=receipt.tac))
    log.append(env, _record(purchase))
    return bytes(receipt)


def _purchase(pending: PendingPurchase, terminal: DebitForPurchase) -> Purchase:
    request = pending.request
    return Purchase(
        pending.random,
        pending.counter,
        request.account,
        request.self_paid,
        request.pool,
        request.terminal,
        terminal.terminal_counter,
        terminal.time,
    )


def _debited(now: AmountFile, purchase: Purchase) -> AmountFile:
    if purchase.account > now.account:
        raise StatusError(StatusWord.INSUFFICIENT_BALANCE)
    year = accounting_year(purchase.time, now.starting_day)
    if year > now.year:
        now = replace(now, year=year, self_paid=0, pool=0)
    self_paid, pool = now.self_paid + purchase.self_paid, now.pool + purchase.pool
    if max(self_paid, pool) > LARGEST:
        raise StatusError(StatusWord.WRONG_DATA)
    return replace(
        now,
        account=now.account - purchase.account,
        self_paid=self_paid,
        pool=pool,
        purchase_counter=purchase.counter + 1,
        proof_type=TransactionType.PURCHASE,
        proof_counter=purchase.counter,
    )


def _record(purchase: Purchase) -> LogRecord:
    return LogRecord(
        purchase.counter,
        log.digit(TransactionType.PURCHASE),
        purchase.terminal,
        purchase.time,
        purchase.account,
        purchase.self_paid,
        purchase.pool,
    )

"""INIT SAM and CREDIT SAM FOR PURCHASE: MAC1, MAC2 and the terminal's counter (ssc 5.3 [S])."""

from __future__ import annotations

import hmac
from typing import Final

from sscard.apdu.command import CommandAPDU
from sscard.apdu.medical_data import TransactionType
from sscard.apdu.psam_data import InitSamForPurchase, SamPurchaseInitialized
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel.medical import Purchase, purchase_mac1, purchase_mac2, purchase_session
from sscard.cos.files import ElementaryFile
from sscard.cos.psam import keyring
from sscard.cos.psam.computing import card_key
from sscard.cos.psam.environment import PsamEnvironment
from sscard.cos.psam.states import PendingPurchase, Step, enter
from sscard.dialects.psam_chip import CounterStep

COUNTER_FID: Final = 0x0019
TERMINAL_FID: Final = 0x0016
_LAST = 0xFFFFFFFF
_COUNTER = 4


def initialize(env: PsamEnvironment, command: CommandAPDU) -> bytes:
    """The counter and MAC1.

    Raises StatusError 6985 (no application), 6A88 (version or algorithm), 6700 (factors), 6A80 (no
    purchase), 9402.
    """
    enter(env, Step.INIT_SAM, env.rules.key_after_computation)
    request = InitSamForPurchase.parse(command.data)
    asked = request.purchase
    kept = keyring.find(env, keyring.PURCHASE, asked.key_version)
    if asked.algorithm != env.suite.algorithm:
        raise StatusError(StatusWord.KEY_NOT_FOUND)
    if kept.levels != len(request.factors):
        raise StatusError(StatusWord.WRONG_LENGTH)
    if asked.type != TransactionType.PURCHASE:
        raise StatusError(StatusWord.WRONG_DATA)
    purchase = _purchase(env, request)
    session = purchase_session(env.suite, card_key(env.suite, kept, request.factors), purchase)
    if env.rules.counter_goes_on_at is CounterStep.INIT:
        _count(env, purchase)
    env.transaction = PendingPurchase(purchase, session)
    mac1 = purchase_mac1(env.suite, session, purchase)
    return bytes(SamPurchaseInitialized(purchase.terminal_counter, mac1))


def credit(env: PsamEnvironment, command: CommandAPDU) -> bytes:
    """Check the card's MAC2.  Raises StatusError 6901, 9302 or 63CF."""
    pending, _ = enter(env, Step.CREDIT_SAM, env.rules.key_after_computation)
    expected = purchase_mac2(env.suite, pending.session, pending.purchase)
    if not hmac.compare_digest(expected, command.data):
        raise StatusError(StatusWord(int(env.rules.wrong_mac2.value, 16)))
    if env.rules.counter_goes_on_at is CounterStep.CREDIT:
        _count(env, pending.purchase)
    return b""


def _purchase(env: PsamEnvironment, request: InitSamForPurchase) -> Purchase:
    asked, counter = request.purchase, env.content(_counter(env))
    number = int.from_bytes(counter, "big")
    if number == _LAST:
        raise StatusError(StatusWord.COUNTER_LIMIT)
    terminal = env.content(env.own_file(TERMINAL_FID, of_root=True))
    return Purchase(
        random=asked.random,
        counter=asked.counter,
        account=asked.account,
        self_paid=asked.self_paid,
        pool=asked.pool,
        terminal=terminal,
        terminal_counter=number,
        time=asked.time,
    )


def _count(env: PsamEnvironment, purchase: Purchase) -> None:
    at, _ = _counter(env).places[0]
    env.nvm.write(at, (purchase.terminal_counter + 1).to_bytes(_COUNTER, "big"))


def _counter(env: PsamEnvironment) -> ElementaryFile:
    return env.own_file(COUNTER_FID)

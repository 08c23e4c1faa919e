"""What a cryptogram leaves behind: money, counters, the log, what to remember (pboc 2.4, 5)."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from sscard.apdu.cryptogram import Cryptogram
from sscard.apdu.tvr import TVR
from sscard.cos.pse import cash, logs, risk
from sscard.cos.pse.decision import Decision
from sscard.cos.pse.instance import Instance
from sscard.cos.pse.risk import NOTHING, Memory, Risk
from sscard.cos.pse.state import Phase
from sscard.cos.pse.transaction import Answer, Transaction
from sscard.cos.pse.velocity import Spending
from sscard.errors import MalformedData

_TVR = 0x95


class Outcome(NamedTuple):
    """A transaction after a decision; ``unable`` says that nobody was reached."""

    transaction: Transaction
    decided: Decision
    spending: Spending
    unable: bool


def remember(instance: Instance, outcome: Outcome, *, mandatory: bool) -> None:
    """Write all that the outcome changes; it counts with the command that caused it."""
    transaction, decided = outcome.transaction, outcome.decided
    before = risk.read(instance)
    answered = transaction.first is Cryptogram.ARQC and not outcome.unable
    if transaction.phase is Phase.ONLINE:
        after = replace(before, memory=before.memory | Memory.ONLINE_NOT_COMPLETED)
    elif answered:
        after = _answered(instance, before, outcome, mandatory=mandatory)
    else:
        after = _offline(instance, before, outcome)
    if decided.blocks:
        after = replace(after, memory=after.memory | Memory.BLOCKED_BY_PIN)
    if decided.kind is Cryptogram.TC:
        logs.transaction(instance, transaction.values)
    risk.write(instance, after)


def _offline(instance: Instance, before: Risk, outcome: Outcome) -> Risk:
    """Decided without the issuer: an approval costs, a decline keeps what failed in mind."""
    if outcome.decided.kind is Cryptogram.TC:
        if outcome.transaction.cash:
            cash.spend(instance, outcome.spending.amount)
            return before
        return outcome.spending.on(before)
    return replace(before, memory=before.memory | _failed(outcome.transaction))


def _failed(transaction: Transaction) -> Memory:
    """Which signature the terminal did not accept."""
    try:
        results = TVR.parse(transaction.values.get(_TVR, b""))
    except MalformedData:
        return NOTHING
    sda = Memory.SDA_FAILED if TVR.SDA_FAILED in results else NOTHING
    dda = Memory.DDA_FAILED if TVR.DDA_FAILED in results else NOTHING
    return sda | dda


def _answered(instance: Instance, before: Risk, outcome: Outcome, *, mandatory: bool) -> Risk:
    """The issuer was reached: what it vouches for begins anew."""
    transaction = outcome.transaction
    if transaction.answer is Answer.WRONG:
        return replace(before, memory=before.memory | Memory.ISSUER_AUTHENTICATION_FAILED)
    if transaction.answer is Answer.NONE and mandatory:
        return replace(before, memory=before.memory | Memory.ISSUER_AUTHENTICATION_MISSING)
    if transaction.answer is Answer.NONE and outcome.decided.kind is not Cryptogram.TC:
        return before
    failed = Memory.SCRIPT_FAILED if transaction.script_failed else NOTHING
    return Risk(
        memory=failed | before.memory & Memory.SM,
        scripts=transaction.scripts,
        last_online=instance.transactions,
        atc=before.atc,
        cryptogram=before.cryptogram,
    )

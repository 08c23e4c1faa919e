"""Answers that are lost on the line: a reversal is due, and the money is right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sscard.apdu.authorization import IssuerRequest
from sscard.apdu.cryptogram import Cryptogram
from sscard.perso.plan import run
from sscard.terminal.pos import (
    AnswerLost,
    Application,
    ContactlessLimits,
    Outcome,
    Receipt,
    contact,
    contactless,
)

TC, AAC = 1, 0


def losing(answer: Callable[[IssuerRequest], object]) -> Callable[[IssuerRequest], None]:
    """A line on which the request gets through and nothing comes back."""

    def issuer(request: IssuerRequest) -> None:
        answer(request)
        raise AnswerLost

    return issuer


@pytest.mark.parametrize("second", [TC, AAC])
def test_a_lost_answer_is_reversed_whatever_the_card_then_says(
    second: int,
    terminal: Any,
    transaction: Any,
    around: Any,
    static_card: Any,
    host: Any,
    account: Any,
) -> None:
    static_card.second = lambda _asked: second
    codes = bytes.fromhex("0000000000")
    static_card.records[4, 1] = static_card.records[4, 1].replace(
        bytes.fromhex("9F0D05F020040000"), bytes.fromhex("9F0D05") + codes
    )
    lost = replace(around, issuer=losing(host.authorize))
    receipt: Receipt = run(contact.transact(terminal, transaction, lost), static_card)
    assert account.balance == 100_000 - 1230, "the host has said yes, and nobody heard it"
    assert receipt.reversal
    assert host.reverse(receipt.first)
    assert account.balance == 100_000
    approved = receipt.outcome is Outcome.APPROVED_OFFLINE
    assert approved == (receipt.cid.kind is Cryptogram.TC)
    assert host.settle(receipt.final, in_cash=False) == approved
    assert account.balance == 100_000 - 1230 * approved


def test_an_issuer_that_nobody_asked_has_nothing_to_give_back(
    terminal: Any, transaction: Any, around: Any, static_card: Any
) -> None:
    alone = replace(around, issuer=lambda _request: None)
    assert not run(contact.transact(terminal, transaction, alone), static_card).reversal


def test_an_answer_that_came(
    terminal: Any, transaction: Any, around: Any, static_card: Any
) -> None:
    assert not run(contact.transact(terminal, transaction, around), static_card).reversal


def test_a_card_that_declines_after_the_issuer_approved(
    terminal: Any, transaction: Any, around: Any, static_card: Any
) -> None:
    static_card.second = lambda _asked: AAC
    receipt = run(contact.transact(terminal, transaction, around), static_card)
    assert receipt.outcome is Outcome.DECLINED_BY_CARD
    assert receipt.reversal


@pytest.mark.parametrize("reached", [True, False])
def test_a_tap_whose_answer_is_lost(
    reached: bool,
    terminal: Any,
    transaction: Any,
    around: Any,
    rsa_card: Any,
    host: Any,
    account: Any,
) -> None:
    rsa_card.pdol = "9F66049F02069F03069F1A0295055F2A029A039C019F3704DF6901"
    rsa_card.first = lambda _asked: 2
    near = replace(terminal, applications=(Application(contactless=ContactlessLimits(floor=1)),))
    line = losing(host.authorize) if reached else lambda _request: None
    receipt = run(contactless.transact(near, transaction, replace(around, issuer=line)), rsa_card)
    assert receipt.outcome is Outcome.DECLINED_OFFLINE
    assert receipt.reversal == reached
    assert host.reverse(receipt.first) == reached
    assert account.balance == 100_000

"""qPBOC: what the card answers to one command, and what the terminal makes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from sscard.apdu.ctq import CTQ
from sscard.apdu.cvm import CVMResults
from sscard.apdu.ttq import TTQ
from sscard.apdu.tvr import TVR
from sscard.errors import MalformedData
from sscard.perso.plan import run
from sscard.terminal.pos import (
    Application,
    ContactlessLimits,
    Outcome,
    Reason,
    Terminated,
    contactless,
)

AAC, TC, ARQC = 0, 1, 2
QPDOL = "9F66049F02069F03069F1A0295055F2A029A039C019F3704DF6901"
RELATED = bytes.fromhex("0100000000300000")


def tap(terminal: Any, transaction: Any, around: Any, card: Any, kind: int) -> Any:
    card.pdol, card.first = QPDOL, lambda _asked: kind
    return run(contactless.transact(terminal, transaction, around), card)


def limited(terminal: Any, **limits: int) -> Any:
    application = Application(contactless=ContactlessLimits(**limits))
    return replace(terminal, applications=(application,))


@pytest.mark.parametrize("family", ["rsa", "sm2"])
@pytest.mark.parametrize("version", [0, 1])
def test_approved_offline_with_the_cards_signature(
    family: str,
    version: int,
    request: Any,
    terminal: Any,
    transaction: Any,
    around: Any,
    host: Any,
    account: Any,
) -> None:
    card = request.getfixturevalue(f"{family}_card")
    if version:
        card.data["9F69"] = RELATED
        card.records[1, 2] = bytes.fromhex("700B9F6908") + RELATED
    receipt = tap(replace(terminal, sm=family == "sm2"), transaction, around, card, TC)
    assert receipt.outcome is Outcome.APPROVED_OFFLINE
    assert receipt.contactless
    assert receipt.atc == 1
    assert receipt.response_code == b"Y1"
    assert host.settle(receipt.final, in_cash=False)
    assert account.balance == 100_000 - 1230
    assert not [c for c, _ in card.log if c[1] in (0xAE, 0x88, 0x82)]


@pytest.mark.parametrize("family", ["rsa", "sm2"])
def test_a_wrong_signature_declines(
    family: str, request: Any, terminal: Any, transaction: Any, around: Any
) -> None:
    card = request.getfixturevalue(f"{family}_card")
    card.break_signature = True
    receipt = tap(terminal, transaction, around, card, TC)
    assert receipt.outcome is Outcome.DECLINED_OFFLINE
    assert receipt.tvr == TVR.DDA_FAILED


def test_version_01_covers_the_amount(
    terminal: Any, transaction: Any, around: Any, sm2_card: Any
) -> None:
    # The card signs version 00, and says in a record that it is 01.
    sm2_card.records[1, 2] = bytes.fromhex("700B9F6908") + RELATED
    receipt = tap(terminal, transaction, around, sm2_card, TC)
    assert receipt.tvr == TVR.DDA_FAILED


@pytest.mark.parametrize("family", ["rsa", "sm2"])
def test_online_the_issuer_decides(
    family: str, request: Any, terminal: Any, transaction: Any, around: Any, account: Any
) -> None:
    card = request.getfixturevalue(f"{family}_card")
    receipt = tap(terminal, transaction, around, card, ARQC)
    assert receipt.outcome is Outcome.APPROVED_ONLINE
    assert account.balance == 100_000 - 1230
    account.balance = 0
    receipt = tap(terminal, transaction, around, card, ARQC)
    assert receipt.outcome is Outcome.DECLINED_ONLINE
    assert receipt.response_code == b"51"
    alone = replace(around, issuer=lambda _request: None)
    assert tap(terminal, transaction, alone, card, ARQC).outcome is Outcome.DECLINED_OFFLINE


def test_the_card_declines(terminal: Any, transaction: Any, around: Any, rsa_card: Any) -> None:
    receipt = tap(terminal, transaction, around, rsa_card, AAC)
    assert receipt.outcome is Outcome.DECLINED_OFFLINE
    assert receipt.masked_account == "622800******1117"


def test_expired_and_hot_cards(terminal: Any, transaction: Any, around: Any, rsa_card: Any) -> None:
    late = replace(transaction, at=datetime(2031, 1, 1))
    assert TVR.EXPIRED in tap(terminal, late, around, rsa_card, TC).tvr
    hot = replace(around, hot=lambda _account: True)
    receipt = tap(terminal, transaction, hot, rsa_card, TC)
    assert receipt.tvr == TVR.CARD_ON_EXCEPTION_FILE
    assert receipt.outcome is Outcome.DECLINED_OFFLINE


def test_limits_of_the_reader(terminal: Any, transaction: Any, around: Any, rsa_card: Any) -> None:
    with pytest.raises(Terminated) as stopped:
        tap(limited(terminal, maximum=1230), transaction, around, rsa_card, TC)
    assert stopped.value.reason is Reason.ABOVE_LIMIT
    tap(limited(terminal, floor=1230), transaction, around, rsa_card, ARQC)
    assert TTQ.ONLINE_CRYPTOGRAM_REQUIRED in TTQ.parse(rsa_card.told["9F66"])
    # A card that approves although an online cryptogram was required approves nothing.
    receipt = tap(limited(terminal, floor=1230), transaction, around, rsa_card, TC)
    assert receipt.outcome is Outcome.DECLINED_OFFLINE
    tap(limited(terminal), transaction, around, rsa_card, TC)
    said = TTQ.parse(rsa_card.told["9F66"])
    assert said == TTQ.QPBOC | TTQ.CONTACT_DEBIT_CREDIT | TTQ.ONLINE_PIN | TTQ.SIGNATURE | (
        TTQ.FAST_DDA_VERSION_01
    )
    tap(replace(terminal, kind=0x23), transaction, around, rsa_card, TC)
    assert TTQ.OFFLINE_ONLY in TTQ.parse(rsa_card.told["9F66"])


def test_nothing_to_be_paid(terminal: Any, transaction: Any, around: Any, rsa_card: Any) -> None:
    """The issuer is asked; where nobody can be, there is no tap, and the card hears of none."""
    nothing = replace(transaction, amount=0)
    tap(terminal, nothing, around, rsa_card, ARQC)
    assert TTQ.ONLINE_CRYPTOGRAM_REQUIRED in TTQ.parse(rsa_card.told["9F66"])
    with pytest.raises(Terminated) as stopped:
        tap(replace(terminal, kind=0x23), nothing, around, rsa_card, TC)
    assert stopped.value.reason is Reason.OTHER_INTERFACE
    assert rsa_card.atc == 1


def test_the_card_may_want_contacts(
    terminal: Any, transaction: Any, around: Any, rsa_card: Any
) -> None:
    rsa_card._ins_a8 = lambda *_: b"\x69\x85"
    with pytest.raises(Terminated, match="the card wants to be put in"):
        tap(terminal, transaction, around, rsa_card, TC)


@pytest.mark.parametrize(
    ("ctq", "results"),
    [
        (CTQ.ONLINE_PIN | CTQ.SIGNATURE, CVMResults(0x02, 0, 0)),
        (CTQ.SIGNATURE, CVMResults(0x1E, 0, 0)),
        (CTQ(0), None),
    ],
)
def test_the_card_says_how_to_verify(
    ctq: CTQ,
    results: CVMResults | None,
    terminal: Any,
    transaction: Any,
    around: Any,
    rsa_card: Any,
    host: Any,
) -> None:
    host.pin = lambda _account, block: block == b"block"
    person = replace(around, online_pin=lambda _account: b"block")
    rsa_card.data["9F6C"] = bytes(ctq)
    there = limited(terminal, cvm=1000)
    if results is None:
        with pytest.raises(Terminated) as stopped:
            tap(there, transaction, person, rsa_card, ARQC)
        assert stopped.value.reason is Reason.NOT_VERIFIABLE
        receipt = tap(limited(terminal), transaction, person, rsa_card, ARQC)
        assert receipt.cvm == CVMResults(0x1F, 0, 2)
        return
    receipt = tap(there, transaction, person, rsa_card, ARQC)
    assert receipt.outcome is Outcome.APPROVED_ONLINE
    assert receipt.cvm == results
    assert receipt.signature == (ctq is CTQ.SIGNATURE)


def test_a_pin_that_is_not_entered_ends_it(
    terminal: Any, transaction: Any, around: Any, rsa_card: Any
) -> None:
    rsa_card.data["9F6C"] = bytes(CTQ.ONLINE_PIN)
    with pytest.raises(Terminated, match="must be verified"):
        tap(terminal, transaction, around, rsa_card, ARQC)


@pytest.mark.parametrize("tag", ["9F36", "9F26"])
def test_an_answer_without_a_decision(
    tag: str, terminal: Any, transaction: Any, around: Any, rsa_card: Any
) -> None:
    usual = rsa_card._ins_a8

    def without(*parts: Any) -> bytes:
        return bytes(usual(*parts)).replace(bytes.fromhex(tag), b"\xdf\x7a")

    rsa_card._ins_a8 = without
    with pytest.raises(MalformedData, match=f"tag {tag} is missing"):
        tap(terminal, transaction, around, rsa_card, ARQC)


def test_published_answers_in_whatever_order(
    terminal: Any, transaction: Any, around: Any, rsa_card: Any
) -> None:
    # pboc 6.3: another bank puts 9F36 second and the name last.
    answer = bytes.fromhex(
        "776E82027C009F360200A157136214680000006288D24122200626280000000F9F101307010103A02000010A"
        "01000000000000C2040E9F2608BC6FB0784084E8D05F3401009F6C0200009F5D060000000000005F201A"
    )
    rsa_card._ins_a8 = lambda *_: answer + b" " * 26 + b"\x90\x00"
    receipt = tap(terminal, transaction, around, rsa_card, ARQC)
    assert receipt.response_code == b"14", "our book does not know this account"
    assert receipt.atc == 0xA1
    assert receipt.cryptogram.hex().upper() == "BC6FB0784084E8D0"

"""Cardholder verification: each method, each condition, and the PIN try counter."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from sscard.apdu import tlv
from sscard.apdu.cvm import CVMList, CVMResults, Rule
from sscard.apdu.terminal_capabilities import TerminalCapabilities
from sscard.apdu.tvr import TVR
from sscard.keys.types import Pin
from sscard.perso.plan import run
from sscard.terminal.pos import Surroundings, contact
from sscard.terminal.pos.cardholder import applies


def with_list(card: Any, rules: str) -> Any:
    values = dict(tlv.parse(tlv.find(card.records[4, 1], 0x70) or b""))
    values[0x8E] = bytes(8) + bytes.fromhex(rules)
    content = b"".join(tlv.encode(tag, value) for tag, value in values.items())
    card.records[4, 1] = tlv.encode(0x70, content)
    return card


@pytest.fixture
def verified(terminal: Any, transaction: Any, around: Any) -> Any:
    def run_one(card: Any, rules: str, person: Surroundings = around, **changes: Any) -> Any:
        record = with_list(card, rules)
        there = replace(terminal, **changes)
        return run(contact.transact(there, transaction, person), record)

    return run_one


def test_a_plain_pin(verified: Any, static_card: Any) -> None:
    receipt = verified(static_card, "0100")
    assert receipt.cvm == CVMResults(0x01, 0, 2)
    (command,) = [c for c, _ in static_card.log if c[1] == 0x20]
    assert command.hex().upper() == "0020008008241234FFFFFFFFFF"


def test_an_enciphered_pin(verified: Any, rsa_card: Any) -> None:
    receipt = verified(rsa_card, "0400")
    assert receipt.cvm == CVMResults(0x04, 0, 2)
    commands = [c[:5].hex() for c, _ in rsa_card.log if c[1] in (0x84, 0x20)]
    assert commands == ["0084000008", "0020008880"]


def test_there_is_no_enciphered_pin_with_sm2(verified: Any, sm2_card: Any) -> None:
    assert verified(sm2_card, "4400 1F00").cvm == CVMResults(0x1F, 0, 2)


def test_three_wrong_pins(verified: Any, static_card: Any, around: Any) -> None:
    asked: list[int | None] = []

    def wrong(tries: int | None) -> Pin:
        asked.append(tries)
        return Pin("0000")

    receipt = verified(static_card, "0100", replace(around, pin=wrong))
    assert asked == [3, 2, 1]
    assert TVR.PIN_TRIES_EXCEEDED | TVR.CARDHOLDER_NOT_VERIFIED in receipt.tvr
    assert receipt.cvm == CVMResults(0x01, 0, 1)
    asked.clear()
    verified_again = [c for c, _ in static_card.log if c[1] == 0x20]
    assert len(verified_again) == 3


def test_the_second_pin_is_right(verified: Any, static_card: Any, around: Any) -> None:
    answers = iter((Pin("9876"), Pin("1234")))
    person = replace(around, pin=lambda _tries: next(answers))
    assert verified(static_card, "0100", person).cvm.result == 2
    assert static_card.tries == 3


def test_a_pin_that_is_not_entered(verified: Any, static_card: Any, around: Any) -> None:
    person = replace(around, pin=lambda _tries: None)
    receipt = verified(static_card, "4100 1E00", person)
    assert TVR.PIN_NOT_ENTERED in receipt.tvr
    assert TVR.CARDHOLDER_NOT_VERIFIED not in receipt.tvr
    assert receipt.signature
    assert receipt.cvm == CVMResults(0x1E, 0, 0)


def test_a_blocked_pin_is_not_asked_for(verified: Any, static_card: Any) -> None:
    static_card.tries = 0
    receipt = verified(static_card, "0100")
    assert TVR.PIN_TRIES_EXCEEDED in receipt.tvr
    assert not [c for c, _ in static_card.log if c[1] == 0x20]


def test_an_online_pin_goes_to_the_issuer(
    verified: Any, static_card: Any, around: Any, host: Any
) -> None:
    seen = []
    host.pin = lambda _account, block: bool(seen.append(block)) or block == b"enciphered"
    for block, code in ((b"enciphered", b"00"), (b"another one", b"55")):
        static_card.done.clear()
        person = replace(around, online_pin=lambda _account, block=block: block)
        receipt = verified(static_card, "0200", person)
        assert receipt.response_code == code
        assert TVR.ONLINE_PIN_ENTERED in receipt.tvr
    assert seen == [b"enciphered", b"another one"]


def test_pin_and_signature(verified: Any, static_card: Any) -> None:
    receipt = verified(static_card, "0300")
    assert receipt.cvm == CVMResults(0x03, 0, 0)
    assert receipt.signature


def test_unknown_methods_and_none(verified: Any, static_card: Any) -> None:
    receipt = verified(static_card, "6000")
    assert TVR.UNKNOWN_CVM | TVR.CARDHOLDER_NOT_VERIFIED in receipt.tvr
    assert receipt.cvm == CVMResults(0x60, 0, 1)


def test_no_rule_applies(verified: Any, static_card: Any) -> None:
    receipt = verified(static_card, "0101 0104 0177")
    assert receipt.cvm == CVMResults(0x3F, 0, 1)
    assert TVR.CARDHOLDER_NOT_VERIFIED in receipt.tvr


def test_to_fail_and_stop(verified: Any, static_card: Any) -> None:
    assert verified(static_card, "0000 1F00").cvm == CVMResults(0x00, 0, 1)


def test_a_terminal_without_a_pin_pad(verified: Any, static_card: Any) -> None:
    bare = TerminalCapabilities(0xE028C8)
    receipt = verified(static_card, "4200 5E03 1F00", capabilities=bare)
    assert TVR.PIN_PAD_MISSING_OR_BROKEN in receipt.tvr
    assert receipt.cvm.code == 0x5E


def test_a_card_that_verifies_nobody(
    terminal: Any, transaction: Any, around: Any, static_card: Any
) -> None:
    static_card.aip = bytes.fromhex("4C00")
    receipt = run(contact.transact(terminal, transaction, around), static_card)
    assert receipt.cvm == CVMResults(0x3F, 0, 0)


@pytest.mark.parametrize(
    ("condition", "amount", "kind", "other", "unattended", "expected"),
    [
        (0, 1, 0, 0, False, True),
        (1, 1, 1, 0, True, True),
        (1, 1, 1, 0, False, False),
        (2, 1, 0, 0, False, True),
        (2, 1, 1, 0, False, False),
        (3, 1, 0, 0, False, True),
        (4, 1, 1, 0, False, True),
        (5, 9, 9, 3, False, True),
        (5, 9, 9, 0, False, False),
        (6, 99, 0, 0, False, True),
        (6, 100, 0, 0, False, False),
        (7, 101, 0, 0, False, True),
        (8, 199, 0, 0, False, True),
        (9, 200, 0, 0, False, False),
        (9, 201, 0, 0, False, True),
        (10, 1, 0, 0, False, False),
    ],
)
def test_conditions(
    condition: int, amount: int, kind: int, other: int, unattended: bool, expected: bool
) -> None:
    rules = CVMList(100, 200, (Rule(0x1E, condition),))
    session: Any = SimpleNamespace(
        terminal=SimpleNamespace(unattended=unattended, capabilities=TerminalCapabilities(0x2000)),
        transaction=SimpleNamespace(amount=amount, kind=kind, other=other, currency=b"\1\x56"),
        card=SimpleNamespace(values={0x9F42: b"\1\x56"}),
    )
    assert applies(rules.rules[0], rules, session) is expected
    session.card.values = {0x9F42: b"\x08\x40"}
    assert applies(rules.rules[0], rules, session) is (expected and condition not in range(6, 10))

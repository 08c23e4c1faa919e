"""Whole contact transactions: kernel, scripted card, issuer's host."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sscard.apdu.authorization import IssuerAnswer
from sscard.apdu.cryptogram import Cryptogram
from sscard.apdu.cvm import CVMResults
from sscard.apdu.status import StatusError
from sscard.apdu.terminal_capabilities import TerminalCapabilities
from sscard.apdu.tsi import TSI
from sscard.apdu.tvr import TVR
from sscard.errors import MalformedData
from sscard.keys.types import Pin
from sscard.perso.plan import run
from sscard.terminal.pos import (
    ActionCodes,
    Application,
    Outcome,
    RandomSelection,
    Reason,
    Terminated,
    contact,
)

CDA = bytes.fromhex("3D00")
AAC, TC, ARQC = 0, 1, 2
HIGH = Application(floor_limit=5000)


def pay(terminal: Any, transaction: Any, around: Any, card: Any) -> Any:
    return run(contact.transact(terminal, transaction, around), card)


def offline(terminal: Any) -> Any:
    return replace(terminal, applications=(HIGH,))


def sent(card: Any, ins: int) -> list[bytes]:
    return [command for command, _ in card.log if command[1] == ins]


def test_online_with_static_data_of_the_published_chain(
    terminal: Any, transaction: Any, around: Any, static_card: Any, account: Any
) -> None:
    receipt = pay(terminal, transaction, around, static_card)
    assert receipt.outcome is Outcome.APPROVED_ONLINE
    assert receipt.response_code == b"00"
    assert receipt.masked_account == "622800******1117"
    assert receipt.tvr == TVR.SDA_SELECTED | TVR.FLOOR_LIMIT_EXCEEDED
    assert receipt.cid.kind is Cryptogram.TC
    assert static_card.done == ["issuer authenticated"]
    assert account.balance == 100_000 - 1230
    assert receipt.cvm == CVMResults(0x41, 3, 2)
    assert receipt.tsi == TSI(0xF800)
    assert receipt.values[0x9F45] == bytes.fromhex("DAC1")


@pytest.mark.parametrize("way", ["dda", "cda"])
@pytest.mark.parametrize("family", ["rsa", "sm2"])
def test_dynamic_data_in_both_families(
    way: str, family: str, request: Any, terminal: Any, transaction: Any, around: Any
) -> None:
    card = request.getfixturevalue(f"{family}_card")
    card.aip = CDA if way == "cda" else card.aip
    receipt = pay(replace(terminal, sm=family == "sm2"), transaction, around, card)
    assert receipt.outcome is Outcome.APPROVED_ONLINE
    assert receipt.tvr == TVR.FLOOR_LIMIT_EXCEEDED
    assert receipt.values[0x9F4C] == b"\0\1", "the card's dynamic number is its ATC"
    asked = [command[2] for command in sent(card, 0xAE)]
    assert asked == ([0x90, 0x50] if way == "cda" else [0x80, 0x40])
    assert len(sent(card, 0x88)) == (way == "dda")
    assert card.told["DF69"] == bytes((family == "sm2",))


@pytest.mark.parametrize("family", ["rsa", "sm2"])
def test_a_wrong_signature_of_the_card_is_seen(
    family: str, request: Any, terminal: Any, transaction: Any, around: Any
) -> None:
    card = request.getfixturevalue(f"{family}_card")
    card.break_signature = True
    assert TVR.DDA_FAILED in pay(terminal, transaction, around, card).tvr


@pytest.mark.parametrize("kind", [TC, ARQC])
@pytest.mark.parametrize("family", ["rsa", "sm2"])
def test_a_wrong_combined_signature_ends_in_a_refusal(
    family: str, kind: int, request: Any, terminal: Any, transaction: Any, around: Any
) -> None:
    card = request.getfixturevalue(f"{family}_card")
    card.aip, card.break_signature, card.first = CDA, True, lambda _asked: kind
    receipt = pay(offline(terminal), transaction, around, card) if kind == TC else None
    receipt = receipt or pay(terminal, transaction, around, card)
    assert receipt.outcome is Outcome.DECLINED_OFFLINE
    assert TVR.CDA_FAILED in receipt.tvr
    assert [command[2] for command in sent(card, 0xAE)][1:] == ([] if kind == TC else [0])


@pytest.mark.parametrize("family", ["rsa", "sm2"])
def test_a_second_signature_that_is_wrong_is_a_refusal_of_the_card(
    family: str, request: Any, terminal: Any, transaction: Any, around: Any
) -> None:
    card = request.getfixturevalue(f"{family}_card")
    card.aip = CDA

    def spoiled(asked: int) -> int:
        card.break_signature = True
        return asked

    card.second = spoiled
    receipt = pay(terminal, transaction, around, card)
    assert receipt.outcome is Outcome.DECLINED_BY_CARD
    assert TVR.CDA_FAILED in receipt.tvr


def test_what_was_signed_is_what_was_said(
    terminal: Any, transaction: Any, around: Any, rsa_card: Any
) -> None:
    rsa_card.aip = CDA
    usual = rsa_card._signed
    # The card says TC and signs that it was an ARQC.
    rsa_card._signed = lambda inner, told, carried: usual(
        inner[:3] + b"\x80" + inner[4:], told, carried=carried
    )
    rsa_card.first = lambda _asked: TC
    receipt = pay(offline(terminal), transaction, around, rsa_card)
    assert TVR.CDA_FAILED in receipt.tvr
    assert receipt.outcome is Outcome.DECLINED_OFFLINE


def test_a_list_without_the_unpredictable_number_signs_nothing(
    terminal: Any, transaction: Any, around: Any, rsa_card: Any
) -> None:
    rsa_card.records[4, 2] = bytes.fromhex("70069F49039F0206")
    receipt = pay(terminal, transaction, around, rsa_card)
    assert TVR.DDA_FAILED in receipt.tvr
    assert not sent(rsa_card, 0x88)


def test_an_expired_card_is_declined_at_once(
    terminal: Any, transaction: Any, around: Any, static_card: Any
) -> None:
    late = replace(transaction, at=datetime(2031, 1, 1))
    receipt = pay(terminal, late, around, static_card)
    assert receipt.outcome is Outcome.DECLINED_OFFLINE
    assert receipt.response_code == b"Z1"
    assert [command[2] for command in sent(static_card, 0xAE)] == [0]


def test_damaged_static_data_and_missing_certificates_differ(
    terminal: Any, transaction: Any, around: Any, static_card: Any
) -> None:
    record = static_card.records[3, 1]
    static_card.records[3, 1] = record[:-1] + b"\x31"
    receipt = pay(terminal, transaction, around, static_card)
    assert TVR.SDA_FAILED | TVR.VERSIONS_DIFFER in receipt.tvr
    assert TVR.CARD_DATA_MISSING not in receipt.tvr
    static_card.records[3, 1] = record
    del static_card.records[2, 5]
    later = replace(transaction, number=b"4321")
    assert TVR.SDA_FAILED | TVR.CARD_DATA_MISSING in pay(terminal, later, around, static_card).tvr


def test_an_unknown_authority_is_a_failure(
    transaction: Any, around: Any, static_card: Any, terminal: Any
) -> None:
    stranger = replace(terminal, authorities=replace(terminal.authorities, rsa={}))
    assert TVR.SDA_FAILED in pay(stranger, transaction, around, static_card).tvr


def test_nothing_in_common_is_said_too(
    terminal: Any, transaction: Any, around: Any, static_card: Any
) -> None:
    unable = replace(terminal, capabilities=TerminalCapabilities(0xE0F840))
    tvr = pay(unable, transaction, around, static_card).tvr
    assert TVR.OFFLINE_DATA_AUTHENTICATION_NOT_PERFORMED in tvr


def test_below_the_floor_limit_the_card_may_approve_alone(
    terminal: Any, transaction: Any, around: Any, static_card: Any, host: Any, account: Any
) -> None:
    receipt = pay(offline(terminal), transaction, around, static_card)
    assert receipt.outcome is Outcome.APPROVED_OFFLINE
    assert receipt.response_code == b"Y1"
    assert receipt.tvr == TVR.SDA_SELECTED
    assert account.balance == 100_000
    assert host.settle(receipt.final, in_cash=False)
    assert host.settle(receipt.final, in_cash=False), "told twice"
    assert account.balance == 100_000 - 1230


def test_the_card_may_want_to_go_online_or_decline(
    terminal: Any, transaction: Any, around: Any, static_card: Any
) -> None:
    static_card.first = lambda _asked: ARQC
    receipt = pay(offline(terminal), transaction, around, static_card)
    assert receipt.outcome is Outcome.APPROVED_ONLINE
    static_card.first = lambda _asked: AAC
    receipt = pay(offline(terminal), transaction, around, static_card)
    assert receipt.outcome is Outcome.DECLINED_OFFLINE
    assert receipt.response_code == b"Z1"


def test_a_card_that_says_more_than_it_was_asked_is_sent_away(
    terminal: Any, transaction: Any, around: Any, static_card: Any
) -> None:
    static_card.first = lambda _asked: TC
    with pytest.raises(Terminated, match="answered more than it was asked for"):
        pay(terminal, transaction, around, static_card)


@pytest.mark.parametrize(
    ("codes", "outcome", "code"),
    [("F020048000", Outcome.APPROVED_OFFLINE, b"Y3"), (None, Outcome.DECLINED_OFFLINE, b"Z3")],
)
def test_without_a_line_the_default_codes_decide(
    codes: str | None,
    outcome: Outcome,
    code: bytes,
    terminal: Any,
    transaction: Any,
    around: Any,
    static_card: Any,
) -> None:
    if codes is None:
        decline = Application(codes=ActionCodes(default=TVR.FLOOR_LIMIT_EXCEEDED))
        terminal = replace(terminal, applications=(decline,))
    alone = replace(around, issuer=lambda _request: None)
    receipt = pay(terminal, transaction, alone, static_card)
    assert (receipt.outcome, receipt.response_code) == (outcome, code)
    assert static_card.done == []


def test_an_offline_terminal_never_asks(
    terminal: Any, transaction: Any, around: Any, static_card: Any
) -> None:
    def asked(_request: Any) -> None:
        raise AssertionError

    static_card.first = lambda _asked: ARQC
    alone = replace(terminal, kind=0x23)
    receipt = pay(alone, transaction, replace(around, issuer=asked), static_card)
    assert receipt.response_code == b"Y3"


def test_a_false_issuer_is_noticed_by_the_card(
    terminal: Any, transaction: Any, around: Any, static_card: Any
) -> None:
    false = replace(around, issuer=lambda _request: IssuerAnswer(b"00", bytes(8)))
    static_card.second = lambda _asked: AAC
    receipt = pay(terminal, transaction, false, static_card)
    assert receipt.outcome is Outcome.DECLINED_BY_CARD
    assert TVR.ISSUER_AUTHENTICATION_FAILED in receipt.tvr
    assert static_card.done == ["issuer refused"]


def test_the_money_comes_back_when_the_card_says_no_after_all(
    terminal: Any, transaction: Any, around: Any, static_card: Any, host: Any, account: Any
) -> None:
    static_card.second = lambda _asked: AAC
    receipt = pay(terminal, transaction, around, static_card)
    assert receipt.outcome is Outcome.DECLINED_BY_CARD
    assert account.balance == 100_000 - 1230
    assert not host.settle(receipt.final, in_cash=False)
    assert host.reverse(receipt.final)
    assert not host.reverse(receipt.final)
    assert account.balance == 100_000


def test_exactly_nothing_is_told_where_a_list_wants_what_is_not_there(
    terminal: Any, transaction: Any, around: Any, static_card: Any
) -> None:
    pay(replace(offline(terminal), ecash=True), transaction, around, static_card)
    told = static_card.told
    assert told["9F02"].hex() == "000000001230"
    assert told["9F7A"] == b"\1"
    assert told["9F4E"].startswith(b"SSCARD TEST")
    assert told["5F2A"] == told["9F1A"] == b"\1\x56"


# --- selection ---


def test_without_a_directory_names_are_tried(
    terminal: Any, transaction: Any, around: Any, static_card: Any
) -> None:
    static_card.pse = False
    receipt = pay(terminal, transaction, around, static_card)
    assert receipt.outcome is Outcome.APPROVED_ONLINE
    selects = [(command[3], command[5:-1]) for command in sent(static_card, 0xA4)]
    partial = bytes.fromhex("A0000003330101")
    assert selects[1:3] == [(0, partial), (2, partial)]
    assert receipt.application.hex().upper() == "A000000333010101"


@pytest.mark.parametrize("pse", [True, False])
def test_a_blocked_application_takes_part_in_nothing(
    pse: bool, terminal: Any, transaction: Any, around: Any, static_card: Any
) -> None:
    static_card.blocked, static_card.pse = True, pse
    with pytest.raises(Terminated) as stopped:
        pay(terminal, transaction, around, static_card)
    expected = Reason.NOT_ACCEPTED if pse else Reason.NO_APPLICATION
    assert stopped.value.reason is expected


def test_a_blocked_card_is_told_apart_from_one_without_applications(
    terminal: Any, transaction: Any, around: Any, static_card: Any
) -> None:
    static_card._ins_a4 = lambda *_: b"\x6a\x81"
    with pytest.raises(StatusError, match="the card is blocked: FUNCTION_NOT_SUPPORTED"):
        pay(terminal, transaction, around, static_card)


# --- restrictions ---


@pytest.mark.parametrize(
    ("on", "found"),
    [("2031-01-01", TVR.EXPIRED), ("1995-06-30", TVR.NOT_YET_EFFECTIVE), ("2030-12-31", None)],
)
def test_dates(
    on: str, found: TVR | None, terminal: Any, transaction: Any, around: Any, static_card: Any
) -> None:
    when = replace(transaction, at=datetime.fromisoformat(on))
    tvr = pay(terminal, when, around, static_card).tvr
    assert tvr & (TVR.EXPIRED | TVR.NOT_YET_EFFECTIVE) == (found or TVR(0))


@pytest.mark.parametrize(
    ("usage", "kind", "country", "terminal_kind", "allowed"),
    [
        ("FFC0", 0, "0156", 0x22, True),
        ("2300", 0, "0156", 0x22, True),
        ("2300", 0, "0840", 0x22, False),
        ("0B00", 0, "0156", 0x22, True),
        ("2200", 0, "0156", 0x22, False),
        ("8200", 1, "0156", 0x14, True),
        ("8100", 1, "0156", 0x14, False),
        ("8300", 9, "0156", 0x22, False),
    ],
)
def test_usage_control(
    usage: str,
    kind: int,
    country: str,
    terminal_kind: int,
    allowed: bool,
    terminal: Any,
    transaction: Any,
    around: Any,
    static_card: Any,
) -> None:
    record = static_card.records[4, 1]
    at = record.index(bytes.fromhex("9F0702FFC0"))
    new = bytes.fromhex("9F0702" + usage)
    static_card.records[4, 1] = record[:at] + new + record[at + len(new) :]
    there = replace(terminal, kind=terminal_kind, country=bytes.fromhex(country))
    receipt = pay(there, replace(transaction, kind=kind), around, static_card)
    assert (TVR.SERVICE_NOT_ALLOWED not in receipt.tvr) is allowed


# --- risk management ---


def test_velocity_asks_the_card_for_its_counters(
    terminal: Any, transaction: Any, around: Any, static_card: Any
) -> None:
    static_card.records[4, 2] = bytes.fromhex("7008 9F140103 9F230107")
    static_card.atc, static_card.last_online = 12, 10
    assert not pay(offline(terminal), transaction, around, static_card).tvr & (
        TVR.LOWER_OFFLINE_LIMIT_EXCEEDED
    )
    static_card.atc, static_card.last_online = 13, 10
    tvr = pay(offline(terminal), transaction, around, static_card).tvr
    assert TVR.LOWER_OFFLINE_LIMIT_EXCEEDED in tvr
    assert TVR.UPPER_OFFLINE_LIMIT_EXCEEDED not in tvr
    static_card.atc, static_card.last_online = 13, 6
    assert (
        TVR.UPPER_OFFLINE_LIMIT_EXCEEDED
        in pay(offline(terminal), transaction, around, static_card).tvr
    )
    static_card.atc, static_card.last_online = 16, 16
    assert not pay(offline(terminal), transaction, around, static_card).tvr & (
        TVR.LOWER_OFFLINE_LIMIT_EXCEEDED | TVR.UPPER_OFFLINE_LIMIT_EXCEEDED | TVR.NEW_CARD
    )
    static_card.last_online = 0
    assert TVR.NEW_CARD in pay(offline(terminal), transaction, around, static_card).tvr


@pytest.mark.parametrize(("drawn", "chosen"), [(0, True), (19, True), (20, False), (98, False)])
def test_random_selection_is_the_callers_chance(
    drawn: int, chosen: bool, terminal: Any, transaction: Any, around: Any, static_card: Any
) -> None:
    application = replace(HIGH, selection=RandomSelection(5000, 20, 20))
    terminal = replace(terminal, applications=(application,))
    chance = replace(around, random=lambda size: drawn.to_bytes(size, "big"))
    receipt = pay(terminal, transaction, chance, static_card)
    assert (TVR.RANDOMLY_SELECTED_ONLINE in receipt.tvr) is chosen


def test_hot_cards_and_suspicious_merchants(
    terminal: Any, transaction: Any, around: Any, static_card: Any
) -> None:
    asked = []
    hot = replace(around, hot=lambda account: bool(asked.append(account)) or True)
    forced = replace(transaction, forced_online=True)
    tvr = pay(offline(terminal), forced, hot, static_card).tvr
    assert TVR.CARD_ON_EXCEPTION_FILE | TVR.MERCHANT_FORCED_ONLINE in tvr
    assert asked == ["6228000100001117"]


# --- what a card may say wrong ---


@pytest.mark.parametrize("tag", ["8C", "8D"])
def test_mandatory_data(
    tag: str, terminal: Any, transaction: Any, around: Any, static_card: Any
) -> None:
    record = bytearray(static_card.records[4, 1])
    place = record.index(bytes.fromhex(tag))
    record[place] = 0xC1
    static_card.records[4, 1] = bytes(record)
    with pytest.raises(MalformedData, match=f"tag {tag} is missing"):
        pay(terminal, transaction, around, static_card)


def test_a_tag_that_comes_twice_is_an_error(
    terminal: Any, transaction: Any, around: Any, static_card: Any
) -> None:
    static_card.records[4, 2] = bytes.fromhex("70045F340102")
    with pytest.raises(MalformedData, match="tag 5F34 comes twice"):
        pay(terminal, transaction, around, static_card)


def test_both_formats_of_the_answer(
    terminal: Any, transaction: Any, around: Any, static_card: Any
) -> None:
    static_card.format_2 = True
    assert pay(terminal, transaction, around, static_card).outcome is Outcome.APPROVED_ONLINE


def test_neither_account_nor_name_nor_pin_in_what_prints(
    terminal: Any, transaction: Any, around: Any, static_card: Any
) -> None:
    receipt = pay(terminal, transaction, around, static_card)
    text = repr(receipt) + str(receipt) + repr(receipt.first) + repr(around)
    assert "6228000100001117" not in text
    assert "FULL" not in text
    assert "1234" not in text


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    amount=st.integers(0, 20_000),
    family=st.sampled_from(["rsa", "sm2", "static"]),
    line=st.sampled_from(["online", "unable"]),
    pin=st.sampled_from(["1234", "9999", None]),
    first=st.sampled_from([AAC, TC, ARQC]),
    cda=st.booleans(),
    country=st.sampled_from(["0156", "0840"]),
    number=st.binary(min_size=4, max_size=4),
)
def test_cryptograms_always_verify(
    request: Any,
    terminal: Any,
    transaction: Any,
    around: Any,
    host: Any,
    account: Any,
    amount: int,
    family: str,
    line: str,
    pin: str | None,
    first: int,
    cda: bool,
    country: str,
    number: bytes,
) -> None:
    card = request.getfixturevalue(f"{family}_card")
    card.atc, card.tries = max(card.atc, account.last_atc), 3
    card.aip = CDA if cda and family != "static" else card.aip
    rank = [AAC, ARQC, TC]
    card.first = lambda asked: rank[min(rank.index(asked), rank.index(first))]
    person = replace(around, pin=lambda _tries: Pin(pin) if pin else None)
    if line == "unable":
        person = replace(person, issuer=lambda _request: None)
    there = replace(offline(terminal), country=bytes.fromhex(country))
    before, counter = account.balance, card.atc
    paid = replace(transaction, amount=amount, number=number)
    receipt = pay(there, paid, person, card)
    assert receipt.atc == counter + 1
    online = receipt.outcome in (Outcome.APPROVED_ONLINE, Outcome.DECLINED_ONLINE)
    assert online == ("issuer authenticated" in card.done)
    assert host.settle(receipt.final, in_cash=False) == receipt.outcome.approved
    assert account.balance == before - (amount if receipt.outcome.approved else 0)
    card.done.clear()
    wrong = receipt.cvm.result != 2
    assert wrong == (TVR.CARDHOLDER_NOT_VERIFIED in receipt.tvr or receipt.signature)

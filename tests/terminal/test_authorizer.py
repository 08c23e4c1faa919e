"""The issuer's host: who is believed, what is refused, and the scripts that go to the card."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from sscard.apdu.authorization import IssuerAnswer, IssuerRequest
from sscard.errors import KeyStoreError, MalformedData
from sscard.issuance import script_orders
from sscard.issuance.accounts_in_use import Account, AccountBook, AccountState
from sscard.keys.issuer_operations import DerivedOperations
from sscard.keys.types import Pin
from sscard.perso.plan import run
from sscard.terminal.pos import Application, Outcome, contact

FAMILIES = ("static", "sm2")
AUTHORIZATION_TAGS = (0x9F02, 0x9F03, 0x9F1A, 0x95, 0x5F2A, 0x9A, 0x9C, 0x9F37, 0x82, 0x9F36)


@pytest.fixture(params=FAMILIES)
def card(request: Any) -> Any:
    return request.getfixturevalue(f"{request.param}_card")


def alone(terminal: Any) -> Any:
    """A terminal that lets the card pay without the issuer."""
    return replace(terminal, applications=(Application(floor_limit=10_000),))


@pytest.fixture
def arqc(terminal: Any, transaction: Any, around: Any, card: Any) -> IssuerRequest:
    """A genuine request that nobody has answered yet."""
    kept: list[IssuerRequest] = []

    def keep(request: IssuerRequest) -> None:
        kept.append(request)

    run(contact.transact(terminal, transaction, replace(around, issuer=keep)), card)
    return kept[0]


def changed(request: IssuerRequest, tag: int, value: bytes) -> IssuerRequest:
    return replace(request, values=MappingProxyType({**request.values, tag: value}))


def test_an_answer_that_the_card_believes(
    arqc: IssuerRequest, host: Any, card: Any, oracle: Any
) -> None:
    answer = host.authorize(arqc)
    expected = oracle.arpc(card.family, b"\0\1", arqc.values[0x9F26], b"00")
    assert answer == IssuerAnswer(b"00", expected)


@pytest.mark.parametrize("tag", [0x9F02, 0x9F37, 0x95, 0x9F1A, 0x9F26, 0x9F36])
def test_one_bit_and_nothing_is_believed(
    tag: int, arqc: IssuerRequest, host: Any, account: Any
) -> None:
    value = arqc.values[tag]
    other = changed(arqc, tag, value[:-1] + bytes((value[-1] ^ 1,)))
    assert host.authorize(other) == IssuerAnswer(b"A0")
    assert (account.balance, account.last_atc) == (100_000, 0)


def test_the_same_request_twice(arqc: IssuerRequest, host: Any, account: Any) -> None:
    assert host.authorize(arqc).approved
    assert host.authorize(arqc) == IssuerAnswer(b"94")
    assert account.balance == 100_000 - 1230


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"state": AccountState.FROZEN}, b"62"),
        ({"state": AccountState.LOST}, b"41"),
        ({"state": AccountState.STOLEN}, b"43"),
        ({"state": AccountState.CLOSED}, b"14"),
        ({"limit": 1229}, b"61"),
        ({"limit": 1230}, b"00"),
        ({"balance": 1229}, b"51"),
        ({"balance": 1230}, b"00"),
    ],
)
def test_decisions(
    change: dict[str, Any], code: bytes, arqc: IssuerRequest, host: Any, account: Any
) -> None:
    for name, value in change.items():
        setattr(account, name, value)
    before = account.balance
    answer = host.authorize(arqc)
    assert answer.response_code == code
    assert answer.arpc is not None, "a genuine card gets proof of a no, too"
    assert account.balance == before - (1230 if code == b"00" else 0)


def test_another_currency_is_not_taken(arqc: IssuerRequest, host: Any, account: Any) -> None:
    """Nobody converts: 1230 are fen, or nothing."""
    account.currency = b"\x08\x40"
    answer = host.authorize(arqc)
    assert answer.response_code == b"57"
    assert answer.arpc is not None, "a genuine card gets proof of a no, too"
    assert account.balance == 100_000


def test_an_offline_approval_in_another_currency_is_not_taken_in(
    terminal: Any, transaction: Any, around: Any, card: Any, host: Any, account: Any
) -> None:
    receipt = run(contact.transact(alone(terminal), transaction, around), card)
    account.currency = b"\x08\x40"
    assert not host.settle(receipt.final, in_cash=False)
    assert not host.settle(receipt.final, in_cash=True)
    assert account.balance == 100_000


def test_what_was_paid_in_cash_left_the_account_when_it_was_loaded(
    terminal: Any, transaction: Any, around: Any, card: Any, host: Any, account: Any
) -> None:
    receipt = run(contact.transact(alone(terminal), transaction, around), card)
    assert host.settle(receipt.final, in_cash=True)
    assert account.balance == 100_000
    assert host.settle(receipt.final, in_cash=False), "once per counter"
    assert account.balance == 100_000


def test_an_approval_of_what_the_host_declined_is_not_taken_in(
    terminal: Any, transaction: Any, around: Any, card: Any, host: Any, account: Any
) -> None:
    """The host says no, and a terminal that did not hear it lets the card decide."""
    account.balance = 5

    def unheard(request: IssuerRequest) -> None:
        assert host.authorize(request).response_code == b"51"

    card.records[4, 1] = card.records[4, 1].replace(
        bytes.fromhex("9F0D05F020040000"), bytes.fromhex("9F0D050000000000")
    )
    receipt = run(contact.transact(terminal, transaction, replace(around, issuer=unheard)), card)
    assert receipt.outcome is Outcome.APPROVED_OFFLINE
    assert not host.settle(receipt.final, in_cash=False)
    assert account.balance == 5


@pytest.mark.parametrize("at", range(9, 19))
def test_amounts_that_the_card_did_not_say(at: int, arqc: IssuerRequest, host: Any) -> None:
    """9F10 tells a balance, and has a MAC over it that the cryptogram does not cover."""
    data = bytearray(arqc.values[0x9F10])
    data[at] ^= 1
    assert host.authorize(changed(arqc, 0x9F10, bytes(data))) == IssuerAnswer(b"A0")


def test_a_card_need_say_no_amounts(arqc: IssuerRequest, host: Any) -> None:
    assert host.authorize(changed(arqc, 0x9F10, arqc.values[0x9F10][:8])).approved


def test_strangers_and_what_is_no_request(arqc: IssuerRequest, host: Any) -> None:
    assert host.authorize(replace(arqc, sequence="02")) == IssuerAnswer(b"14")
    for tag, value in ((0x9F10, b""), (0x9F02, b"\1"), (0x9F02, b"\xaa" * 6), (0x9F26, b"")):
        assert host.authorize(changed(arqc, tag, value)) == IssuerAnswer(b"30")


def test_a_tc_is_no_request_and_an_arqc_no_receipt(
    arqc: IssuerRequest, host: Any, terminal: Any, transaction: Any, around: Any, card: Any
) -> None:
    assert not host.settle(arqc, in_cash=False)
    receipt = run(contact.transact(terminal, transaction, around), card)
    assert host.authorize(receipt.final) == IssuerAnswer(b"12")
    with pytest.raises(MalformedData, match="different decisions"):
        host.settle(changed(receipt.final, 0x9F27, b"\x80"), in_cash=False)


def test_a_family_without_keys_is_the_stores_fault(
    arqc: IssuerRequest, account: Account, host: Any
) -> None:
    host.keys = DerivedOperations({})
    with pytest.raises(KeyStoreError, match="no issuer master keys for"):
        host.authorize(arqc)


def test_every_script(
    terminal: Any,
    transaction: Any,
    around: Any,
    card: Any,
    account: Any,
    oracle: Any,
) -> None:
    account.orders.extend(
        [
            script_orders.unblock_application(),
            script_orders.put_data(0x9F79, bytes.fromhex("000000010000")),
            script_orders.update_record(1, 1, b"\x70\x02\x57\x00"),
            script_orders.unblock_pin(),
            script_orders.change_pin(Pin("1234")),
            script_orders.block_application(),
        ]
    )
    receipt = run(contact.transact(terminal, transaction, around), card)
    assert card.done == [
        "issuer authenticated",
        "unblock",
        "put 9F79=000000010000",
        "record 1.1",
        "PIN 0",
        "PIN 2",
        "block",
    ]
    assert [(each.final, each.commands, each.failed) for each in receipt.scripts] == [
        (False, 1, None),
        (True, 5, None),
    ]
    assert not account.orders
    key = oracle.session(card.family, "enc", b"\0\1")
    mask = oracle.udk(card.family, "enc")[4:8]
    block = bytes.fromhex("041234FF") + bytes(a ^ 0xFF for a in mask)
    assert card.new_pin == oracle.ecb(card.family, key, b"\x08" + block + b"\x80" + bytes(6))


def test_a_script_with_the_current_pin(
    terminal: Any, transaction: Any, around: Any, card: Any, account: Any
) -> None:
    account.orders.append(script_orders.change_pin(Pin("1234"), Pin("4321")))
    run(contact.transact(terminal, transaction, around), card)
    assert card.done[-1] == "PIN 1"


def test_a_card_that_refuses_stops_the_script(
    terminal: Any, transaction: Any, around: Any, card: Any, account: Any
) -> None:
    card._ins_18 = lambda *_: b"\x69\x85"
    account.orders.extend([script_orders.unblock_application(), script_orders.block_card()])
    receipt = run(contact.transact(terminal, transaction, around), card)
    first, second = receipt.scripts
    assert (first.failed, first.sw) == (1, 0x6985)
    assert (second.failed, second.sw) == (1, 0x6D00)
    assert receipt.outcome is Outcome.APPROVED_ONLINE
    assert bytes(receipt.tvr)[4] == 0x30
    assert 0x20 & receipt.values[0x95][4], "the card heard of the first before its second answer"


def test_a_warning_does_not_stop_a_script(
    terminal: Any, transaction: Any, around: Any, card: Any, account: Any
) -> None:
    card._ins_da = lambda *_: b"\x62\x00"
    account.orders.extend([script_orders.put_data(0x9F79, bytes(6)), script_orders.unblock_pin()])
    receipt = run(contact.transact(terminal, transaction, around), card)
    assert [each.failed for each in receipt.scripts] == [None]
    assert card.done[-1] == "PIN 0"


def test_nothing_secret_prints(host: Any, account: Any, arqc: IssuerRequest) -> None:
    account.orders.append(script_orders.change_pin(Pin("8172")))
    text = repr((host, account, arqc, host.keys, host.book, account.orders))
    for secret in ("6228000100001117", "8172", "9B40E9C4", "100000"):
        assert secret not in text


def test_an_account_opens_once(account: Account) -> None:
    book = AccountBook()
    book.open(account)
    with pytest.raises(ValueError, match=r"^there is such an account already$"):
        book.open(account)

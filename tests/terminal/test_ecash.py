"""Electronic cash over the contacts, as the terminal sees it (pboc 2.3, 5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sscard.apdu.status import StatusError
from sscard.apdu.tvr import TVR
from sscard.errors import MalformedData
from sscard.perso.plan import run
from sscard.terminal.pos import Application, Kind, Outcome, contact
from sscard.terminal.pos.card_data import ECash

CODE = bytes.fromhex("7009 9F7406 454343313131")
TC, ARQC = 1, 2
GET_DATA, GENERATE_AC = 0xCA, 0xAE
LIMIT = Application(cash_limit=5000)


def amount(number: int) -> bytes:
    return bytes.fromhex(f"{number:012}")


@pytest.fixture
def card(static_card: Any) -> Any:
    """100.00 yuan, and 10.00 are to stay."""
    static_card.records[4, 2] = CODE
    static_card.data = {"9F79": amount(10_000), "9F6D": amount(1000)}
    return static_card


@pytest.fixture
def taking(terminal: Any) -> Any:
    return replace(terminal, ecash=True, applications=(LIMIT,))


def pay(terminal: Any, transaction: Any, around: Any, card: Any) -> Any:
    return run(contact.transact(terminal, transaction, around), card)


def sent(card: Any, ins: int) -> list[str]:
    return [command[2:4].hex() for command, _ in card.log if command[1] == ins]


@pytest.mark.parametrize(
    ("application", "changes", "offered"),
    [
        (Application(cash_limit=1231), {}, True),
        (Application(cash_limit=1230), {}, False),
        (Application(cash_limit=1230, floor_limit=5000), {}, False),
        (Application(floor_limit=1231), {}, True),
        (Application(floor_limit=1230), {}, False),
        (LIMIT, {"kind": Kind.CASH}, False),
        (LIMIT, {"kind": Kind.REFUND}, False),
        (LIMIT, {"other": 1}, False),
    ],
)
def test_small_purchases(
    terminal: Any,
    transaction: Any,
    around: Any,
    card: Any,
    application: Any,
    changes: Any,
    offered: bool,
) -> None:
    taking = replace(terminal, ecash=True, applications=(application,))
    receipt = pay(taking, replace(transaction, **changes), around, card)
    assert card.told["9F7A"] == bytes((offered,))
    assert (receipt.ecash is not None) == offered


def test_a_terminal_that_takes_none(
    terminal: Any, transaction: Any, around: Any, card: Any
) -> None:
    plain = replace(terminal, applications=(LIMIT,))
    assert pay(plain, transaction, around, card).ecash is None
    assert card.told["9F7A"] == b"\0"


def test_the_card_pays(taking: Any, transaction: Any, around: Any, card: Any, account: Any) -> None:
    card._data = lambda cvr: b"\7\1\1" + cvr + bytes.fromhex("01 0A01 0000008770 AABBCCDD")
    receipt = pay(taking, transaction, around, card)
    assert receipt.outcome is Outcome.APPROVED_OFFLINE
    assert receipt.ecash == ECash(10_000, 1000, 8770)
    assert receipt.ecash.paid
    assert receipt.tvr == TVR.SDA_SELECTED, "the floor limit of 0.00 is not for cash"
    assert [tag for tag in sent(card, GET_DATA) if tag != "9f17"] == ["9f79", "9f6d"]
    assert sent(card, GENERATE_AC) == ["4000"]
    assert account.balance == 100_000


@pytest.mark.parametrize(
    "data", ["0701010390000001", "0701010390000001 0A02 0000001111 AABBCCDD", "07"]
)
def test_what_is_left_is_asked_for(
    taking: Any, transaction: Any, around: Any, card: Any, data: str
) -> None:
    """The card does not say it along with its cryptogram."""

    def told(_cvr: bytes) -> bytes:
        card.data["9F79"] = amount(8770)
        return bytes.fromhex(data)

    card._data = told
    assert pay(taking, transaction, around, card).ecash.left == 8770
    assert sent(card, GET_DATA)[-1] == "9f79"


def test_what_is_left_is_not_told(taking: Any, transaction: Any, around: Any, card: Any) -> None:
    def told(_cvr: bytes) -> bytes:
        del card.data["9F79"]
        return bytes.fromhex("0701010390000001")

    card._data = told
    receipt = pay(taking, transaction, around, card)
    assert receipt.outcome is Outcome.APPROVED_OFFLINE
    assert (receipt.ecash.left, receipt.ecash.paid) == (None, False)


@pytest.mark.parametrize(("balance", "asked"), [(2230, "4000"), (2229, "8000"), (0, "8000")])
@pytest.mark.parametrize("alone", [False, True])
def test_below_the_threshold_the_issuer_is_asked(
    taking: Any,
    transaction: Any,
    around: Any,
    card: Any,
    account: Any,
    balance: int,
    asked: str,
    alone: bool,
) -> None:
    card.data["9F79"] = amount(balance)
    if alone:
        taking = replace(taking, kind=0x23)
    receipt = pay(taking, transaction, around, card)
    assert sent(card, GENERATE_AC)[0] == ("4000" if alone else asked)
    if asked == "8000" and not alone:
        assert receipt.outcome is Outcome.APPROVED_ONLINE
        assert receipt.ecash == ECash(balance, 1000)
        assert not receipt.ecash.paid
        assert account.balance == 100_000 - 1230


def test_the_card_wants_the_issuer(taking: Any, transaction: Any, around: Any, card: Any) -> None:
    card.first = lambda _asked: ARQC
    receipt = pay(taking, transaction, around, card)
    assert receipt.outcome is Outcome.APPROVED_ONLINE
    assert receipt.ecash.left is None


def test_a_merchant_who_wants_the_issuer(
    taking: Any, transaction: Any, around: Any, card: Any
) -> None:
    receipt = pay(taking, replace(transaction, forced_online=True), around, card)
    assert receipt.outcome is Outcome.APPROVED_ONLINE


def test_without_the_issuers_code_it_is_not_cash(
    taking: Any, transaction: Any, around: Any, card: Any
) -> None:
    """The card was offered it and chose otherwise: all limits are for it again."""
    del card.records[4, 2]
    receipt = pay(taking, transaction, around, card)
    assert receipt.ecash is None
    assert TVR.FLOOR_LIMIT_EXCEEDED in receipt.tvr
    assert "9f79" not in sent(card, GET_DATA)


@pytest.mark.parametrize("tag", ["9F79", "9F6D"])
@pytest.mark.parametrize(
    ("value", "error"),
    [
        (None, StatusError),
        (b"", MalformedData),
        (bytes(5), MalformedData),
        (b"\xaa" * 6, MalformedData),
    ],
)
def test_a_card_that_does_not_tell(
    taking: Any, transaction: Any, around: Any, card: Any, tag: str, value: Any, error: Any
) -> None:
    if value is None:
        del card.data[tag]
    else:
        card.data[tag] = value
    with pytest.raises(error, match=tag):
        pay(taking, transaction, around, card)

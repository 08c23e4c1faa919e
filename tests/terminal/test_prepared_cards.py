"""Cards as the bank's data preparation makes them, at a terminal that asks their issuer."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from typing import Any

import pytest

from simulator import VirtualCard
from sscard.apdu.terminal_capabilities import TerminalCapabilities
from sscard.apdu.tvr import TVR
from sscard.cos.protocol import Protocol
from sscard.errors import ProfileError
from sscard.issuance.accounts_in_use import Account, AccountBook
from sscard.issuance.authorizer import Authorizer
from sscard.issuance.card_signing import families, new_signing
from sscard.issuance.stations import BankStation
from sscard.keys import SUITES, Pin
from sscard.keys.issuer_operations import DerivedOperations
from sscard.keys.stores import load_bank, load_exchange
from sscard.keys.stores.certificates import CertificateStore, load_certificates
from sscard.perso import audit_pse
from sscard.perso.plan import run
from sscard.perso.pse import BankAccount, Instance, personalize, prepare
from sscard.profiles import Profile, Setting, load_profile
from sscard.terminal.pos import (
    Application,
    Authorities,
    Outcome,
    Surroundings,
    Terminal,
    Transaction,
    contact,
    contactless,
)

ACCOUNT = BankAccount("TEST", "6228000100001117", "3012", "01", test=True)
DAY = datetime(2026, 11, 22, 10, 30, 0)
CHIPS = {"gen2": "gen2-32k", "gen3": "gen3-80k"}
UNSIGNED = TVR.SDA_FAILED | TVR.DDA_FAILED | TVR.CDA_FAILED


@cache
def issuers() -> CertificateStore:
    return load_certificates(random=random.Random(3).randbytes)


@cache
def complete(name: str) -> Profile:
    """Everything on the card, and some money in it."""
    profile = load_profile(name)
    written = tuple(each.model_copy(update={"written": True}) for each in profile.groupings)
    money = Setting(value=60000, source="test", mark="S")
    bank = {**profile.bank, **({"cash_balance": money} if name == "gen3" else {})}
    return profile.model_copy(update={"bank": bank, "groupings": written})


@cache
def groupings(name: str) -> tuple[Instance, ...]:
    profile = complete(name)
    return prepare(
        profile,
        ACCOUNT,
        "诸葛验收",
        load_bank(),
        effective=date(2026, 2, 3),
        id_number="110101199003070038",
        signing=new_signing(profile, issuers(), random.Random(4).randbytes),
    )


@pytest.fixture
def card_of() -> Callable[[str], VirtualCard]:
    def make(name: str) -> VirtualCard:
        card = VirtualCard.blank(CHIPS[name])
        card.power_on()
        run(personalize(groupings(name), load_bank(), random=bytes), card)
        return card

    return make


@pytest.fixture
def shop() -> tuple[Callable[..., Terminal], Surroundings]:
    """Terminals with the TEST authorities, and the issuer's host with the TEST bank's keys."""
    book, store = AccountBook(), load_bank()
    book.open(Account(ACCOUNT.number, ACCOUNT.psn, balance=1_000_000))
    keys = DerivedOperations({"3des": store.udk, "sm4": store.sm4_udk})
    host = Authorizer(book, keys, lambda _account, _block: True)
    around = Surroundings(
        random=random.Random(1).randbytes,
        issuer=host.authorize,
        pin=lambda _tries: Pin("123456"),
        online_pin=lambda _account: bytes.fromhex("24123456FFFFFFFF"),
    )
    known = Authorities(issuers().rsa_authorities, issuers().sm2_authorities)
    return lambda **changes: Terminal(authorities=known, **changes), around


@pytest.mark.parametrize("name", CHIPS)
def test_the_card_takes_every_grouping_and_the_audit_agrees(
    name: str, card_of: Callable[[str], VirtualCard]
) -> None:
    card = card_of(name)
    card.reset()
    findings = run(audit_pse.audit(groupings(name)), card)
    assert len(findings) > 10
    assert [each.subject for each in findings if not each.agrees] == []


@pytest.mark.parametrize(("name", "sm"), [("gen2", False), ("gen3", False), ("gen3", True)])
def test_on_line_with_contacts(
    name: str, sm: bool, card_of: Callable[[str], VirtualCard], shop: Any
) -> None:
    terminal, around = shop
    card = card_of(name)
    card.power_on()
    selling = terminal(sm=sm, applications=(Application(floor_limit=0),))
    receipt = run(contact.transact(selling, Transaction(1230, DAY, b"1234"), around), card)
    assert receipt.outcome is Outcome.APPROVED_ONLINE
    assert not receipt.tvr & UNSIGNED
    assert TVR.OFFLINE_DATA_AUTHENTICATION_NOT_PERFORMED not in receipt.tvr
    assert receipt.values[0x9F10][7] == (4 if sm else 1)


@pytest.mark.parametrize("sm", [False, True])
def test_over_the_antenna_without_the_issuer(
    sm: bool, card_of: Callable[[str], VirtualCard], shop: Any
) -> None:
    """fDDA with the certificates of either family; the cash that is left is told."""
    terminal, around = shop
    card = card_of("gen3")
    card.power_on(Protocol.CONTACTLESS)
    buying = Transaction(1230, DAY, b"1234")
    receipt = run(contactless.transact(terminal(sm=sm), buying, around), card)
    assert receipt.outcome is Outcome.APPROVED_OFFLINE
    assert not receipt.tvr
    assert receipt.values[0x9F10][7] == (4 if sm else 1)
    assert receipt.values[0x9F5D].hex() == "000000058770"


@pytest.mark.parametrize("sm", [False, True])
@pytest.mark.parametrize("proof", [TerminalCapabilities.SDA, TerminalCapabilities.DDA])
def test_small_payments_in_cash_ask_for_no_signature(
    proof: TerminalCapabilities, sm: bool, card_of: Callable[[str], VirtualCard], shop: Any
) -> None:
    """Electronic cash has its own signed record, with its own CVM list and action codes."""
    terminal, around = shop
    card = card_of("gen3")
    card.power_on()
    signing = TerminalCapabilities.SIGNATURE | TerminalCapabilities.NO_CVM
    selling = terminal(
        sm=sm,
        ecash=True,
        capabilities=signing | proof,
        applications=(Application(floor_limit=100_000),),
    )
    credit = replace(selling, ecash=False)
    receipt = run(contact.transact(credit, Transaction(1230, DAY, b"1234"), around), card)
    assert receipt.outcome is Outcome.APPROVED_ONLINE, "it is new"
    assert receipt.signature
    receipt = run(contact.transact(selling, Transaction(1230, DAY, b"1234"), around), card)
    assert receipt.outcome is Outcome.APPROVED_OFFLINE
    assert receipt.ecash is not None
    assert receipt.ecash.left == 58770
    assert not receipt.signature
    assert receipt.values[0x8E].hex().upper() == "00000000000000001F00"
    assert receipt.values[0x9F0E].hex().upper() == "7C70B80800"
    assert receipt.tvr in (TVR(0), TVR.SDA_SELECTED), "signed like the other record"


def test_a_terminal_with_other_authorities_trusts_no_card(
    card_of: Callable[[str], VirtualCard], shop: Any
) -> None:
    terminal, around = shop
    strange = replace(terminal(), authorities=Authorities({}, {}))
    card = card_of("gen3")
    card.power_on()
    receipt = run(contact.transact(strange, Transaction(1230, DAY, b"1234"), around), card)
    assert receipt.tvr & (UNSIGNED | TVR.OFFLINE_DATA_AUTHENTICATION_NOT_PERFORMED)


# Who signs


def test_only_what_is_written_is_signed() -> None:
    plain = load_profile("gen3")
    unwritten = tuple(each.model_copy(update={"written": False}) for each in plain.groupings)
    assert families(plain.model_copy(update={"groupings": unwritten})) == (False, False)
    assert families(complete("gen2")) == (True, False)
    assert families(complete("gen3")) == (True, True)
    made = new_signing(complete("gen2"), issuers(), bytes)
    assert made is not None
    assert made.sm2 is None


def test_a_station_without_issuers_says_so_before_it_begins() -> None:
    profile = complete("gen3")
    exchange = load_exchange(None, SUITES[profile.suite])
    station = BankStation(profile, load_bank(), exchange, random.Random(5).randbytes)
    with pytest.raises(ProfileError, match="cards are signed, but there are no issuers"):
        station.rehearse(date(2026, 2, 3))
    replace(station, issuers=issuers()).rehearse(date(2026, 2, 3))

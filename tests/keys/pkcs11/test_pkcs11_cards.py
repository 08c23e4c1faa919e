"""Whole cards with the masters in two tokens: social security in one, the bank in another."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from simulator import VirtualCard
from sscard.apdu import atr, iso7816, ssc
from sscard.channel import authenticate
from sscard.issuance.applicants import read_applicants
from sscard.issuance.issue_folder import open_folder
from sscard.issuance.ledger import Ledger, LedgerKeys
from sscard.issuance.line import Job, Line
from sscard.issuance.machines import CHINA, Machines, Timing
from sscard.issuance.report_data import Outcome
from sscard.issuance.stations import BankStation, SocialStation
from sscard.keys import Factors, SocialSecurityStore
from sscard.keys.key_table import key_entry
from sscard.keys.stores import OperationsStore, load_exchange, load_social_security
from sscard.keys.stores.certificates import load_certificates
from sscard.keys.stores.pkcs11 import Pkcs11BankStore, Pkcs11Operations, open_pkcs11
from sscard.keys.stores.pkcs11.login import logged_in
from sscard.keys.stores.pkcs11.masters import bring_in
from sscard.keys.stores.pkcs11.pins import ask_on_terminal
from sscard.keys.stores.pkcs11.settings import token_settings
from sscard.keys.stores.store_file import StoreFile, checked
from sscard.profiles import load_profile

EXAMPLES = Path(__file__).parents[3] / "examples"


#: Whose keys the cards of the examples have.
CITY = "639900"


@pytest.fixture(scope="session")
def of_a_city(
    new_token: Callable[..., Any], of_level: Callable[..., Any]
) -> Callable[[], Pkcs11Operations]:
    """A token whose masters are the city's own."""

    def make() -> Pkcs11Operations:
        document = of_level("3des", "city", CITY)
        named = {**document, **new_token("cards of a city")}
        keys = checked(document, "T").keys
        with logged_in(token_settings(named, "T"), ask_on_terminal) as token:
            bring_in(token, keys, test=True, roots=token_settings(named, "T").roots)
        return open_pkcs11(named, "T")

    return make


def test_twenty_cards_of_two_tokens(
    operations: Pkcs11Operations,
    bank: Pkcs11BankStore,
    test_masters: Callable[[str], StoreFile],
    tmp_path: Path,
) -> None:
    social = OperationsStore(operations, test_masters("ssse-3des").lots, "token")
    issue(social, bank, tmp_path, 20)


def test_cards_of_a_citys_token(
    of_a_city: Callable[[], Pkcs11Operations],
    bank: Pkcs11BankStore,
    test_masters: Callable[[str], StoreFile],
    tmp_path: Path,
) -> None:
    social = OperationsStore(of_a_city(), test_masters("ssse-3des").lots, "token")
    issue(social, bank, tmp_path, 3)


def issue(social: OperationsStore, bank: Pkcs11BankStore, tmp_path: Path, count: int) -> None:
    """Make so many cards, and audit each with the ministry's masters."""
    profile, exchange = load_profile("gen2"), load_exchange()
    people = read_applicants(EXAMPLES / "applicants.csv", profile, today=date(2026, 1, 1))
    with (
        open_folder(tmp_path / "out") as folder,
        Ledger.open(folder.ledger, LedgerKeys.of(social)) as ledger,
    ):
        line = Line(
            social=SocialStation(profile, social, exchange, "TEST-GEN2", os.urandom),
            bank=BankStation(profile, bank, exchange, os.urandom, load_certificates()),
            ledger=ledger,
            folder=folder,
            machines=Machines(VirtualCard.blank, VirtualCard.load),
            job=Job("B1", ("gen2", bytes(32))),
            now=lambda: datetime.now(CHINA),
            timing=Timing(time.perf_counter),
        )
        results = list(line.issue(people.applicants[:count]))
        assert [each.outcome for each in results] == [Outcome.ISSUED] * count
        images = sorted((tmp_path / "out" / "cards").iterdir())
    assert len(images) == count
    for image in images:
        assert shows_its_key_to(load_social_security(), VirtualCard.load(image))


def shows_its_key_to(store: SocialSecurityStore, card: VirtualCard) -> bool:
    """Whether somebody with the same masters elsewhere is let in by the card."""
    historical = atr.historical_bytes(card.power_on())
    card.transmit(bytes(iso7816.select(load_profile("gen2").directory("SSSE").df_name)))
    challenge = card.transmit(bytes(iso7816.get_challenge(8)))[:8]
    entry = key_entry("RKSSSE")
    key = store.card_key(entry.name, 3, Factors.of(CITY, historical))
    proof = authenticate(store.suite, key, challenge, challenge)
    command = ssc.external_authenticate(entry.kid, proof, challenge, version=3)
    return card.transmit(bytes(command)) == b"\x90\0"

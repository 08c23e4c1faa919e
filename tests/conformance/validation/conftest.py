"""Finished cards of each generation, right ones and wrong ones, and their records."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Any

import pytest

from simulator import VirtualCard
from sscard.conformance.validation import Expected, Judged, Verdict, answers, validate
from sscard.conformance.validation.expected import CertificatesExpected
from sscard.cos import NVM
from sscard.issuance import account_expected, card_record
from sscard.issuance.card_keys import CardKeys
from sscard.issuance.card_signing import new_signing
from sscard.issuance.stations import BankStation, SocialStation, applications
from sscard.keys import SUITES, rsa_generation, sm2_keys
from sscard.keys.issuer_operations import DerivedOperations
from sscard.keys.stores import load_bank, load_exchange, load_social_security
from sscard.keys.stores.certificates import load_certificates
from sscard.perso import pse, social_security
from sscard.perso.audit_transaction import Witnesses
from sscard.perso.order import CardNumbers, CardOrder, wanted
from sscard.perso.plan import run
from sscard.perso.pse import BankAccount, Instance
from sscard.profiles import Profile, load_profile
from sscard.profiles.chips import load_chip
from tests.certified_card import AT, BLANK, authority, certify

TODAY = date(2026, 11, 22)
ACCOUNT = "6228000100001117"
#: Invented; every value can be searched for in what must not show it.
PERSON: Mapping[str, object] = {
    "id_number": "110101199003070038",
    "name": "诸葛验收",
    "sex": "1",
    "birth_date": "1990-03-07",
    "phone": "13987654321",
}

Orders = Callable[[CardOrder], CardOrder]
Instances = Callable[[tuple[Instance, ...]], tuple[Instance, ...]]


def same(value: Any) -> Any:
    return value


@dataclass
class Maker:
    """The two stations of one generation, with the TEST keys."""

    profile: Profile
    random: Callable[[int], bytes] = field(default_factory=lambda: random.Random(1).randbytes)

    def __post_init__(self) -> None:
        suite = SUITES[self.profile.suite]
        self.store, self.exchange = load_social_security(None, suite), load_exchange(None, suite)
        self.bank, self.chip = load_bank(), load_chip(self.profile.chip)
        self.issuers = load_certificates(random=self.random)
        self.city = self.profile.setting("issuing_division").text
        keys = CardKeys(rsa_generation.generate, lambda: sm2_keys.generate(self.random))
        self.signing = new_signing(self.profile, self.issuers, self.random, keys)
        self.account = BankAccount("TEST", ACCOUNT, "3612", "01", test=True)
        numbers = CardNumbers("X00000019", b"\xc0\x66\x67\x79", self.city, date(2026, 1, 31))
        station = SocialStation(self.profile, self.store, self.exchange, self.chip.lot, self.random)
        self.order = station.prepare(PERSON, numbers)

    def instances(self, account: BankAccount | None = None) -> tuple[Instance, ...]:
        return pse.prepare(
            self.profile,
            account or self.account,
            str(PERSON["name"]),
            self.bank,
            effective=date(2026, 1, 31),
            id_number=str(PERSON["id_number"]),
            signing=self.signing,
        )

    def make(
        self,
        order: Orders = same,
        instances: Instances = same,
        *,
        closed: bool = True,
        certified: bool = True,
    ) -> VirtualCard:
        """A finished card; what goes onto it can be changed before."""
        lot, wanted = self.store.lot(self.chip.lot), order(self.order)
        card = VirtualCard.blank(self.chip, lot=lot, random=random.Random(2).randbytes)
        names, delivery = applications(self.profile), self.chip.instances
        run(
            social_security.personalize(wanted, self.random, applications=names, delivery=delivery),
            card,
        )
        run(pse.personalize(instances(self.instances()), self.bank, random=self.random), card)
        station = BankStation(self.profile, self.bank, self.exchange, self.random)
        if closed:
            station.close(card, wanted.historical)
        if self.profile.certificates is not None and certified:
            asked = {"card_id": wanted.card_id_code.hex().upper(), "name": str(PERSON["name"])}
            certify(card, **asked)
        return card


def trusted(**changes: Any) -> CertificatesExpected:
    """The root of the TEST authority, and the user PIN."""
    right = CertificatesExpected(BLANK.user_pin, authority().root, authority().issuers, AT)
    return replace(right, **changes)


@cache
def maker(name: str) -> Maker:
    return Maker(load_profile(name))


@cache
def cells(name: str) -> bytes:
    return bytes(maker(name).make().card.nvm.cells)


@dataclass
class Bench:
    """A card in front of a validation, what it is measured by, and what was said to it."""

    made: Maker
    card: VirtualCard
    record: dict[str, object]
    answer: Callable[[bytes, bytes], bytes] = lambda _, answer: answer
    keys: bool = True
    bank: bool = True
    pin: bool = True
    trusted: CertificatesExpected = field(default_factory=lambda: trusted())
    sent: list[bytes] = field(default_factory=list)

    def reset(self) -> bytes:
        return self.answer(b"", self.card.reset())

    def transmit(self, command: bytes) -> bytes:
        self.sent.append(command)
        return self.answer(command, self.card.transmit(command))

    def expected(self) -> Expected:
        """As the command does it."""
        made, profile = self.made, self.made.profile
        record = card_record.parse_record(json.dumps(self.record), profile, TODAY)
        store = made.store if self.keys else None
        card = wanted(profile, record.values, record.numbers, run(answers(), self), store)
        card = replace(card, values={**card.values, **record.values})
        code = made.store.authentication_code(record.numbers.city, card.card_id_code[:12])
        assert record.account
        instances = account_expected.instances(
            profile,
            record.account,
            (card.name, card.id_number),
            made.bank,
            effective=record.effective,
            random=made.random,
            pin=self.pin,
        )
        known = made.issuers.rsa_authorities, made.issuers.sm2_authorities
        witnesses = Witnesses(*known, DerivedOperations.of(made.bank), b"\x12\x34\x56\x78")
        return Expected(
            card,
            self.pin,
            record.left_open,
            code if self.keys else None,
            instances,
            witnesses if self.bank else Witnesses(),
            self.trusted,
        )

    def judged(self) -> tuple[Judged, ...]:
        expected = self.expected()
        self.sent.clear()
        return run(validate(expected, random.Random(5).randbytes), self)

    def wrong(self) -> set[str]:
        """What differs, by its identifier."""
        return {each.subject for each in self.judged() if each.verdict is Verdict.DIFFERS}


@pytest.fixture(scope="session")
def bench() -> Callable[..., Bench]:
    """Makes a card in front of a validation; ``card`` is another than the right one."""

    def make(name: str = "gen2", card: VirtualCard | None = None, **changes: Any) -> Bench:
        made = maker(name)
        code = made.order.card_id_code.hex().upper()
        record: dict[str, object] = {
            **PERSON,
            "card_number": "X00000019",
            "card_identification_code": code,
            "issue_date": "2026-01-31",
            "bank_number": ACCOUNT,
            "bank_expiry": "3612",
            **changes.pop("record", {}),
        }
        if card is None:
            memory = NVM(bytearray(cells(name)))
            card = VirtualCard(memory, made.chip, random=random.Random(3).randbytes)
            card.power_on()
        return Bench(made, card, record, **changes)

    return make


@pytest.fixture(scope="session")
def make_card() -> Callable[..., VirtualCard]:
    """A finished card of a generation; ``order`` and ``instances`` change what goes onto it."""

    def make(name: str = "gen2", **changes: Any) -> VirtualCard:
        return maker(name).make(**changes)

    return make

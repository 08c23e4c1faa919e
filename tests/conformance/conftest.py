"""Simulated personalized cards with everything a tester could bring, in process."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest

from simulator.faults import FaultyCard, SimulatedPowerCutter
from sscard.conformance import Bench, Case, Result, Session, StoreKeys, run
from sscard.conformance.certificate_card import certificate_card
from sscard.conformance.certificates import CertificateMeans
from sscard.conformance.loading import cases_from
from sscard.conformance.packaged import parsed
from sscard.issuance.ca.known import known_test_card
from sscard.issuance.machines import CHINA
from sscard.keys import SUITES, Pin
from sscard.keys.stores import load_social_security
from sscard.perso.plan import run as drive
from sscard.profiles import Profile, load_profile
from sscard.pytest_plugin import HOLDER
from sscard.pytest_plugin.cards import Cards, Wanted
from tests.certified_card import uncertified

SPECS = ("gen1", "gen2", "gen3")


@dataclass
class Desk:
    """A card in its reader, and the bench around it."""

    card: FaultyCard
    bench: Bench
    session: Session = field(init=False)

    def __post_init__(self) -> None:
        self.session = Session(self.bench)

    @property
    def profile(self) -> Profile:
        return self.bench.profile

    def with_bench(self, **changes: Any) -> Desk:
        """The same card at another bench."""
        return Desk(self.card, replace(self.bench, **changes))

    def run(self, cases: Iterable[Case], on_result: Any = None) -> tuple[Result, ...]:
        """Run cases; the session goes on from call to call."""
        return run(cases, self.bench, self.card, time.perf_counter, on_result, session=self.session)

    def cases(self, text: str) -> tuple[Case, ...]:
        """The cases that a file with this text has, for this profile."""
        return cases_from([parsed("test.toml", text)], self.profile)


@pytest.fixture(scope="session")
def cards(tmp_path_factory: pytest.TempPathFactory) -> Cards:
    return Cards(tmp_path_factory.mktemp("conformance"))


def brought(card: FaultyCard, profile: Profile) -> CertificateMeans:
    """What the tester has of the certificate application: the answer of the TEST CA."""
    if profile.certificates is None:
        return CertificateMeans()
    shown = drive(certificate_card(profile.certificates), card)
    found = known_test_card(profile, shown.card_id, shown.content)
    assert found is not None
    return CertificateMeans.of(
        found.user_pin, found.admin_pin, found.master, found.root, found.issuers
    )


def desk_of(cards: Cards, spec: str, *, blank: bool = False) -> Desk:
    """A finished card with TEST keys, and a tester who has them all.

    A third-generation card has its certificates unless it is to be ``blank`` of them.
    """
    profile = load_profile(spec)
    card = cards.user_card(Wanted.of(spec, holder=HOLDER), ())
    if blank:
        uncertified(card)
    card.power_on()
    store = load_social_security(None, SUITES[profile.suite])
    return Desk(
        card,
        Bench(
            profile=profile,
            random=os.urandom,
            keys=StoreKeys(store),
            pin=Pin(profile.setting("initial_pin").text).encoded(),
            power=SimulatedPowerCutter(card),
            facts=frozenset({"bank"}),
            bank_pin=Pin(profile.bank_setting("offline_pin").text).encoded(),
            today=datetime.now(CHINA).date(),
            certificates=brought(card, profile),
        ),
    )


@pytest.fixture
def make_desk(cards: Cards) -> Callable[[str], Desk]:
    """Desks by profile; every one has a card of its own."""
    return lambda spec: desk_of(cards, spec)


@pytest.fixture
def desk(make_desk: Callable[[str], Desk]) -> Desk:
    return make_desk("gen2")


@pytest.fixture(scope="session")
def session_desk(cards: Cards) -> Desk:
    """One desk for tests that do not change its card for good."""
    return desk_of(cards, "gen2")

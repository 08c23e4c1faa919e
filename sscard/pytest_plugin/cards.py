"""Cards for tests: made once in a session for each profile and holder, a copy for every test."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path

from simulator import PsamCard, VirtualCard
from simulator.faults import Fault, FaultyCard, FaultyNVM
from simulator.faults.scenario import load_scenario
from sscard.issuance.ca.load import load_authority
from sscard.issuance.certificate_station import CertificateStation
from sscard.issuance.machines import CHINA
from sscard.issuance.stations import BankStation, SocialStation, account_of_test_bank
from sscard.keys import SUITES, ChipLot
from sscard.keys.stores import load_bank, load_exchange, load_social_security
from sscard.keys.stores.certificates import load_certificates
from sscard.perso import psam
from sscard.perso.order import CardNumbers, CardOrder
from sscard.perso.plan import run
from sscard.perso.psam import PsamNumbers
from sscard.profiles import Profile, load_profile
from sscard.profiles.chips import load_chip, load_psam_chip

_ACCOUNT = "6228000000000011"
_SERIAL = bytes.fromhex("C0666779")
#: Issued at the beginning of the year, so that a run at midnight is no other card.
_MONTH, _DAY = 1, 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which card a test wants.  ``values`` are columns of its holder."""

    spec: str
    blank: bool
    values: Mapping[str, str] = field(repr=False)

    @classmethod
    def of(
        cls, spec: str = "gen2", *, holder: Mapping[str, str], blank: bool = False, **values: str
    ) -> Wanted:
        """What the marker ``ssc_profile`` says."""
        return cls(spec, blank, {**holder, **values})

    @property
    def holder(self) -> Mapping[str, str]:
        """The columns, and the card's PIN."""
        return {**self.values, "pin": load_profile(self.spec).setting("initial_pin").text}

    @property
    def name(self) -> str:
        """Of the image, for this session."""
        said = repr((self.spec, self.blank, sorted(self.values.items())))
        return hashlib.sha256(said.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Cards:
    """Makes cards into ``folder``, each kind once."""

    folder: Path

    def user_card(self, wanted: Wanted, faults: Iterable[Fault | Path | str]) -> FaultyCard:
        """A copy of the card that is wanted, and what goes wrong with it.

        Raises ProfileError for no such profile or a wrong scenario.
        """
        path = self.folder / f"{wanted.name}.card"
        if not path.exists():
            _made(wanted).save(path)
        return _faulty(VirtualCard.load(path, nvm=FaultyNVM), faults)

    def psam(self, wanted: Wanted) -> PsamCard:
        """A copy of the PSAM for the profile that is wanted."""
        path = self.folder / f"psam-{wanted.spec.replace('/', '-')}.card"
        if not path.exists():
            _psam(load_profile(wanted.spec)).save(path)
        return PsamCard.load(path)


def _faulty(card: VirtualCard, faults: Iterable[Fault | Path | str]) -> FaultyCard:
    planned: list[Fault] = []
    patience = None
    for each in faults:
        if isinstance(each, Fault):
            planned.append(each)
        else:
            scenario = load_scenario(Path(each))
            planned += scenario.faults
            patience = scenario.reader.patience_seconds
    return FaultyCard(card, planned, patience=patience)


def _made(wanted: Wanted) -> VirtualCard:
    profile = load_profile(wanted.spec)
    chip, suite, today = load_chip(profile.chip), SUITES[profile.suite], _today()
    store, exchange = load_social_security(None, suite), load_exchange(None, suite)
    card = VirtualCard.blank(chip, lot=store.lot(chip.lot))
    if wanted.blank:
        return card
    social = SocialStation(profile, store, exchange, chip.lot, os.urandom)
    issuers = load_certificates(issuer=_ACCOUNT[:8])
    bank = BankStation(profile, load_bank(None), exchange, os.urandom, issuers)
    numbers = CardNumbers("X00000019", _SERIAL, social.city, today)
    order = social.prepare(wanted.values, numbers)
    social.run(order, card)
    if profile.certificates is not None:
        _certify(profile, store.lot(chip.lot), order, card)
    account = account_of_test_bank(profile, _ACCOUNT, today)
    bank.run(card, bank.identify(card), account, today)
    card.power_off()
    return card


def _certify(profile: Profile, lot: ChipLot, order: CardOrder, card: VirtualCard) -> None:
    """Keys and certificates of the TEST CA."""
    station = CertificateStation.of(profile, lot, load_authority(None), os.urandom)
    at = datetime.combine(order.numbers.issued_on, time(12), CHINA)
    station.write(station.ask(station.make_key(order, card), at), card, at)


def _psam(profile: Profile) -> PsamCard:
    suite, today = profile.suite, _today()
    store, chip = load_social_security(None, SUITES[suite]), f"psam-{suite}-16k"
    city = profile.setting("issuing_division").text
    numbers = PsamNumbers(city, 1, 1, today, today.replace(year=today.year + 10))
    order = psam.prepare(profile, numbers, store, load_psam_chip(chip).lot)
    card = PsamCard.blank(chip, lot=order.lot)
    run(psam.make(order, os.urandom), card)
    card.power_off()
    return card


def _today() -> date:
    return date.today().replace(month=_MONTH, day=_DAY)

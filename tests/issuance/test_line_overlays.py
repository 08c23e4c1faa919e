"""What overlays change in the numbers that a run makes up: district letter, bank, IC type."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest

from simulator import VirtualCard
from sscard.errors import ProfileError
from sscard.issuance.accounts import luhn_valid
from sscard.issuance.applicants import Applicant, read_applicants
from sscard.issuance.issue_folder import IssueFolder, open_folder
from sscard.issuance.ledger import Ledger, LedgerKeys
from sscard.issuance.line import Job, Line
from sscard.issuance.machines import CHINA, Machines, Timing
from sscard.issuance.numbering import allocated_account
from sscard.issuance.report_data import Outcome
from sscard.issuance.stations import BankStation, SocialStation
from sscard.keys.stores import load_bank, load_exchange, load_social_security
from sscard.keys.stores.certificates import load_certificates
from sscard.profiles import Profile, load_profile
from sscard.profiles.identifiers import card_number_check

KEYS = LedgerKeys.of(load_social_security(None))
EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def people() -> tuple[Applicant, ...]:
    path = EXAMPLES / "applicants.csv"
    register = read_applicants(path, load_profile("gen2+zhejiang"), today=date(2026, 1, 1))
    return tuple(each for each in register.applicants if each.card_number is None)[:2]


def line_of(profile: Profile, folder: IssueFolder, ledger: Ledger) -> Line:
    store, exchange = load_social_security(None), load_exchange(None)
    return Line(
        social=SocialStation(profile, store, exchange, "TEST-GEN2", os.urandom),
        bank=BankStation(profile, load_bank(None), exchange, os.urandom, load_certificates()),
        ledger=ledger,
        folder=folder,
        machines=Machines(VirtualCard.blank, VirtualCard.load),
        job=Job("B1", (profile.name, bytes(32))),
        now=lambda: datetime.now(CHINA),
        timing=Timing(time.perf_counter),
    )


def test_card_and_account_numbers_are_those_of_region_and_bank(
    tmp_path: Path, people: tuple[Applicant, ...]
) -> None:
    profile = load_profile("gen2+zhejiang+demo-bank")
    with open_folder(tmp_path / "out") as folder, Ledger.open(folder.ledger, KEYS) as ledger:
        results = list(line_of(profile, folder, ledger).issue(people))
        assert [each.outcome for each in results] == [Outcome.ISSUED] * 2
        for card in ledger.cards():
            assert card.card_number.startswith("H000000")
            assert card.card_number[8] == card_number_check(card.card_number[:8])
            assert str(card.bank_number).startswith("622801")
            assert luhn_valid(str(card.bank_number))
            assert card.profile_name == "gen2+zhejiang+demo-bank"


def test_chips_of_another_type_stop_the_line_before_a_number_is_spent(
    tmp_path: Path, people: tuple[Applicant, ...]
) -> None:
    base = load_profile("gen2")
    setting = base.setting("historical_ic_type").model_copy(update={"value": "96"})
    profile = base.model_copy(update={"settings": {**base.settings, "historical_ic_type": setting}})
    with open_folder(tmp_path / "out") as folder, Ledger.open(folder.ledger, KEYS) as ledger:
        with pytest.raises(ProfileError, match="asks for chips of IC type 96"):
            list(line_of(profile, folder, ledger).issue(people))
        assert not list(ledger.cards())


@pytest.mark.parametrize("issuer", ["", "62280", "6228000", "62280A", "６２２８００"])
def test_an_issuer_has_6_digits(issuer: str) -> None:
    wrong: Callable[..., object] = allocated_account
    with pytest.raises(ValueError, match="an issuer identification has 6 digits"):
        wrong(1, issuer)

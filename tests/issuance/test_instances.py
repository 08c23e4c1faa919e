"""Cards from chips without financial applications: the stations make these first (pboc 1.1)."""

from __future__ import annotations

import os
import time
from datetime import date, datetime
from pathlib import Path

import pytest

from simulator import VirtualCard
from sscard.apdu import aid, iso7816
from sscard.apdu.status import StatusError
from sscard.errors import ProfileError
from sscard.issuance.applicants import read_applicants
from sscard.issuance.issue_folder import open_folder
from sscard.issuance.ledger import Ledger, LedgerKeys
from sscard.issuance.line import Job, Line
from sscard.issuance.machines import CHINA, Machines, Timing
from sscard.issuance.report_data import Outcome
from sscard.issuance.stations import BankStation, SocialStation, applications
from sscard.keys import SUITES
from sscard.keys.stores import load_bank, load_exchange, load_social_security
from sscard.keys.stores.certificates import load_certificates
from sscard.perso import pse_instances
from sscard.perso.plan import run
from sscard.profiles import Profile, load_profile
from sscard.profiles.chips import load_chip

KEYS = LedgerKeys.of(load_social_security(None))
EXAMPLES = Path(__file__).parents[2] / "examples"
#: A pure electronic-cash application: a name that no chip comes with (pboc 2.1 [G]).
OTHER = "A000000333010106"


class Watched(VirtualCard):
    """Keeps what was sent."""

    sent: list[bytes]

    def transmit(self, command: bytes, /) -> bytes:
        self.__dict__.setdefault("sent", []).append(command)
        return super().transmit(command)


def of_chip(base: str, chip: str, **bank: str) -> Profile:
    profile = load_profile(base)
    own = {
        name: profile.bank[name].model_copy(update={"value": value}) for name, value in bank.items()
    }
    return profile.model_copy(update={"chip": chip, "bank": {**profile.bank, **own}})


def issue(profile: Profile, folder: Path) -> tuple[Outcome, list[Watched], str]:
    people = read_applicants(EXAMPLES / "applicants.csv", profile, today=date(2026, 1, 1))
    suite, chip = SUITES[profile.suite], load_chip(profile.chip)
    store, exchange = load_social_security(None, suite), load_exchange(None, suite)
    cards: list[Watched] = []

    def blank() -> Watched:
        cards.append(Watched.blank(chip, lot=store.lot(chip.lot)))  # type: ignore[arg-type]
        return cards[-1]

    def load(path: Path) -> Watched:
        cards.append(Watched.load(path))  # type: ignore[arg-type]
        return cards[-1]

    with open_folder(folder) as out, Ledger.open(out.ledger, KEYS) as ledger:
        line = Line(
            social=SocialStation(profile, store, exchange, chip.lot, os.urandom),
            bank=BankStation(profile, load_bank(None), exchange, os.urandom, load_certificates()),
            ledger=ledger,
            folder=out,
            machines=Machines(blank, load),
            job=Job("B1", (profile.name, bytes(32))),
            now=lambda: datetime.now(CHINA),
            timing=Timing(time.perf_counter),
        )
        (result,) = line.issue(people.applicants[:1])
    return result.outcome, cards, result.detail


@pytest.mark.parametrize(
    ("base", "chip", "name"),
    [
        ("gen2", "gen2-32k-gp", aid.DEBIT.hex()),
        ("gen2", "gen2-32k-gp", OTHER),
        ("gen2", "gen2-32k-native", aid.DEBIT.hex()),
        ("gen2", "gen2-32k-native", OTHER),
        ("gen3+demo-bank", "gen3-80k-gp", aid.DEBIT.hex()),
    ],
)
def test_a_card_from_a_chip_that_has_none(tmp_path: Path, base: str, chip: str, name: str) -> None:
    outcome, cards, detail = issue(of_chip(base, chip, aid=name), tmp_path / "out")
    assert outcome is Outcome.ISSUED, detail
    card = cards[-1]
    card.power_on()
    assert card.transmit(bytes(iso7816.select(bytes.fromhex(name))))[-2:] == b"\x90\0"
    instructions = {raw[1] for each in cards for raw in each.sent}
    assert (iso7816.INS.INSTALL in instructions) == chip.endswith("gp")


def test_a_chip_that_comes_with_them_is_asked_for_none(tmp_path: Path) -> None:
    outcome, cards, _ = issue(of_chip("gen2", "gen2-32k"), tmp_path / "out")
    assert outcome is Outcome.ISSUED
    instructions = {raw[1] for each in cards for raw in each.sent}
    assert not instructions & {iso7816.INS.INSTALL, iso7816.INS.DELETE}


def test_a_name_of_another_scheme_is_refused_before_any_chip(tmp_path: Path) -> None:
    profile = of_chip("gen2", "gen2-32k-gp", aid="A0000000031010")
    with pytest.raises(ProfileError, match="must be those that the chip comes with"):
        issue(profile, tmp_path / "out")


def test_an_application_that_is_issued_is_not_made_anew(tmp_path: Path) -> None:
    profile = of_chip("gen2", "gen2-32k-gp")
    outcome, cards, _ = issue(profile, tmp_path / "out")
    card, delivery = cards[-1], load_chip(profile.chip).instances
    card.power_on()
    part = card.card.banking._partition
    place = slice(part.base, part.base + part.size)
    before = bytes(card.card.nvm.image[place])
    names = applications(profile)
    with pytest.raises(StatusError, match="DELETE: CONDITIONS_NOT_SATISFIED"):
        run(pse_instances.create_by_domain(names, delivery, load_bank(), random=bytes), card)
    counted = sum(a != b for a, b in zip(before, card.card.nvm.image[place], strict=True))
    assert (outcome, counted) == (Outcome.ISSUED, 1), "the session was counted, nothing else"

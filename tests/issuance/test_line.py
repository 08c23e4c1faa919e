"""The line with cards that fail: what the ledger says, and what the person gets."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from simulator import VirtualCard
from sscard.dialects import Chip
from sscard.errors import KeyStoreError, ProfileError, TransportError
from sscard.issuance.accounts import Account, Accounts
from sscard.issuance.applicants import Applicant, read_applicants
from sscard.issuance.issue_folder import IssueFolder, open_folder
from sscard.issuance.ledger import Ledger, LedgerKeys
from sscard.issuance.line import Job, Line, LineStopped, WrongCard
from sscard.issuance.machines import CHINA, Machines, Timing
from sscard.issuance.report_data import CardResult, Outcome
from sscard.issuance.states import CardState
from sscard.issuance.stations import BankStation, SocialStation
from sscard.keys import BankStore, stores
from sscard.keys.stores import load_bank, load_exchange, load_social_security
from sscard.keys.stores.certificates import load_certificates
from sscard.perso.activation import WrongLot
from sscard.perso.handover import SemiFinished
from sscard.perso.pse import ChannelKeysDiffer
from sscard.profiles import load_profile
from sscard.profiles.chips import load_chip

KEYS = LedgerKeys.of(load_social_security(None))
EXAMPLES = Path(__file__).parents[2] / "examples"
MakeLine = Callable[..., Line]
PROFILE = ("gen2", bytes(32))


@pytest.fixture(scope="module")
def people() -> tuple[Applicant, ...]:
    path = EXAMPLES / "applicants.csv"
    register = read_applicants(path, load_profile("gen2"), today=date(2026, 1, 1))
    return register.applicants[:3]


@pytest.fixture
def make_line(tmp_path: Path) -> Iterator[MakeLine]:
    profile, exchange = load_profile("gen2"), load_exchange(None)
    with open_folder(tmp_path / "out") as folder, ledger_of(folder) as ledger:

        def make(blank: Callable[[], VirtualCard] = VirtualCard.blank) -> Line:
            store = load_social_security(None)
            return Line(
                social=SocialStation(profile, store, exchange, "TEST-GEN2", os.urandom),
                bank=BankStation(
                    profile, load_bank(None), exchange, os.urandom, load_certificates()
                ),
                ledger=ledger,
                folder=folder,
                machines=Machines(blank, VirtualCard.load),
                job=Job("B1", PROFILE),
                now=lambda: datetime.now(CHINA),
                timing=Timing(time.perf_counter),
            )

        yield make


def ledger_of(folder: IssueFolder) -> Ledger:
    return Ledger.open(folder.ledger, KEYS)


def issue(line: Line, people: tuple[Applicant, ...]) -> list[CardResult]:
    return list(line.issue(people))


def test_everybody_gets_a_card(make_line: MakeLine, people: tuple[Applicant, ...]) -> None:
    line = make_line()
    assert [each.outcome for each in issue(line, people)] == [Outcome.ISSUED] * 3
    assert {card.batch_number for card in line.ledger.cards()} >= {"B1"}
    again = issue(line, people)
    assert [each.outcome for each in again] == [Outcome.ISSUED_BEFORE] * 3


def with_memory(**sizes: int) -> Chip:
    chip = load_chip("gen2-32k")
    return replace(chip, partitions={**chip.partitions, **sizes})


@pytest.mark.parametrize(
    ("sizes", "where"),
    [({"ssse": 2048}, "SSSE: create file EF08"), ({"pse": 512}, "debit application: DGI")],
)
def test_a_full_memory_fails_the_card_and_names_the_step(
    make_line: MakeLine, people: tuple[Applicant, ...], sizes: dict[str, int], where: str
) -> None:
    line = make_line(lambda: VirtualCard.blank(with_memory(**sizes)))
    (result,) = issue(line, people[:1])
    assert result.outcome is Outcome.FAILED
    assert result.detail.startswith(where)
    assert result.detail.endswith("NOT_ENOUGH_SPACE (6A84)")
    (card,) = line.ledger.cards()
    assert (card.state, card.reason) == (CardState.FAILED, result.detail)
    assert not line.folder.issued.exists()
    assert [each.outcome for each in issue(make_line(), people[:1])] == [Outcome.ISSUED]


class Forgetful(VirtualCard):
    """A card that loses one byte of the photo of reality: its EF05 changes behind our back."""

    def reset(self) -> bytes:
        answer = super().reset()
        cells = self.card.nvm.image
        at = cells.find(b"\x03\x042.00")
        if at > 0 and self.card.system.state.name == "ISSUED":
            cells[at + 2 : at + 6] = b"1.00"
        return answer


def test_a_card_that_differs_is_failed_and_never_issued(
    make_line: MakeLine, people: tuple[Applicant, ...]
) -> None:
    line = make_line(Forgetful.blank)
    (result,) = issue(line, people[:1])
    assert result.outcome is Outcome.FAILED
    assert "SSSE/EF05" in result.detail
    assert line.ledger.counts()[CardState.ISSUED] == 0
    images = [path.name for path in (line.folder.path / "cards").iterdir()]
    assert images == [line.folder.dead_image(result.card_number or "").name]


class Unplugged(VirtualCard):
    """A card pulled out of the reader at the 100th command."""

    commands = 0

    def transmit(self, command: bytes, /) -> bytes:
        self.commands += 1
        if self.commands == 100:
            raise TransportError("card removed")
        return super().transmit(command)


def test_a_card_pulled_out_is_failed_and_the_next_person_served(
    make_line: MakeLine, people: tuple[Applicant, ...]
) -> None:
    chips = iter([Unplugged.blank(), VirtualCard.blank()])
    line = make_line(lambda: next(chips))
    outcomes = [each.outcome for each in issue(line, people[:2])]
    assert outcomes == [Outcome.FAILED, Outcome.ISSUED]


def test_a_chip_of_another_lot_stops_the_line_untried(
    make_line: MakeLine, people: tuple[Applicant, ...]
) -> None:
    lot = load_social_security(None).lot("TEST-GEN2")
    other = replace(lot, blank_historical=bytes.fromhex("0081544C868684000000000001"))
    line = make_line(lambda: VirtualCard.blank(lot=other))
    with pytest.raises(WrongLot):
        issue(line, people)
    assert line.ledger.counts()[CardState.SPOILED] == 1
    assert sum(line.ledger.counts().values()) == 1


def test_half_done_cards_go_on_behind_the_saved_station_or_are_replaced(
    make_line: MakeLine, people: tuple[Applicant, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = make_line()

    def power_cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Line, "_bank_station", power_cut)
        with pytest.raises(KeyboardInterrupt):
            issue(line, people[:1])
    with monkeypatch.context() as patched:
        patched.setattr(Line, "_social_station", power_cut)
        with pytest.raises(KeyboardInterrupt):
            issue(line, people[1:2])
    waiting, touched = line.ledger.cards()
    assert (waiting.state, touched.state) == (CardState.SSSE_DONE, CardState.RESERVED)

    results = issue(make_line(), people[:2])

    assert [(each.outcome, each.card_number) for each in results[:2]] == [
        (Outcome.ISSUED, waiting.card_number),
        (Outcome.SPOILED, touched.card_number),
    ]
    assert results[2].outcome is Outcome.ISSUED
    assert results[2].card_number != touched.card_number


@pytest.mark.parametrize("wrong", ["lot", "pin", "exchange"])
def test_a_bad_set_up_stops_before_a_number_is_spent(
    make_line: MakeLine, people: tuple[Applicant, ...], wrong: str
) -> None:
    line = make_line()
    profile = load_profile("gen2")
    if wrong == "lot":
        line.social = replace(line.social, lot="NO-SUCH-LOT")
    elif wrong == "pin":
        bank = {**profile.bank, "offline_pin": profile.bank["aid"]}
        line.bank = replace(line.bank, profile=profile.model_copy(update={"bank": bank}))
    else:
        line.bank = replace(line.bank, exchange=load_social_security(None))
    with pytest.raises((KeyStoreError, ProfileError)):
        issue(line, people)
    assert not list(line.ledger.cards())


def accounts_of(people: tuple[Applicant, ...], numbers: list[str]) -> Accounts:
    return Accounts.of(
        Account(each.id_number, each.bank, number, "3601")
        for each, number in zip(people, numbers, strict=False)
    )


PANS = ["6228000000000011", "6228000000000029", "6228000000000037"]


def cut_before_the_bank(
    line: Line, people: tuple[Applicant, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Power fails behind the social-security station."""

    def power_cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Line, "_bank_station", power_cut)
        with pytest.raises(KeyboardInterrupt):
            issue(line, people)


def test_a_card_with_the_banks_account_waits_for_the_banks_list(
    make_line: MakeLine, people: tuple[Applicant, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    line, person = make_line(), people[:1]
    line.job = replace(line.job, accounts=accounts_of(person, PANS))
    cut_before_the_bank(line, person, monkeypatch)
    without = make_line()
    (waits,) = issue(without, person)
    assert waits.outcome is Outcome.WAITING
    assert "--bank-accounts" in waits.detail
    (card,) = without.ledger.cards()
    assert (card.state, card.account_source) == (CardState.SSSE_DONE, "file")
    (done,) = issue(line, person)
    assert done.outcome is Outcome.ISSUED
    (card,) = line.ledger.cards()
    assert (card.bank_number, card.account_source) == (PANS[0], "file")


def test_an_account_that_went_to_another_stops_only_its_own_card(
    make_line: MakeLine, people: tuple[Applicant, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = make_line()
    cut_before_the_bank(line, people[:1], monkeypatch)
    line.job = replace(line.job, accounts=accounts_of(people[1:2], PANS))
    assert [each.outcome for each in issue(line, people[1:2])] == [Outcome.ISSUED]
    line.job = replace(line.job, accounts=accounts_of((people[0], people[2]), [PANS[0], PANS[1]]))
    outcomes = [each.outcome for each in issue(line, (people[0], people[2]))]
    assert outcomes == [Outcome.WAITING, Outcome.ISSUED]
    lines = line.folder.issued.read_text("utf-8-sig")
    assert people[0].id_number not in lines


def test_the_card_in_the_slot_must_be_the_one_of_the_job(
    make_line: MakeLine, people: tuple[Applicant, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = make_line()
    for person in people[:2]:
        cut_before_the_bank(line, (person,), monkeypatch)
    first, second = (line.folder.pending_image(card.card_number) for card in line.ledger.cards())
    third = first.with_name("swap")
    first.rename(third), second.rename(first), third.rename(second)
    with pytest.raises(WrongCard):
        issue(line, people[:2])
    states = [card.state for card in line.ledger.cards()]
    assert states == [CardState.FAILED, CardState.SSSE_DONE]
    assert not line.folder.issued.exists()


@pytest.mark.parametrize("other", ["name", "ATR"])
def test_whatever_tells_the_cards_apart_is_compared(
    make_line: MakeLine,
    people: tuple[Applicant, ...],
    monkeypatch: pytest.MonkeyPatch,
    other: str,
) -> None:
    line = make_line()
    real = BankStation.identify

    def identify(station: BankStation, chip: VirtualCard) -> SemiFinished:
        card = real(station, chip)
        if other == "name":
            return replace(card, holder=replace(card.holder, name="别人"))
        return replace(card, historical=card.historical[:-1] + b"\xff")

    monkeypatch.setattr(BankStation, "identify", identify)
    results = line.issue(people[:1])
    assert next(results).outcome is Outcome.FAILED, "the card stands in the report"
    with pytest.raises(WrongCard):
        next(results)


def test_a_wrong_bank_key_store_stops_the_line_and_the_card_waits(
    make_line: MakeLine, people: tuple[Applicant, ...], other_kmc: BankStore
) -> None:
    line = make_line()
    right, line.bank = line.bank, replace(line.bank, store=other_kmc)
    with pytest.raises(ChannelKeysDiffer):
        issue(line, people)
    assert [card.state for card in line.ledger.cards()] == [CardState.SSSE_DONE]
    line.bank = right
    assert [each.outcome for each in issue(line, people)] == [Outcome.ISSUED] * 3
    assert line.ledger.counts()[CardState.FAILED] == 0


@pytest.fixture
def other_kmc(tmp_path: Path) -> BankStore:
    text = (Path(stores.__file__).parent / "test-bank.toml").read_text("utf-8")
    before, kmc, after = re.split(r"(?m)^(KMC = .*)$", text)
    other = re.sub(r'"[0-9A-F]{32}"', '"0123456789ABCDEFFEDCBA9876543210"', kmc)
    path = tmp_path / "other.toml"
    path.write_text(before + other + after, encoding="utf-8")
    return load_bank(path)


def test_the_same_failure_three_times_in_a_row_stops_the_line(
    make_line: MakeLine, people: tuple[Applicant, ...]
) -> None:
    line = make_line(lambda: VirtualCard.blank(with_memory(ssse=2048)))
    with pytest.raises(LineStopped, match="3 cards in a row"):
        issue(line, (*people, *people))
    assert line.ledger.counts()[CardState.FAILED] == 3


def test_somebody_listed_again_with_another_number_is_told(
    make_line: MakeLine, people: tuple[Applicant, ...]
) -> None:
    line = make_line()
    issue(line, people[:1])
    (again,) = issue(line, (replace(people[0], card_number="D2143569X"),))
    assert again.outcome is Outcome.ISSUED_BEFORE
    assert "ALREADY_ISSUED" in again.detail


def test_a_card_of_another_version_of_the_profile_waits(
    make_line: MakeLine, people: tuple[Applicant, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = make_line()
    cut_before_the_bank(line, people[:1], monkeypatch)
    line.job = Job("B1", ("gen2", bytes(31) + b"1"))
    (waits,) = issue(line, people[:1])
    assert waits.outcome is Outcome.WAITING
    assert "another version" in waits.detail
    line.job = Job("B1", PROFILE)
    (done,) = issue(line, people[:1])
    assert done.outcome is Outcome.ISSUED


def test_a_waiting_card_of_another_version_can_be_given_up(
    make_line: MakeLine, people: tuple[Applicant, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = make_line()
    cut_before_the_bank(line, people[:1], monkeypatch)
    line.job = Job("B1", ("gen2", bytes(31) + b"1"), give_up_waiting=True)
    assert [each.outcome for each in issue(line, people[:1])] == [Outcome.SPOILED, Outcome.ISSUED]

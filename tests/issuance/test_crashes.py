"""kill -9 at every commit, fsync and removal of a run: the next run puts everything right."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from sscard.issuance.issue_folder import IssueFolder
from sscard.issuance.ledger import CardRow, Ledger, LedgerKeys
from sscard.issuance.states import CardState
from sscard.keys.stores import load_social_security

KEYS = LedgerKeys.of(load_social_security(None))
ROOT = Path(__file__).parents[2]
PEOPLE = 3
pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has neither fork nor SIGKILL")


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[Path]]:
    """Makes each sweep once; its directories in the order of the cuts."""

    @cache
    def make(name: str) -> list[Path]:
        home = tmp_path_factory.mktemp("crashes") / name
        program = [sys.executable, str(Path(__file__).with_name("crash_run.py")), str(home), name]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        subprocess.run(program, env=environment, check=True, timeout=600)
        return sorted(home.iterdir(), key=lambda each: int(each.name))

    return make


#: With certificates: one person's card, and everybody's.
CERTIFIED = ["certificates", pytest.param("certificates-all", marks=pytest.mark.full)]


@pytest.fixture(scope="module", params=["test", "file", *CERTIFIED])
def runs(swept: Callable[[str], list[Path]], request: pytest.FixtureRequest) -> list[Path]:
    """Cut with the test bank; after that the test bank again, or the bank's own accounts.

    Those with certificates have an authority that notes what it was asked.
    """
    return swept(request.param)


@pytest.fixture(scope="module", params=CERTIFIED)
def certified(swept: Callable[[str], list[Path]], request: pytest.FixtureRequest) -> list[Path]:
    return swept(request.param)


def people(out: Path) -> int:
    return 1 if out.parent.name == "certificates" else PEOPLE


def cards(out: Path, *states: CardState) -> list[CardRow]:
    with Ledger.open(out / "ledger.sqlite", KEYS) as ledger:
        return [row for row in ledger.cards() if not states or row.state in states]


def image_of(out: Path, card_number: str) -> list[str]:
    return IssueFolder(out).image(card_number).read_text().split()


def listed(out: Path, name: str = "issued.csv") -> dict[str, dict[str, str]]:
    with (out / name).open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert len({line["card_number"] for line in lines}) == len(lines)
    return {line["card_number"]: line for line in lines}


def whole_runs(out: Path) -> list[dict[str, list[str]]]:
    """What each run that came to its end had found, and which images it left waiting."""
    return [json.loads(line) for line in (out / "runs.jsonl").read_text().splitlines()]


def test_every_cut_ends_with_a_card_for_everybody_and_every_number_accounted_for(
    runs: list[Path],
) -> None:
    assert int(runs[-1].name) > 20 * people(runs[0]), "there are that many steps in a card"
    for out in runs:
        rows = cards(out)
        states = Counter(row.state for row in rows)
        assert set(states) <= {CardState.ISSUED, CardState.SPOILED, CardState.FAILED}, out.name
        assert states[CardState.ISSUED] == people(out), out.name
        assert states[CardState.SPOILED] <= 1, "a kill spoils the card in the machine at most"
        assert len({row.serial for row in rows}) == len(rows), out.name
    spoiled = [out for out in runs if cards(out, CardState.SPOILED)]
    assert spoiled, "some cut fell between reservation and the end of the first station"


def test_only_a_card_in_the_first_station_is_spoiled(runs: list[Path]) -> None:
    for out in runs:
        with Ledger.open(out / "ledger.sqlite", KEYS) as ledger:
            for row in ledger.cards(CardState.SPOILED):
                assert ledger.history(row.card_number)[-1].from_state is CardState.RESERVED


def test_card_list_and_ledger_name_the_same_account(runs: list[Path]) -> None:
    for out in runs:
        issued, lines = cards(out, CardState.ISSUED), listed(out)
        assert set(lines) == {row.card_number for row in issued}, out.name
        assert len({row.bank_number for row in issued}) == people(out), out.name
        for row in issued:
            line = lines[row.card_number]
            assert line["bank_number"] == row.bank_number, out.name
            number, person, *certificates, bank = image_of(out, row.card_number)
            found = (number, person, bank)
            assert found == (row.card_number, line["id_number"], row.bank_number), out.name
            assert len(certificates) == (2 if "certificates" in out.parent.name else 0), out.name


def test_the_image_of_every_failed_card_is_kept_and_nothing_else_is_left(runs: list[Path]) -> None:
    for out in runs:
        folder = IssueFolder(out)
        whole = {folder.image(row.card_number) for row in cards(out, CardState.ISSUED)}
        dead = {folder.dead_image(row.card_number) for row in cards(out, CardState.FAILED)}
        perhaps = {folder.dead_image(row.card_number) for row in cards(out, CardState.SPOILED)}
        found = set((out / "cards").iterdir())
        assert whole | dead <= found <= whole | dead | perhaps, out.name
        assert all(len(image.read_text().split()) in range(2, 5) for image in found - whole)
        others = {"ledger.sqlite", "issued.csv", "cards", "runs.jsonl", ".lock"}
        if "certificates" in out.parent.name:
            others |= {"certificates.csv", "asked"}
        assert {each.name for each in out.iterdir()} <= others, out.name


def test_no_line_is_lost_and_some_cut_left_a_line_too_many(runs: list[Path]) -> None:
    found = [each for out in runs for each in whole_runs(out)]
    assert not [each for each in found if each["missing"] or each["images_missing"]]
    assert [each for each in found if each["dropped"]]


def test_no_image_waits_behind_a_whole_run(runs: list[Path]) -> None:
    assert not [each for out in runs for each in whole_runs(out) if each["waiting"]]


def test_no_card_ever_has_a_second_key_pair(certified: list[Path]) -> None:
    """However often the authority was asked for a card, it was for the key that the card has."""
    often = Counter[int]()
    for out in certified:
        asked = [line.split() for line in (out / "asked").read_text().splitlines()]
        keys = dict(asked)
        assert len(set(map(tuple, asked))) == len(keys), out.name
        for row in cards(out, CardState.ISSUED):
            assert image_of(out, row.card_number)[2] == keys[row.card_number], out.name
        often.update(Counter(number for number, _ in asked).values())
    assert often[2], "some cut fell between the first question and the end of the card"


def test_the_list_of_certificates_names_the_issued_cards(certified: list[Path]) -> None:
    dropped = 0
    for out in certified:
        lines = listed(out, "certificates.csv")
        assert set(lines) == set(listed(out)), out.name
        for number, line in lines.items():
            assert line["signature_sha256"] == image_of(out, number)[3][1:], out.name
        dropped += sum(len(each["certificates_dropped"]) for each in whole_runs(out))
    assert dropped, "some cut fell behind the line of a card that was not issued yet"

"""kill -9 at every commit, fsync and removal of a run: the next run puts everything right."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections import Counter
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
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("crashes")
    program = [sys.executable, str(Path(__file__).with_name("crash_run.py")), str(home)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(program, env=environment, check=True, timeout=300)
    return home


@pytest.fixture(scope="module", params=["test", "file"])
def runs(home: Path, request: pytest.FixtureRequest) -> list[Path]:
    """Cut with the test bank; after that the test bank again, or the bank's own accounts."""
    return sorted((home / request.param).iterdir(), key=lambda each: int(each.name))


def cards(out: Path, *states: CardState) -> list[CardRow]:
    with Ledger.open(out / "ledger.sqlite", KEYS) as ledger:
        return [row for row in ledger.cards() if not states or row.state in states]


def listed(out: Path) -> dict[str, dict[str, str]]:
    with (out / "issued.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert len({line["card_number"] for line in lines}) == len(lines)
    return {line["card_number"]: line for line in lines}


def whole_runs(out: Path) -> list[dict[str, list[str]]]:
    """What each run that came to its end had found, and which images it left waiting."""
    return [json.loads(line) for line in (out / "runs.jsonl").read_text().splitlines()]


def test_every_cut_ends_with_a_card_for_everybody_and_every_number_accounted_for(
    runs: list[Path],
) -> None:
    assert len(runs) > 60, "there are that many steps in three cards"
    for out in runs:
        rows = cards(out)
        states = Counter(row.state for row in rows)
        assert set(states) <= {CardState.ISSUED, CardState.SPOILED, CardState.FAILED}, out.name
        assert states[CardState.ISSUED] == PEOPLE, out.name
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
        assert len({row.bank_number for row in issued}) == PEOPLE, out.name
        for row in issued:
            line = lines[row.card_number]
            assert line["bank_number"] == row.bank_number, out.name
            on_the_card = f"{row.card_number} {line['id_number']} {row.bank_number}"
            assert IssueFolder(out).image(row.card_number).read_text() == on_the_card, out.name


def test_the_image_of_every_failed_card_is_kept_and_nothing_else_is_left(runs: list[Path]) -> None:
    for out in runs:
        folder = IssueFolder(out)
        whole = {folder.image(row.card_number) for row in cards(out, CardState.ISSUED)}
        dead = {folder.dead_image(row.card_number) for row in cards(out, CardState.FAILED)}
        perhaps = {folder.dead_image(row.card_number) for row in cards(out, CardState.SPOILED)}
        found = set((out / "cards").iterdir())
        assert whole | dead <= found <= whole | dead | perhaps, out.name
        assert all(len(image.read_text().split()) == 2 for image in found - whole), out.name
        others = {"ledger.sqlite", "issued.csv", "cards", "runs.jsonl", ".lock"}
        assert {each.name for each in out.iterdir()} <= others, out.name


def test_no_line_is_lost_and_some_cut_left_a_line_too_many(runs: list[Path]) -> None:
    found = [each for out in runs for each in whole_runs(out)]
    assert not [each for each in found if each["missing"] or each["images_missing"]]
    assert [each for each in found if each["dropped"]]


def test_no_image_waits_behind_a_whole_run(runs: list[Path]) -> None:
    assert not [each for out in runs for each in whole_runs(out) if each["waiting"]]

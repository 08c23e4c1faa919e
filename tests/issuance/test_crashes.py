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
from sscard.issuance.ledger import Ledger
from sscard.issuance.states import CardState

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    home = tmp_path_factory.mktemp("crashes")
    program = [sys.executable, str(Path(__file__).with_name("crash_run.py")), str(home)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(program, env=environment, check=True, timeout=120)
    return sorted(home.iterdir(), key=lambda each: int(each.name))


def listed(out: Path) -> list[str]:
    with (out / "issued.csv").open(encoding="utf-8-sig", newline="") as file:
        return [row["card_number"] for row in csv.DictReader(file)]


def reconciled(out: Path) -> list[tuple[int, list[str], list[str]]]:
    log = (out / "reconciled.jsonl").read_text()
    return [tuple(json.loads(line)) for line in log.splitlines()]


@pytest.mark.skipif(os.name == "nt", reason="Windows has neither fork nor SIGKILL")
def test_every_cut_ends_with_both_cards_issued_and_every_number_accounted_for(
    runs: list[Path],
) -> None:
    assert len(runs) > 20, "there are that many steps in two cards"
    spoiled = 0
    for out in runs:
        with Ledger.open(out / "ledger.sqlite", profile=("p", bytes(32))) as ledger:
            rows = list(ledger.cards())
        states = Counter(row.state for row in rows)
        issued = [row for row in rows if row.state is CardState.ISSUED]
        assert set(states) <= {CardState.ISSUED, CardState.SPOILED}, out.name
        assert len(issued) == 2, out.name
        assert len({row.serial for row in rows}) == len(rows), out.name
        assert len({row.bank_number for row in issued}) == 2, out.name
        assert sorted(listed(out)) == sorted(row.card_number for row in issued), out.name
        images = {IssueFolder(out).image(row.card_number) for row in issued}
        assert set((out / "cards").iterdir()) == images, out.name
        assert {image.read_bytes() for image in images} == {b"half, whole"}, out.name
        spoiled += states[CardState.SPOILED]
    assert spoiled, "some cut fell between reservation and the first image"


@pytest.mark.skipif(os.name == "nt", reason="Windows has neither fork nor SIGKILL")
def test_no_line_is_lost_and_some_cut_left_a_line_too_many(runs: list[Path]) -> None:
    found = [each for out in runs for each in reconciled(out)]
    assert not [missing for _, _, missing in found if missing]
    assert [dropped for _, dropped, _ in found if dropped]

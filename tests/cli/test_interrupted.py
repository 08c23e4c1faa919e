"""Power cuts and impatience: kill -9 at random moments, Ctrl-C, and every number accounted for."""

from __future__ import annotations

import csv
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

KILLS = 10


def start(arguments: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "sscard", *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def finish(run: subprocess.Popen[bytes]) -> None:
    _, said = run.communicate()
    assert run.returncode == 0, said.decode()


def rows(out: Path) -> list[tuple[str, bytes, bytes, bytes, str]]:
    query = "SELECT card_number, serial, bank_hash, person_hash, state FROM cards"
    with closing(sqlite3.connect(out / "ledger.sqlite")) as ledger:
        return list(ledger.execute(query))


def issued_numbers(out: Path) -> list[str]:
    with (out / "issued.csv").open(encoding="utf-8-sig", newline="") as file:
        return [line["card_number"] for line in csv.DictReader(file)]


def wait_for(path: Path, count: int) -> None:
    """Until ``count`` images are there, so that a kill hits the work and not the start."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if path.exists() and sum(1 for _ in path.iterdir()) >= count:
            return
        time.sleep(0.005)
    pytest.fail(f"{count} card images did not appear in a minute")


def test_killed_ten_times_and_run_again(
    tmp_path: Path, examples: Path, environment: dict[str, str]
) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    moments = random.Random(seed)
    out = tmp_path / "issued"
    arguments = ["personalize", str(examples / "applicants.csv"), "--out", str(out), "--json"]
    for kill in range(KILLS):
        run = start(arguments, environment)
        wait_for(out / "cards", kill * 8 + 1)
        time.sleep(moments.uniform(0, 0.3))
        run.kill()
        run.communicate()
        assert run.returncode == -signal.SIGKILL, "the run was over before it could be killed"
    finish(start(arguments, environment))

    cards = rows(out)
    by_state = Counter(state for *_, state in cards)
    assert by_state["ISSUED"] == 188
    assert set(by_state) <= {"ISSUED", "SPOILED"}, "a card is neither issued nor accounted for"
    assert by_state["SPOILED"] <= KILLS, "a kill spoils at most the card that was in the machine"
    assert len({number for number, *_ in cards}) == len(cards), "a card number was used twice"
    assert len({serial for _, serial, *_ in cards}) == len(cards), "a serial was used twice"
    issued = [card for card in cards if card[4] == "ISSUED"]
    assert len({account for _, _, account, _, _ in issued}) == 188, "an account serves two cards"
    assert len({person for _, _, _, person, _ in issued}) == 188, "a person has two cards"
    numbers = issued_numbers(out)
    assert sorted(numbers) == sorted(number for number, *_ in issued)
    images = {path.name for path in (out / "cards").iterdir() if path.suffix == ".card"}
    assert images == {f"{number}.card" for number in numbers}


def test_ctrl_c_loses_nothing(tmp_path: Path, examples: Path, environment: dict[str, str]) -> None:
    out = tmp_path / "issued"
    lines = (examples / "applicants.csv").read_text("utf-8-sig").splitlines()[:31]
    people = tmp_path / "people.csv"
    people.write_text("\n".join(lines) + "\n", encoding="utf-8")
    arguments = ["personalize", str(people), "--out", str(out), "--json"]
    run = start(arguments, environment)
    wait_for(out / "cards", 3)
    run.send_signal(signal.SIGINT)
    _, said = run.communicate()
    assert run.returncode == 130
    assert "nothing is lost" in said.decode()
    assert (out / "report.html").exists()
    assert {state for *_, state in rows(out)} == {"ISSUED"}, "the card in the machine was finished"
    finish(start(arguments, environment))
    assert Counter(state for *_, state in rows(out))["ISSUED"] == 28

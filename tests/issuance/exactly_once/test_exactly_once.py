"""No person with two cards, no number on two cards, no card lost, no step done twice; see sweep."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from tests.postgres import tools

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has neither fork nor SIGKILL")

#: One place in so many, and how many places there are at least then.
SMALL = {"kill": (200, 6), "power": (150, 5), "error": (300, 3), "stall": (110, 2)}
SMALL |= {"sigkill": (500, 2), "full": (120, 2), "limit": (40, 2)}
WHOLE = {"kill": (1, 1400), "power": (1, 1000), "error": (1, 1100), "stall": (1, 300)}
WHOLE |= {"sigkill": (5, 250), "full": (1, 300), "limit": (1, 60)}


Absent = Callable[[str], NoReturn]


def run(module: str, *words: object) -> subprocess.CompletedProcess[str]:
    """In a process of its own: it kills, and replaces parts of SQLite."""
    word = [sys.executable, "-m", f"tests.issuance.exactly_once.{module}", *map(str, words)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        word, env=environment, capture_output=True, text=True, timeout=7200, check=False
    )


def swept(home: Path, absent: Absent, ways: dict[str, tuple[int, int]]) -> None:
    done = run("sweep", home, *(f"{way}={every}" for way, (every, _) in ways.items()))
    if done.returncode == 3:
        absent(done.stdout.strip())
    assert done.returncode == 0, done.stdout + done.stderr
    figures = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["bad"] for each in figures] == [0] * len(ways)
    least = {way: places for way, (_, places) in ways.items()}
    assert not [each for each in figures if each["places"] < least[each["way"]]], figures


def test_some_places(tmp_path: Path, absent: Absent) -> None:
    swept(tmp_path, absent, SMALL)


@pytest.mark.full
@pytest.mark.parametrize("way", WHOLE)
def test_every_place(tmp_path: Path, absent: Absent, way: str) -> None:
    swept(tmp_path, absent, {way: WHOLE[way]})


@pytest.mark.full
def test_the_sweep_sees_what_is_broken_on_purpose(tmp_path: Path) -> None:
    done = run("mutants", tmp_path)
    assert done.returncode == 0, done.stdout


def soaked(absent: Absent, *words: str) -> dict[str, Any]:
    if tools() is None:
        absent("PostgreSQL")
    done = run("soak", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert figures["untrue"] == 0
    return figures


def test_stations_on_postgresql_for_a_moment(absent: Absent) -> None:
    soaked(absent, "--minutes", "0.1", "--people", "6", "--stations", "2")


@pytest.mark.full
def test_stations_on_postgresql_for_minutes(absent: Absent) -> None:
    figures = soaked(absent, "--minutes", "6", "--people", "250", "--stations", "4")
    assert figures["faults"]["kill"] >= 10

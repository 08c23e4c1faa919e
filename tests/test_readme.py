"""What the README says can be done is done here, word by word."""

from __future__ import annotations

import csv
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
COMMANDS = [line for kind, block in BLOCKS if kind == "sh" for line in block.splitlines()]
INSTALL_AND_ISSUE = (
    "python -m pip install . && "
    "sscard personalize examples/applicants.csv --profile gen2 --out issued"
)
INSTALL_AND_TEST = 'python -m pip install ".[dev]" && python -m pytest -n auto'
#: Enough of the list for the tour: its first card, and its first record that goes back.
ROWS = 12


def program() -> str:
    (found,) = (block for kind, block in BLOCKS if kind == "python")
    return found


def python(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "COLUMNS": "120"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env=environment,
        encoding="utf-8",
        capture_output=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the examples, the list of people cut short."""
    folder = tmp_path_factory.mktemp("readme")
    examples = folder / "examples"
    examples.mkdir()
    for name, rows in (("applicants.csv", ROWS), ("bank-accounts.csv", 1000)):
        lines = (ROOT / "examples" / name).read_bytes().splitlines(keepends=True)
        (examples / name).write_bytes(b"".join(lines[:rows]))
    shutil.copy(ROOT / "examples" / "driver.toml", examples)
    return folder


@pytest.fixture(scope="module")
def tour(place: Path) -> dict[str, subprocess.CompletedProcess[str]]:
    """Every ``sscard …`` line of the README in its order, with what came of it."""
    lines = [line for line in COMMANDS if line.startswith("sscard ")]
    return {line: python("-m", *shlex.split(line), cwd=place) for line in lines}


def test_the_two_commands_are_there_word_by_word() -> None:
    assert COMMANDS[:2] == [INSTALL_AND_ISSUE, INSTALL_AND_TEST]


def test_ci_runs_the_second_one_after_the_other_checks() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    steps = ['".[dev,', "ruff check", "ruff format --check", "mypy", "lint-imports"]
    places = [script.index(step) for step in (*steps, "python -m pytest")]
    assert places == sorted(places)
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_program_has_15_lines_and_reads_the_name_it_wrote(tmp_path: Path) -> None:
    assert len(program().splitlines()) <= 15
    done = python("-W", "error", "-c", program(), cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "王〇一\n", "")


def test_the_tour_ends_as_it_says(tour: dict[str, subprocess.CompletedProcess[str]]) -> None:
    endings = [(line.split()[1], done.returncode, done.stderr) for line, done in tour.items()]
    assert [ending[:2] for ending in endings] == [
        ("check", 1),
        ("personalize", 0),
        ("card", 0),
        ("card", 0),
        ("transact", 0),
        ("profile", 0),
        ("profile", 1),  # they differ
        ("profile", 0),
        ("personalize", 0),
        ("card", 0),
        ("ca", 0),
        ("conformance", 0),
        ("psam", 0),
        ("terminal", 0),
    ], endings


def test_the_card_of_the_tour_shows_what_is_printed(
    tour: dict[str, subprocess.CompletedProcess[str]],
) -> None:
    (printed,) = (block for kind, block in BLOCKS if kind == "text")
    (shown,) = (done.stdout for line, done in tour.items() if " card show tour/" in line)
    lines = [line.rstrip() for line in shown.splitlines()]
    assert [line for line in printed.splitlines() if line not in lines] == []


def test_the_signed_card_shows_both_certificates(
    tour: dict[str, subprocess.CompletedProcess[str]],
) -> None:
    (shown,) = (done.stdout for line, done in tour.items() if " card show signed/" in line)
    assert [word for word in ("签名证书", "加密证书", "✓") if word not in shown] == []


def test_again_makes_no_card(
    tour: dict[str, subprocess.CompletedProcess[str]], place: Path
) -> None:
    (line,) = (line for line in tour if line.endswith(" --out tour"))
    issued = place / "tour" / "issued.csv"
    before = issued.read_bytes()
    assert python("-m", *shlex.split(line), cwd=place).returncode == 0
    assert issued.read_bytes() == before


def test_the_files_of_the_tour_are_those_listed(
    tour: dict[str, subprocess.CompletedProcess[str]], place: Path
) -> None:
    assert tour
    listed = re.findall(r"^\| `([\w*/.]+)` \|", README, re.MULTILINE)
    assert len(listed) == 5
    assert all(list((place / "tour").glob(pattern)) for pattern in listed)
    with (place / "tour" / "issued.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == ROWS - 2


def test_every_link_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", README)
    assert links
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []

"""``sscard personalize --line``."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Sscard = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def one(examples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    lines = (examples / "applicants.csv").read_text(encoding="utf-8").splitlines()
    path = tmp_path_factory.mktemp("line") / "one.csv"
    path.write_text("\n".join(lines[:2]) + "\n", encoding="utf-8")
    return path


def test_programs_learn_what_a_card_would_take(sscard: Sscard, one: Path, tmp_path: Path) -> None:
    line = "contact:TA1=97,clock=5"
    ended = sscard(
        "personalize", one, "--out", tmp_path / "out", "--line", line, "--stations", 60, "--json"
    )
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)["line_time"]
    assert (told["line"], told["stations"], told["cards"]) == (line, 60, 1)
    total = told["total"]
    seconds = total["line_seconds"] + total["chip_seconds"]
    assert told["cards_per_hour"] == pytest.approx(60 * 3600 / seconds, rel=1e-3)
    parts = [cost for phase in told["phases"].values() for cost in phase.values()]
    for name, whole in total.items():
        assert whole == pytest.approx(sum(part[name] for part in parts), abs=1e-3)
    loading = told["phases"]["ssse"]["key loading"]
    assert loading["commands"] == 360, "each key with its challenge"


def test_people_see_it_by_station(sscard: Sscard, one: Path, tmp_path: Path) -> None:
    ended = sscard("personalize", one, "--out", tmp_path / "out", "--line", "contactless:rate=848")
    assert ended.returncode == 0, ended.stderr
    for words in (
        "装载密钥 key loading",
        "银行工位 bank station",
        "1 个工位 stations",
        "848 kbit/s",
    ):
        assert words in ended.stdout


def test_without_a_line_it_is_one_sentence(sscard: Sscard, one: Path, tmp_path: Path) -> None:
    ended = sscard("personalize", one, "--out", tmp_path / "out")
    assert ended.returncode == 0, ended.stderr
    (said,) = [line for line in ended.stdout.splitlines() if "each card" in line]
    assert re.search(r"[\d,]{6,} 字节 bytes, 线路 line \d\d\.\d s .*芯片 chip \d\.\d s", said)
    again = sscard("personalize", one, "--out", tmp_path / "out")
    assert "each card" not in again.stdout, "no card, no time"


def test_a_line_without_meaning_costs_nothing(sscard: Sscard, one: Path, tmp_path: Path) -> None:
    ended = sscard("personalize", one, "--out", tmp_path / "out", "--line", "contact:TA1=77")
    assert ended.returncode == 2
    assert "--line contact:TA1=77: TA1 cannot be '77'" in ended.stderr
    assert not (tmp_path / "out").exists()

"""The cases through pcscd as through a real reader: the same verdicts as in process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sscard.pytest_plugin import HOLDER
from sscard.pytest_plugin.cards import Cards, Wanted

#: Nobody can cut the power of a card in pcscd's reader in the middle of a command.
CUT = "anti-tear."


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A finished card of the third generation."""
    path = tmp_path / "gen3.card"
    Cards(tmp_path).user_card(Wanted.of("gen3", holder=HOLDER), ()).save(path)
    return path


def verdicts(document: str) -> dict[str, str]:
    cases = json.loads(document)["cases"]
    return {case["id"]: case["verdict"] for case in cases}


def compare(pcscd: Any, image: Path, preset: str, protocol: str) -> dict[str, str]:
    """The verdicts through pcscd, after they were found to be those in process."""
    words = ("conformance", "--profile", "gen3", "--preset", preset, "--json", "-")
    with pcscd.simulated("--card", image, "--protocol", protocol):
        here, there = pcscd.each((*words, image), (*words, "--reader", "0", "--test-keys"))
    assert here.code == 0, here.err
    assert there.code == 0, there.err
    expected, found = verdicts(here.out), verdicts(there.out)
    assert {name: how for name, how in found.items() if not name.startswith(CUT)} == {
        name: how for name, how in expected.items() if not name.startswith(CUT)
    }
    assert {found[name] for name in found if name.startswith(CUT)} <= {"not applicable", "passed"}
    return found


@pytest.mark.parametrize("protocol", ["t0", "t1"])
def test_a_card_in_a_reader_is_judged_as_in_process(pcscd: Any, image: Path, protocol: str) -> None:
    found = compare(pcscd, image, "smoke", protocol)
    assert list(found.values()).count("passed") > 100


@pytest.mark.full
@pytest.mark.parametrize("protocol", ["t0", "t1"])
def test_all_cases_in_a_reader(pcscd: Any, image: Path, protocol: str) -> None:
    found = compare(pcscd, image, "full", protocol)
    assert list(found.values()).count("passed") > 3000


def test_a_card_in_a_reader_is_shown_nothing_unasked(pcscd: Any, image: Path) -> None:
    words = ("conformance", "--reader", "0", "--profile", "gen3", "--json", "-")
    with pcscd.simulated("--card", image):
        (done,) = pcscd.each((*words, "--case", "KEY_VER1.UK1DF0?", "--case", "change-pin.verify*"))
    assert "TEST KEYS" not in done.err
    assert set(verdicts(done.out).values()) == {"not applicable"}

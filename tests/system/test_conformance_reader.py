"""The cases through pcscd as through a real reader: the same verdicts as in process."""

from __future__ import annotations

import fnmatch
import json
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from sscard.pytest_plugin import HOLDER
from sscard.pytest_plugin.cards import Cards, Wanted

#: Nobody can cut the power of a card in pcscd's reader in the middle of a command.
CUT = "anti-tear."
#: What is otherwise through a reader, and how: on T=0 some wrong forms cannot be sent; a
#: simulated card on T=1 says so in its ATR, and offers nothing else.
OTHERWISE = MappingProxyType(
    {
        "t0": {"parameters.*": "not applicable", "terminal.*": "not applicable"},
        "t1": {"atr.prefix": "deviates", "atr.protocol": "failed"},
    }
)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A finished card of the third generation."""
    path = tmp_path / "gen3.card"
    Cards(tmp_path).user_card(Wanted.of("gen3", holder=HOLDER), ()).save(path)
    return path


def verdicts(document: str) -> dict[str, str]:
    found = json.loads(document)
    print(f"{len(found['cases'])} cases, {found['seconds']:.1f} s")
    return {case["id"]: case["verdict"] for case in found["cases"]}


def without(name: str, found: dict[str, str]) -> dict[str, str]:
    return {case: how for case, how in found.items() if not case.startswith(name)}


def both(pcscd: Any, image: Path, preset: str, protocol: str) -> tuple[dict[str, str], ...]:
    """The verdicts in process, through pcscd, and through pcscd without keys and PIN."""
    words = ("conformance", "--profile", "gen3", "--json", "-")
    few = ("--case", "KEY_VER1.UK1DF0?", "--case", "change-pin.verify*")
    with pcscd.simulated("--card", image, "--protocol", protocol):
        done = pcscd.each(
            (*words, "--preset", preset, image),
            (*words, "--preset", preset, "--reader", "0", "--test-keys"),
            (*words, *few, "--reader", "0"),
        )
    assert "TEST KEYS" in done[1].err
    assert "TEST KEYS" not in done[2].err
    return tuple(verdicts(each.out) for each in done)


def require_alike(here: dict[str, str], there: dict[str, str]) -> None:
    assert without(CUT, there) == without(CUT, here)
    cut = {how for case, how in there.items() if case.startswith(CUT)}
    assert cut <= {"not applicable", "passed"}


def test_a_card_in_a_reader_is_judged_as_in_process(pcscd: Any, image: Path) -> None:
    here, there, shown_nothing = both(pcscd, image, "smoke", "t0")
    require_alike(here, there)
    assert list(there.values()).count("passed") > 100
    assert set(shown_nothing.values()) == {"not applicable"}


@pytest.mark.full
@pytest.mark.parametrize("protocol", ["t0", "t1"])
def test_all_cases_in_a_reader(pcscd: Any, image: Path, protocol: str) -> None:
    here, there, _ = both(pcscd, image, "full", protocol)
    for case, how in OTHERWISE[protocol].items():
        for name in fnmatch.filter(there, case):
            assert there.pop(name) in (how, here.pop(name)), name
    require_alike(here, there)
    assert list(there.values()).count("passed") > 5000

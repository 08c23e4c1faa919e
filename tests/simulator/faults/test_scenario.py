"""Scenario files: the examples load, mistakes are named, a seed draws the same faults again."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.faults import Fault, Kind, Moment, Torn
from simulator.faults.fault import MOMENTS
from simulator.faults.scenario import drawn, load_scenario
from sscard.errors import ProfileError

EXAMPLES = sorted((Path(__file__).parents[3] / "examples" / "faults").glob("*.toml"))


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "scenario.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_loads_and_says_what_it_is_about(path: Path) -> None:
    scenario = load_scenario(path)
    assert scenario.about
    assert scenario.faults


def test_the_examples_show_every_kind() -> None:
    shown = {fault.kind for path in EXAMPLES for fault in load_scenario(path).faults}
    assert shown == set(Kind)


def test_a_file_says_what_the_api_says(tmp_path: Path) -> None:
    text = """
        [[fault]]
        kind = "power-cut"
        page = 17
        torn = "first half new"

        [[fault]]
        kind = "slow"
        command = 3
        times = 2
        extensions = 5
        seconds = 0.25

        [reader]
        patience_seconds = 1.0
    """
    scenario = load_scenario(written(tmp_path, text))
    assert scenario.faults == (
        Fault(Kind.POWER_CUT, page=17, torn=Torn.FIRST_HALF),
        Fault(Kind.SLOW, command=3, times=2, extensions=5, seconds=0.25),
    )
    assert scenario.reader.patience_seconds == 1.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[fault]]\nkind = "explodes"\ncommand = 1', r"fault 1\.kind: .*'power-cut'"),
        ('[[fault]]\nkind = "mute"', "fault 1: .*mute happens at one command or response or reset"),
        ('[[fault]]\nkind = "mute"\npage = 1', "fault 1: .*mute happens at one"),
        (
            '[[fault]]\nkind = "mute"\ncommand = 1\n[[fault]]\nkind = "slow"\ncommand = 0',
            r"fault 2\.command: .*greater than or equal to 1",
        ),
        ('[[fault]]\nkind = "mute"\ncommand = 1\nresponse = 1', "mute happens at one"),
        ('[[fault]]\nkind = "mute"\ncomand = 1', r"fault 1\.comand: Extra inputs"),
        ('[[fault]]\nkind = "power-cut"\npage = 1\ntorn = "off"', r"fault 1\.torn: .*'old'"),
        ('[[fault]]\nkind = "wrong-byte"\nresponse = 1\nmask = 0', r"fault 1\.mask: "),
        ("[random]\nseed = 1", r"random\.every: Field required"),
        ("[reader]\npatience_seconds = 0", r"reader\.patience_seconds: "),
        ("fault = 3", "fault: "),
        ("[[fault", r"scenario\.toml: "),
    ],
)
def test_mistakes_are_named_with_file_and_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ProfileError, match=message) as caught:
        load_scenario(written(tmp_path, text))
    assert "scenario.toml" in str(caught.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="cannot be read"):
        load_scenario(tmp_path / "none.toml")
    path = tmp_path / "binary.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ProfileError, match="binary"):
        load_scenario(path)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(codec="utf-8"), max_size=80))
def test_any_text_is_a_scenario_or_a_clear_error(tmp_path: Path, text: str) -> None:
    with suppress(ProfileError):
        load_scenario(written(tmp_path, text))


def test_a_seed_draws_the_same_faults_again_and_about_as_many_as_wanted() -> None:
    kinds = (Kind.MUTE, Kind.SLOW, Kind.WRONG_BYTE, Kind.WORN_PAGE)
    found = drawn(seed=7, every=20, commands=4000, kinds=kinds)
    assert found == drawn(seed=7, every=20, commands=4000, kinds=kinds)
    assert found != drawn(seed=8, every=20, commands=4000, kinds=kinds)
    assert 150 <= len(found) <= 250
    counts = Counter(fault.kind for fault in found)
    assert set(counts) == set(kinds)
    assert all(fault.moment in MOMENTS[fault.kind] for fault in found)
    assert {fault.moment for fault in found} == {Moment.COMMAND, Moment.RESPONSE}

"""kill -9 at every flush, replacement and removal: record and store are the old or the new one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has neither fork nor SIGKILL")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("ceremonies")
    program = [sys.executable, str(Path(__file__).with_name("crash_ceremony.py")), str(home)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(program, env=environment, check=True, timeout=300)
    return home


@pytest.fixture(scope="module", params=["killed", "torn"])
def found(home: Path, request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    """For every place to cut: what was on the disk, and what at the end of a second ceremony."""
    files = sorted((home / request.param).glob("*.json"), key=lambda each: int(each.stem))
    return [json.loads(each.read_text()) for each in files]


def steps(state: dict[str, Any]) -> list[str]:
    return [each["what"] for each in state["entries"]]


def of_keys(state: dict[str, Any], what: Sequence[str]) -> set[str]:
    return {each["kcv"] for each in state["entries"] if each["what"] in what}


def test_after_every_cut_the_ceremony_can_be_held_to_its_end(found: list[dict[str, Any]]) -> None:
    assert len(found) > 50, "there are that many steps in a ceremony"
    for each in found:
        end = each["end"]
        assert steps(end)[-1] == "closed"
        assert end["entries"][-1]["not_stored"] == []
        assert len(set(end["held"].values())) == 1, "both stores have the key"
        assert set(end["held"].values()) == of_keys(end, ["stored"])


def test_the_store_never_has_a_key_that_the_record_does_not_know(
    found: list[dict[str, Any]],
) -> None:
    for each in found:
        cut = each["cut"]
        held = {kcv for kcv in cut["held"].values() if kcv}
        assert held <= of_keys(cut, ["combined", "recovered"])
        assert of_keys(cut, ["stored"]) <= held, "what is said to be stored is"


def test_the_record_is_what_it_was_or_one_entry_more(found: list[dict[str, Any]]) -> None:
    longest = [each for each in steps(found[-1]["cut"]) if each != "mended"]
    for each in found:
        seen = [what for what in steps(each["cut"]) if what != "mended"]
        assert seen == longest[: len(seen)]
        assert each["end"]["entries"][: len(each["cut"]["entries"])] == each["cut"]["entries"]


def test_sheets_are_all_there_or_none_and_never_before_the_record(
    found: list[dict[str, Any]],
) -> None:
    for each in found:
        cut = each["cut"]
        assert set(cut["sheets"].values()) <= {3}
        assert len(cut["sheets"]) <= sum(what in ("made", "exported") for what in steps(cut))


def test_some_cuts_fell_where_they_hurt(found: list[dict[str, Any]]) -> None:
    cuts = [each["cut"] for each in found]
    assert any("exported" in steps(cut) and len(cut["sheets"]) == 1 for cut in cuts)
    assert any(steps(cut)[-1:] == ["combined"] and not any(cut["held"].values()) for cut in cuts)
    assert any(steps(cut)[-1:] == ["combined"] and any(cut["held"].values()) for cut in cuts)


def test_torn_lines_were_cut_with_a_note(home: Path) -> None:
    found = [json.loads(file.read_text()) for file in (home / "torn").glob("*.json")]
    torn = [each for each in found if each["cut"]["torn"]]
    assert torn
    for each in torn:
        notes = [step for step in each["end"]["entries"] if step["what"] == "mended"]
        assert notes == [{"what": "mended", "bytes_cut": each["cut"]["torn"]}]

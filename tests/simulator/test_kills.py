"""kill -9 while a card is personalized: the image loads, the card goes on, the audit passes.

``kill_run.py`` does it, in a process of its own, and checks each image against the record.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has neither fork nor SIGKILL")


def killed(folder: Path, kills: int, seed: int) -> dict[str, float]:
    program = [sys.executable, str(Path(__file__).with_name("kill_run.py"))]
    arguments = [str(folder), str(kills), str(seed)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*program, *arguments], env=environment, stdout=subprocess.PIPE, check=True, timeout=900
    )
    counts: dict[str, float] = json.loads(done.stdout)
    print(counts)
    assert counts["kills"] == kills
    assert counts["audits passed"] == counts["cards"]
    assert counts["images loaded"] > kills
    left = {each.name for each in folder.iterdir() if each.suffix == ".new"}
    assert len(left) <= 1, "a later life removes the drafts of those before"
    return counts


def test_six_kills(tmp_path: Path) -> None:
    killed(tmp_path, kills=6, seed=1)


@pytest.mark.full
def test_two_hundred_kills(tmp_path: Path) -> None:
    counts = killed(tmp_path, kills=200, seed=2)
    # How many depends on how busy the machine is; all kinds must have been there.
    assert counts["kills before the answer"] > 20
    assert counts["cut commands undone"] > 5
    assert counts["cut commands that happened"] > 5

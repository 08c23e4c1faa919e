"""The list of faults fits the code; and, when there is time, the tests notice the faults."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("run.py")


def run(*arguments: str) -> str:
    command = [sys.executable, str(PROGRAM), *arguments]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_mutant_still_applies() -> None:
    assert int(run("--check").split()[0]) >= 45


@pytest.mark.full
def test_nine_of_ten_mutants_are_noticed() -> None:
    run()

"""The examples, and the ``sscard`` command as a user runs it: in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def examples() -> Path:
    return ROOT / "examples"


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """For child processes: this tree first, UTF-8, no terminal."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "COLUMNS": "120"}


@pytest.fixture(scope="session")
def sscard(environment: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run ``sscard`` with these arguments."""

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "sscard", *map(str, arguments)]
        return subprocess.run(
            command, capture_output=True, encoding="utf-8", env=environment, check=False
        )

    return run

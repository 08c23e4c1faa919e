"""The fuzz target as a module: it lies beside the tests, which import by path."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def fuzzing() -> Iterator[Callable[[str], ModuleType]]:
    """Imports ``fuzz_card``, ``make_corpus`` …"""
    here = str(Path(__file__).parent)
    sys.path.insert(0, here)
    yield importlib.import_module
    sys.path.remove(here)


@pytest.fixture(scope="session")
def one_input(fuzzing: Callable[[str], ModuleType]) -> Callable[[bytes], int]:
    """The target itself."""
    target: Callable[[bytes], int] = fuzzing("fuzz_card").one_input
    return target

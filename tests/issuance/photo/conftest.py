"""The photos made for the purpose; their script lies beside the tests, which import by path."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def made() -> Iterator[ModuleType]:
    """``make_photos``."""
    here = str(Path(__file__).parent)
    sys.path.insert(0, here)
    yield importlib.import_module("make_photos")
    sys.path.remove(here)

"""An office with an empty ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.issuance.orders.office import Office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path / "ledger.sqlite")
    yield office
    office.sound()
    office.orders.close()


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Office]:
    """One that makes up the numbers that are missing."""
    office = Office(tmp_path / "test.sqlite", test_numbers=True)
    yield office
    office.sound()
    office.orders.close()

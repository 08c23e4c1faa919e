"""A batch that was destroyed is known again: by its contents, its number, or its file's name."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sscard.errors import LedgerError
from sscard.issuance.bank_data import Summary, load_layout
from sscard.issuance.bank_data.purge import purge, require_not_purged
from sscard.issuance.bank_data.tally import Tally, ranges
from sscard.keys import KeyReference
from sscard.keys.stores import load_bank

FOUND = Summary("B7", 3, bytes(range(32)), KeyReference("TK-MAC", 1))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a file b.bdp was purged."""
    path = tmp_path / "b.bdp"
    path.write_bytes(b"data")
    now, cards = datetime(2026, 2, 3, tzinfo=UTC), Tally(2, (), (3,))
    store, layout = load_bank(), load_layout()
    purge(path, tmp_path, FOUND, layout, store=store, random=bytes, now=now, tally=cards)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "found", "refused"),
    [
        ("b.bdp", None, True),
        ("other.bdp", None, False),
        ("other.bdp", FOUND, True),
        ("other.bdp", Summary("", 3, FOUND.digest, FOUND.mac_key), True),
        ("other.bdp", Summary("B7", 9, bytes(32), FOUND.mac_key), True),
        ("b.bdp", Summary("B8", 3, bytes(32), FOUND.mac_key), False),
        ("b.bdp", Summary("", 3, bytes(32), FOUND.mac_key), False),
    ],
)
def test_what_is_not_issued_again(
    folder: Path, name: str, found: Summary | None, refused: bool
) -> None:
    if not refused:
        require_not_purged(folder, folder / name, found)
        return
    with pytest.raises(LedgerError, match=r"batch B7 is not issued any more.*2026-02-03"):
        require_not_purged(folder, folder / name, found)


def test_a_new_file_of_an_old_name(folder: Path) -> None:
    """The bank calls every file the same."""
    (folder / "b.bdp").write_bytes(b"new")
    require_not_purged(folder, folder / "b.bdp")


@pytest.mark.parametrize(
    ("numbers", "text"),
    [((), ""), ((7,), "7"), ((1, 2), "1-2"), ((1, 2, 3, 5, 7, 8), "1-3, 5, 7-8")],
)
def test_record_numbers_as_people_write_them(numbers: tuple[int, ...], text: str) -> None:
    assert ranges(numbers) == text


def test_a_file_with_cards_to_be_made_is_kept() -> None:
    path = Path("b.bdp")
    Tally(3, (), ()).require_finished(path)
    with pytest.raises(LedgerError, match="half-done cards wait for records 2, 4"):
        Tally(1, (2, 4), (3,)).require_finished(path)
    with pytest.raises(LedgerError, match="no card was made of records 3;"):
        Tally(1, (), (3,)).require_finished(path)
    assert Tally(1, (2, 4), (3,)).without_card == (2, 3, 4)

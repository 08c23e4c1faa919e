"""Opening a ledger: what is made, what is durable, and which places are refused."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from sscard.errors import LedgerError
from sscard.issuance.ledger import Ledger, LedgerKeys, open_engine
from sscard.keys.stores import load_social_security

KEYS = LedgerKeys.of(load_social_security(None))
AT = datetime(2025, 3, 4, 10, 20, 30, tzinfo=UTC)
ANN = b"\1" * 32


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    with Ledger.open(path, KEYS) as opened:
        yield opened


def reserve(ledger: Ledger, person: bytes) -> None:
    profile = ("gen2", bytes(32))
    ledger.reserve(person, wanted_number=None, batch="B1", profile=profile, at=AT)


def test_it_opens_by_url(path: Path) -> None:
    with Ledger.open(f"sqlite:///{path}", KEYS) as ledger:
        reserve(ledger, ANN)
    assert path.exists()


def test_writes_reach_the_disk_before_a_call_returns(path: Path, ledger: Ledger) -> None:
    with ledger._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_what_is_purged_is_overwritten(path: Path) -> None:
    """SQLite would only let go of the octets; they are sealed, and gone all the same."""
    cell = bytes(range(1, 200))
    engine = open_engine(path, KEYS)
    with engine.begin() as raw:
        raw.execute(text("CREATE TABLE cells (value BLOB)"))
        raw.execute(text("INSERT INTO cells VALUES (:value)"), {"value": cell})
    engine.dispose()
    assert cell in path.read_bytes()
    engine = open_engine(path, KEYS)
    with engine.begin() as raw:
        raw.execute(text("UPDATE cells SET value = NULL"))
    engine.dispose()
    assert cell[50:100] not in path.read_bytes()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_only_the_owner_reads_it(path: Path, ledger: Ledger) -> None:
    reserve(ledger, ANN)
    for each in path.parent.iterdir():
        assert stat.S_IMODE(each.stat().st_mode) == 0o600


def test_a_newer_schema_is_refused(place: str) -> None:
    engine = open_engine(place, KEYS)
    with engine.begin() as raw:
        raw.execute(text("UPDATE alembic_version SET version_num = '0099'"))
    engine.dispose()
    with pytest.raises(LedgerError, match="schema 99, this sscard knows 3"):
        Ledger.open(place, KEYS)


def test_an_up_to_date_ledger_needs_no_alembic(path: Path, ledger: Ledger) -> None:
    program = (
        "import sys; from sscard.issuance.ledger import *; "
        "from sscard.keys.stores import load_social_security; "
        f"Ledger.open({str(path)!r}, LedgerKeys.of(load_social_security())).close(); "
        "print([name for name in sys.modules if name.partition('.')[0] == 'alembic'])"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert ended.stdout.strip() == b"[]"


def test_a_file_that_is_no_database(path: Path) -> None:
    path.write_bytes(b"card_number,name\r\n" * 100)
    with pytest.raises(LedgerError, match=r"ledger\.sqlite: file is not a database"):
        Ledger.open(path, KEYS)


def test_a_damaged_page(path: Path) -> None:
    with Ledger.open(path, KEYS) as ledger:
        for each in range(50):
            reserve(ledger, bytes((each,)) * 32)
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + bytes(4096) + whole[8192:])
    with pytest.raises(LedgerError, match=r"ledger\.sqlite"):
        Ledger.open(path, KEYS)


def test_a_cut_off_file(path: Path) -> None:
    with Ledger.open(path, KEYS) as ledger:
        reserve(ledger, ANN)
    path.write_bytes(path.read_bytes()[:-5000])
    with pytest.raises(LedgerError, match=r"ledger\.sqlite"):
        Ledger.open(path, KEYS)


def test_a_database_of_somebody_else(path: Path) -> None:
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE bookmarks (url TEXT)")
    raw.close()
    with pytest.raises(LedgerError, match="no ledger of sscard"):
        Ledger.open(path, KEYS)


def test_places_that_cannot_be_opened(tmp_path: Path) -> None:
    for place in (tmp_path / "missing" / "ledger.sqlite", tmp_path, "nosuchdb://host/x", "://"):
        with pytest.raises(LedgerError):
            Ledger.open(place, KEYS)

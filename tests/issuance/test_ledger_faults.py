"""Several programs at once, a connection that is lost, a disk that is full: all or nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from sscard.errors import LedgerError
from sscard.issuance.ledger import Ledger, LedgerKeys, open_engine, reading, transaction
from sscard.issuance.ledger.verify import verify
from sscard.issuance.states import CardState
from sscard.keys.stores import load_social_security
from tests.postgres import Server

ROOT = Path(__file__).parents[2]
KEYS = LedgerKeys.of(load_social_security(None))
AT = datetime(2025, 3, 4, tzinfo=UTC)
PROFILE = ("gen2", bytes(32))
EACH = 25

#: Reserves cards for people of its own, each with a test account.
PROGRAM = f"""
import sys
from datetime import UTC, datetime
from hashlib import sha256
from sscard.issuance.ledger import Ledger, LedgerKeys
from sscard.keys.stores import load_social_security
at = datetime(2025, 3, 4, tzinfo=UTC)
with Ledger.open(sys.argv[1], LedgerKeys.of(load_social_security(None))) as ledger:
    for number in range({EACH}):
        person = sha256(f"{{sys.argv[2]}} {{number}}".encode()).digest()
        row = ledger.reserve(
            person, wanted_number=None, batch="B", profile=("gen2", bytes(32)), at=at
        )
        ledger.allocate_test_account(row.card_number, at)
"""


def reserve(ledger: Ledger, person: int) -> str:
    row = ledger.reserve(
        sha256(bytes((person,))).digest(), wanted_number=None, batch="B", profile=PROFILE, at=AT
    )
    return row.card_number


def whole(ledger: Ledger) -> bool:
    return verify(ledger._engine, KEYS).whole


def test_programs_at_once_never_get_the_same_number(place: str) -> None:
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, place, str(number)],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT), "PATH": ""},
            stderr=subprocess.PIPE,
        )
        for number in range(2)
    ]
    said = [program.communicate(timeout=120)[1].decode() for program in programs]
    assert [program.returncode for program in programs] == [0, 0], said
    with Ledger.open(place, KEYS) as ledger:
        cards = list(ledger.cards())
        assert len(cards) == 2 * EACH
        for name in ("card_number", "serial", "bank_number"):
            assert len({getattr(card, name) for card in cards}) == len(cards), name
        assert [int.from_bytes(card.serial, "big") for card in cards] == [*range(1, 2 * EACH + 1)]
        assert whole(ledger)


def test_one_who_reads_does_not_wait_and_does_not_see_half(place: str) -> None:
    with Ledger.open(place, KEYS) as ledger:
        number = reserve(ledger, 1)
        with transaction(ledger._engine) as writing:
            writing.execute(text("UPDATE cards SET reason = 'half-done'"))
            assert ledger.card(number).reason is None
            writing.rollback()
        assert whole(ledger)


class Cut(Exception):
    """Here the work stops."""


def statements(engine: Engine, at: int, happens: Callable[[Any], None]) -> Callable[[], None]:
    """Something happens at the ``at``-th statement of the engine; what takes that back."""
    steps = count(1)

    def before(connection: Any, *_: object) -> None:
        if next(steps) == at:
            happens(connection)

    event.listen(engine, "before_cursor_execute", before)
    return lambda: event.remove(engine, "before_cursor_execute", before)


def lives(ledger: Ledger, number: str) -> list[tuple[str, CardState, bool]]:
    """Everything that an advance and an account leave behind."""
    rows = ledger.cards()
    return [(row.card_number, row.state, row.bank_number is None) for row in rows]


def test_a_connection_lost_at_any_statement_leaves_all_or_nothing(
    postgres_server: Server, postgres_url: str
) -> None:
    def lose(connection: Any) -> None:
        pid = connection.connection.dbapi_connection.info.backend_pid
        with watcher.connect() as other:
            other.execute(text(f"SELECT pg_terminate_backend({pid}, 5000)"))

    watcher = open_engine(postgres_url, KEYS)
    with Ledger.open(postgres_url, KEYS) as ledger:
        for at in count(1):
            number = reserve(ledger, at)
            before = lives(ledger, number)
            restore = statements(ledger._engine, at, lose)
            try:
                with pytest.raises(LedgerError):
                    ledger.allocate_test_account(number, AT)
                lost = True
            except pytest.fail.Exception:
                lost = False
            finally:
                restore()
            if not lost:
                break
            assert lives(ledger, number) == before, "the next call has a new connection"
        assert at > 5, "there are that many statements in one account"
        assert whole(ledger)
    watcher.dispose()


def test_a_server_that_dies_keeps_what_it_said_was_written(
    postgres_server: Server, postgres_url: str
) -> None:
    with Ledger.open(postgres_url, KEYS) as ledger:
        number = reserve(ledger, 1)
        ledger.advance(number, CardState.SSSE_DONE, AT)
        postgres_server.stop("immediate")
        with pytest.raises(LedgerError):
            ledger.advance(number, CardState.ISSUED, AT)
        postgres_server.start()
        assert ledger.card(number).state is CardState.SSSE_DONE
        assert whole(ledger)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger on a disk that is nearly full."""
    with Ledger.open(tmp_path / "ledger.sqlite", KEYS) as ledger:
        reserve(ledger, 0)
        with reading(ledger._engine) as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()

        def limit(raw: Any, _record: object) -> None:
            raw.execute(f"PRAGMA max_page_count = {pages}").close()

        ledger._engine.dispose()
        event.listen(ledger._engine, "connect", limit)
        yield ledger


def test_a_full_disk_is_an_error_and_leaves_nothing_half_written(small: Ledger) -> None:
    made: list[str] = []
    with pytest.raises(LedgerError, match="full"):
        made.extend(reserve(small, person) for person in range(1, 256))
    assert set(small.states()) >= set(made)
    assert whole(small)

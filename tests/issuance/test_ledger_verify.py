"""Whatever is changed past the ledger is found: any cell, any row, any event, an older copy."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, date, datetime
from hashlib import sha256
from itertools import count, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, Table, column, select, text
from sqlalchemy import table as untyped

from sscard.errors import LedgerError
from sscard.issuance.ledger import (
    Actor,
    Book,
    Ledger,
    LedgerKeys,
    counters,
    open_engine,
    reading,
    transaction,
)
from sscard.issuance.ledger.schema import (
    BATCHES,
    BODIES,
    CHAIN,
    CHECKS,
    EVENTS,
    FEES,
    LISTS,
    ORDERS,
    ROUNDS,
    STATIONS,
    STOCK,
    UNITS,
)
from sscard.issuance.ledger.schema.words import Movement
from sscard.issuance.ledger.verification import Fault, Head
from sscard.issuance.ledger.verify import guarded, verify
from sscard.issuance.order_states import OrderState, PinState, SideState
from sscard.issuance.production_states import BatchState, BodyState, StationState
from sscard.issuance.states import CardState
from sscard.keys.stores import load_social_security

KEYS = LedgerKeys.of(load_social_security(None))
AT = datetime(2025, 3, 4, 10, 20, 30, 5, tzinfo=UTC)
ACTOR = Actor(AT, "op1", "ssse-1", "2")


def hashed(number: int) -> bytes:
    return sha256(bytes((number,))).digest()


def order(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "round": "2025-1",
        "flow": "A",
        "region": "510100",
        "bank": "demo",
        "kind": "new",
        "person_hash": hashed(number),
        "personal": KEYS.seal("{}", f"orders/{number}/personal"),
        "state": OrderState.ENTERED,
        "attempts": 0,
        "bank_since": date(2025, 1, 2),
        "social_state": SideState.INACTIVE,
        "account_state": SideState.INACTIVE,
        "pin_state": PinState.INITIAL,
        "entered_at": AT,
        "changed_at": AT,
    }


ROWS: dict[Table, list[dict[str, Any]]] = {
    ROUNDS: [
        {
            "name": f"2025-{number}",
            "region": "510100",
            "opened_at": AT,
            "expected": 3,
            "rules": {"ages": [16, 60]},
        }
        for number in (1, 2)
    ],
    UNITS: [{"code": f"U{number}", "name": "某厂", "kind": "employer"} for number in (1, 2)],
    BATCHES: [
        {
            "number": f"B{number}",
            "round": "2025-1",
            "unit": "U1",
            "region": "510100",
            "flow": "A",
            "bank": "demo",
            "profile_name": "gen2",
            "profile_sha256": hashed(9),
            "layers": (),
            "state": next(iter(BatchState)),
            "expected": 2,
            "opened_at": AT,
        }
        for number in (1, 2)
    ],
    ORDERS: [order(1), order(2)],
    BODIES: [
        {
            "id": f"body{number}",
            "kind": "blank",
            "generation": "gen2",
            "lot": "L",
            "party": "office",
            "state": BodyState.RECEIVED,
            "at": AT,
        }
        for number in (1, 2)
    ],
    STOCK: [
        {
            "id": number,
            "at": AT,
            "party": "office",
            "item": "body",
            "lot": "L",
            "movement": Movement.RECEIVED,
            "quantity": 10,
        }
        for number in (1, 2)
    ],
    STATIONS: [
        {"name": f"ssse-{n}", "kind": "ssse", "state": StationState.RUNNING, "seen_at": AT}
        for n in (1, 2)
    ],
    CHECKS: [
        {"id": n, "what": "patrol", "result": "passed", "by": "op1", "at": AT} for n in (1, 2)
    ],
    FEES: [
        {"id": n, "order_id": n, "what": "replacement", "amount_fen": 1600, "party": "office"}
        for n in (1, 2)
    ],
    LISTS: [
        {
            "id": n,
            "direction": "in",
            "layout": "demo",
            "kind": "bank answer",
            "sha256": hashed(n),
            "records": 3,
            "party": "bank",
            "at": AT,
        }
        for n in (1, 2)
    ],
}


def fill(place: str | Path) -> None:
    """Two rows of every guarded table, some changed, and events about no row."""
    with Ledger.open(place, KEYS) as ledger:
        for person in (1, 2, 3):
            row = ledger.reserve(
                hashed(person), wanted_number=None, batch="B", profile=("gen2", hashed(9)), at=AT
            )
            ledger.allocate_test_account(row.card_number, AT)
        ledger.advance(row.card_number, CardState.SPOILED, AT, reason="torn")
        with transaction(ledger._engine) as connection:
            book = Book(connection, KEYS, ACTOR)
            for table, rows in ROWS.items():
                book.insert(table, rows, "entered")
            for name in ("order", "stock", "list", "fee", "check"):
                counters.take(connection, name, 2)
            book.update(ORDERS, 1, {"state": OrderState.VERIFIED}, "verified", {"n": 1})
            book.note("line", "line", "halted", {"why": "transport key"})


def faults(engine: Engine, expected: Head | None = None) -> set[Fault]:
    return {finding.fault for finding in verify(engine, KEYS, expected).findings}


def shows(path: Path) -> bool:
    """Whether a change is found: by a look through the ledger, or when it is opened."""
    try:
        engine = open_engine(path, KEYS)
    except LedgerError as refused:
        return "is damaged: " in str(refused)
    try:
        return not verify(engine, KEYS).whole
    finally:
        engine.dispose()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger in one file, to be copied."""
    path = tmp_path_factory.mktemp("whole") / "ledger.sqlite"
    fill(path)
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def engine(place: str) -> Iterator[Engine]:
    fill(place)
    engine = open_engine(place, KEYS)
    yield engine
    engine.dispose()


def change(engine: Engine, *statements: str) -> None:
    """What a person with rights in the database can do, constraints or not."""
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        for statement in statements:
            connection.execute(text(statement))
        connection.commit()


def test_a_ledger_that_only_the_ledger_wrote_is_whole(engine: Engine) -> None:
    seen: list[tuple[int, int]] = []
    found = verify(engine, KEYS, progress=lambda done, whole: seen.append((done, whole)))
    assert found.findings == ()
    assert found.whole
    assert found.rows == {table.name: 3 if table.name == "cards" else 2 for table in guarded()}
    assert set(found.rows) == {"cards", *(table.name for table in ROWS)}
    with reading(engine) as connection:
        assert connection.execute(select(CHAIN.c.seq)).scalar() == found.events == found.head.seq
    assert seen[-1] == (found.events + sum(found.rows.values()),) * 2
    assert verify(engine, KEYS, found.head).whole


#: Another value of the same type, and the same value as another type.
OTHERWISE = (
    """CASE typeof({0}) WHEN 'integer' THEN {0} + 1 WHEN 'text' THEN {0} || '1'
    WHEN 'blob' THEN substr({0}, 1, length({0}) - 1) || x'5a' ELSE '1' END""",
    """CASE typeof({0}) WHEN 'integer' THEN {0} + 0.5 WHEN 'text' THEN CAST({0} AS BLOB)
    WHEN 'blob' THEN hex({0}) ELSE x'' END""",
)


@pytest.mark.parametrize("table", [pytest.param(t, id=t.name) for t in (*guarded(), EVENTS, CHAIN)])
def test_every_column_of_every_table_is_guarded(whole: Path, tmp_path: Path, table: Table) -> None:
    path = tmp_path / "ledger.sqlite"
    shutil.copy(whole, path)
    engine = open_engine(path, KEYS)
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("PRAGMA ignore_check_constraints = ON")
        last = f"FROM {table.name} ORDER BY rowid DESC LIMIT 1"
        for each, otherwise in product(table.c, OTHERWISE):
            name, done = f'"{each.name}"', 0
            (before,) = raw.execute(f"SELECT {name} {last}").fetchone()
            change = f"UPDATE {table.name} SET {name} = {{}} WHERE rowid = (SELECT rowid {last})"
            with suppress(sqlite3.IntegrityError):  # SQLite does not keep this in that place
                done = raw.execute(change.format(otherwise.format(name))).rowcount
            assert verify(engine, KEYS).whole is not bool(done), (name, otherwise)
            raw.execute(change.format("?"), (before,))
    engine.dispose()


NUMBERS = count()
VALUES = st.one_of(
    st.none(), st.integers(-(2**63), 2**63 - 1), st.floats(), st.text(), st.binary(max_size=40)
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_change_of_any_cell_is_found(whole: Path, tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / f"{next(NUMBERS)}.sqlite"
    shutil.copy(whole, path)
    table = data.draw(st.sampled_from([*guarded(), EVENTS, CHAIN]))
    name = data.draw(st.sampled_from([column.name for column in table.c]))
    with closing(sqlite3.connect(path)) as raw:
        rows = [row for (row,) in raw.execute(f"SELECT rowid FROM {table.name}")]
        row = data.draw(st.sampled_from(rows))
        cell = f'SELECT typeof("{name}"), "{name}" FROM {table.name} WHERE rowid = ?'
        before = raw.execute(cell, (row,)).fetchone()
        value = data.draw(VALUES)
        raw.execute("PRAGMA ignore_check_constraints = ON")
        try:
            raw.execute(f'UPDATE {table.name} SET "{name}" = ? WHERE rowid = ?', (value, row))
        except (sqlite3.IntegrityError, sqlite3.DatabaseError, UnicodeEncodeError):
            return
        raw.commit()
        row = value if name in ("id", "seq") and table is not STATIONS and before[1] == row else row
        after = raw.execute(cell, (row,)).fetchone()
    assert shows(path) is (before != after)
    path.unlink()


@pytest.mark.parametrize("table", [pytest.param(t, id=t.name) for t in guarded()])
def test_rows_that_come_and_go(whole: Path, tmp_path: Path, table: Table) -> None:
    names = ", ".join(f'"{column.name}"' for column in table.c)
    (key,) = (column.name for column in table.primary_key)
    others = [column.name for column in table.c if column.unique or column.name == "bank_hash"]
    copies: dict[str, Any] = {key: "'9'", "event": "event", **dict.fromkeys(others, "NULL")}
    if table.name == "cards":
        copies["serial"] = "x'ffffffff'"
        copies["state"] = "'FAILED'"
    if table.name == "orders":
        copies["state"] = "'CANCELLED'"
    if table.name == "lists":
        copies["direction"] = "'out'"
    copied = ", ".join(copies.get(column.name, f'"{column.name}"') for column in table.c)
    changes = {
        Fault.ROW_MISSING: f"DELETE FROM {table.name} WHERE rowid = (SELECT max(rowid) FROM "
        f"{table.name})",
        Fault.ROW_EXTRA: f"INSERT INTO {table.name} ({names}) SELECT {copied} FROM {table.name} "
        "LIMIT 1",
    }
    for fault, statement in changes.items():
        path = tmp_path / f"{fault}.sqlite"
        shutil.copy(whole, path)
        with closing(sqlite3.connect(path)) as raw:
            raw.execute(statement)
            raw.commit()
        engine = open_engine(path, KEYS)
        assert faults(engine) >= {fault}
        engine.dispose()


def test_sealed_values_do_not_fit_another_row(engine: Engine) -> None:
    raw = untyped("cards", column("serial"), column("bank_sealed"), column("state"))
    with engine.begin() as connection:
        query = select(raw.c.serial, raw.c.bank_sealed).where(raw.c.state == "RESERVED")
        (one, of_one), (two, of_two) = connection.execute(query).all()
        for serial, sealed in ((one, of_two), (two, of_one)):
            connection.execute(
                raw.update().where(raw.c.serial == serial).values(bank_sealed=sealed)
            )
    found = verify(engine, KEYS)
    assert [finding.fault for finding in found.findings] == [Fault.ROW_CHANGED] * 2
    ledger = Ledger(engine, KEYS)
    with pytest.raises(LedgerError, match="cannot be opened"):
        list(ledger.cards())


@pytest.mark.parametrize(
    ("statements", "fault"),
    [
        (["DELETE FROM events WHERE seq = 5"], Fault.EVENT_MISSING),
        (["DELETE FROM events WHERE seq = 1"], Fault.EVENT_MISSING),
        (["UPDATE events SET operator = 'op2' WHERE seq = 5"], Fault.EVENT_CHANGED),
        (
            [
                "UPDATE events SET seq = 1000 WHERE seq = 5",
                "UPDATE events SET seq = 5 WHERE seq = 6",
                "UPDATE events SET seq = 6 WHERE seq = 1000",
            ],
            Fault.EVENT_CHANGED,
        ),
        (
            [
                "INSERT INTO events SELECT seq + 1, at, operator, station, reader, kind, subject, "
                "what, before, after, facts, NULL, chain FROM events ORDER BY seq DESC LIMIT 1",
                "UPDATE chain SET seq = seq + 1",
            ],
            Fault.EVENT_CHANGED,
        ),
        (["UPDATE chain SET seq = seq - 1"], Fault.END_CHANGED),
        (["DELETE FROM chain"], Fault.END_CHANGED),
        (["UPDATE counters SET last = 0 WHERE name = 'serial'"], Fault.COUNTER_BEHIND),
        (["UPDATE counters SET last = 1 WHERE name = 'order'"], Fault.COUNTER_BEHIND),
        (["DELETE FROM counters"], Fault.COUNTER_BEHIND),
    ],
)
def test_changes_of_events_and_counters(
    engine: Engine, statements: list[str], fault: Fault
) -> None:
    change(engine, *statements)
    assert fault in faults(engine)


def test_a_row_put_back_to_an_older_value_is_known_as_that(engine: Engine) -> None:
    with reading(engine) as connection:
        raw = untyped("orders", *(column(each.name) for each in ORDERS.c))
        old = dict(connection.execute(select(raw).where(raw.c.id == 2)).mappings().one())
    with transaction(engine) as connection:
        Book(connection, KEYS, ACTOR).update(ORDERS, 2, {"reason": "x"}, "tried")
    with engine.begin() as connection:
        connection.execute(raw.update().where(raw.c.id == 2).values(old))
    (finding,) = verify(engine, KEYS).findings
    assert (finding.fault, finding.kind, finding.subject) == (Fault.ROW_OLD, "order", "2")


def test_one_change_is_one_finding(engine: Engine) -> None:
    change(engine, "UPDATE events SET what = 'x' WHERE seq = 7")
    (finding,) = verify(engine, KEYS).findings
    assert (finding.fault, finding.subject) == (Fault.EVENT_CHANGED, "7")


def test_an_older_copy_is_found_by_a_noted_end_only(tmp_path: Path) -> None:
    path, old = tmp_path / "ledger.sqlite", tmp_path / "old.sqlite"
    fill(path)
    shutil.copy(path, old)
    with Ledger.open(path, KEYS) as ledger:
        row = ledger.reserve(
            hashed(7), wanted_number=None, batch="B", profile=("gen2", hashed(9)), at=AT
        )
        head = verify(ledger._engine, KEYS).head
        ledger.advance(row.card_number, CardState.SPOILED, AT, reason="torn")
        noted = Head.parse(str(head))
        assert verify(ledger._engine, KEYS, noted).whole, "it went on since"
    shutil.move(old, path)
    engine = open_engine(path, KEYS)
    assert verify(engine, KEYS).whole, "it is in itself what it was"
    assert faults(engine, noted) == {Fault.OLD_COPY}
    engine.dispose()


def test_a_cut_tail_is_found_by_a_noted_end(engine: Engine) -> None:
    head = verify(engine, KEYS).head
    change(
        engine,
        "DELETE FROM events WHERE kind = 'line'",
        "UPDATE chain SET seq = (SELECT max(seq) FROM events), "
        "chain = (SELECT chain FROM events ORDER BY seq DESC LIMIT 1)",
    )
    assert verify(engine, KEYS).whole, "the last event was about no row"
    assert faults(engine, head) == {Fault.OLD_COPY}


def test_another_ledger_with_the_same_keys_is_another(tmp_path: Path) -> None:
    heads = []
    for name in ("a", "b"):
        fill(tmp_path / name)
        engine = open_engine(tmp_path / name, KEYS)
        heads.append(verify(engine, KEYS).head)
        if name == "b":
            assert faults(engine, heads[0]) == {Fault.OLD_COPY}
        engine.dispose()
    assert heads[0].seq == heads[1].seq


@pytest.mark.parametrize("bad", ["", "5", "5:", "5:12", "x:0123456789abcdef", "5:0123456789abcdeg"])
def test_a_noted_end_is_written_in_one_way(bad: str) -> None:
    with pytest.raises(ValueError, match="SEQ:HEX"):
        Head.parse(bad)


def test_findings_beyond_a_thousand_are_counted(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sscard.issuance.ledger.verify.LIMIT", 3)
    change(engine, "UPDATE events SET what = 'x'")
    found = verify(engine, KEYS)
    assert (len(found.findings), found.found) == (3, found.events)


def test_text_that_is_no_utf_8_is_a_finding(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    shutil.copy(whole, path)
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("UPDATE orders SET bank = CAST(x'ff' AS TEXT) WHERE id = 1")
        raw.commit()
    engine = open_engine(path, KEYS)
    assert faults(engine) == {Fault.ROW_CHANGED}
    engine.dispose()


def test_an_index_that_is_gone_is_found(whole: Path, tmp_path: Path) -> None:
    """Without it the database would take a second valid card of a person."""
    path = tmp_path / "ledger.sqlite"
    shutil.copy(whole, path)
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("DROP INDEX one_live_card_per_person_hash")
    engine = open_engine(path, KEYS)
    (found,) = verify(engine, KEYS).findings
    assert (found.fault, found.subject) == (Fault.UNIQUE_MISSING, "one_live_card_per_person_hash")
    engine.dispose()


def test_a_large_file_is_looked_through_here(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opening it does not: that would take minutes."""
    path = tmp_path / "ledger.sqlite"
    shutil.copy(whole, path)
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        (root,) = raw.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'ix_orders_person_hash'"
        ).fetchone()
        (size,) = raw.execute("PRAGMA page_size").fetchone()
    # The index is there, and knows none of the rows.
    octets = bytearray(path.read_bytes())
    empty_leaf = bytes((0x0A, 0, 0, 0, 0)) + size.to_bytes(2, "big") + bytes(1)
    octets[(root - 1) * size : (root - 1) * size + 8] = empty_leaf
    path.write_bytes(octets)
    monkeypatch.setattr("sscard.issuance.ledger.engine.CHECKED_WHEN_OPENED", 0)
    engine = open_engine(path, KEYS)
    found = verify(engine, KEYS).findings
    assert {each.fault for each in found} == {Fault.DAMAGED}
    assert "ix_orders_person_hash" in found[0].detail
    engine.dispose()

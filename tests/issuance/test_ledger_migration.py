"""Ledgers of older schemas, as those sscard wrote them: opened, brought up, and gone on with."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, inspect

from sscard.errors import LedgerError
from sscard.issuance.layers import LayerRecord, from_text, supplement_of, to_text
from sscard.issuance.ledger import Ledger, LedgerKeys, migrations, open_engine
from sscard.issuance.ledger.engine import HEAD
from sscard.issuance.ledger.schema import METADATA
from sscard.issuance.states import CardState
from sscard.keys.stores import load_social_security

#: What SQLite said of a ledger of schema 1: literal, so that it stays what it was.
SCHEMA_1 = """
CREATE TABLE meta (schema_version INTEGER NOT NULL);
INSERT INTO meta VALUES(1);
CREATE TABLE counters (name VARCHAR(16) NOT NULL, last BIGINT NOT NULL, PRIMARY KEY (name));
INSERT INTO counters VALUES('serial',2);
INSERT INTO counters VALUES('card_number',2);
INSERT INTO counters VALUES('account',0);
CREATE TABLE cards (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    card_number VARCHAR(9) NOT NULL,
    serial BLOB NOT NULL,
    batch_number VARCHAR(32) NOT NULL,
    profile_name VARCHAR NOT NULL,
    profile_sha256 BLOB NOT NULL,
    person_hash BLOB NOT NULL,
    number_source VARCHAR(16) NOT NULL,
    state VARCHAR(16) NOT NULL,
    reason VARCHAR,
    bank_number VARCHAR(19),
    account_source VARCHAR(16),
    card_id_code BLOB,
    atr BLOB,
    reserved_at DATETIME NOT NULL,
    changed_at DATETIME NOT NULL,
    UNIQUE (card_number),
    UNIQUE (serial),
    CONSTRAINT number_source CHECK (number_source IN ('file', 'allocated')),
    CONSTRAINT state CHECK (state IN ('RESERVED', 'SSSE_DONE', 'ISSUED', 'FAILED', 'SPOILED')),
    CONSTRAINT account_source CHECK (account_source IN ('file', 'test'))
);
INSERT INTO cards VALUES(1,'T0000001X',X'00000001','B1','gen2',
 X'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
 X'0101010101010101010101010101010101010101010101010101010101010101',
 'allocated','RESERVED',NULL,NULL,NULL,NULL,NULL,
 '2025-03-04 10:20:30.000000','2025-03-04 10:20:30.000000');
INSERT INTO cards VALUES(2,'T00000028',X'00000002','B1','gen2',
 X'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
 X'0202020202020202020202020202020202020202020202020202020202020202',
 'allocated','SPOILED','interrupted half-done','6228000000000011','test',NULL,NULL,
 '2025-03-04 10:20:30.000000','2025-03-04 10:20:31.000000');
CREATE TABLE history (
    id INTEGER NOT NULL,
    card_number VARCHAR(9) NOT NULL,
    from_state VARCHAR(16),
    to_state VARCHAR(16) NOT NULL,
    at DATETIME NOT NULL,
    station VARCHAR NOT NULL,
    note VARCHAR NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(card_number) REFERENCES cards (card_number),
    CONSTRAINT from_state CHECK
     (from_state IN ('RESERVED', 'SSSE_DONE', 'ISSUED', 'FAILED', 'SPOILED')),
    CONSTRAINT to_state CHECK (to_state IN ('RESERVED', 'SSSE_DONE', 'ISSUED', 'FAILED', 'SPOILED'))
);
INSERT INTO history VALUES(1,'T0000001X',NULL,'RESERVED','2025-03-04 10:20:30.000000','ledger','');
CREATE INDEX ix_cards_state ON cards (state);
CREATE INDEX ix_cards_bank_number ON cards (bank_number);
CREATE UNIQUE INDEX one_live_card_per_person_hash ON cards (person_hash)
 WHERE state IN ('ISSUED', 'RESERVED', 'SSSE_DONE');
CREATE UNIQUE INDEX one_live_card_per_bank_number ON cards (bank_number)
 WHERE state IN ('ISSUED', 'RESERVED', 'SSSE_DONE');
CREATE INDEX ix_cards_person_hash ON cards (person_hash);
CREATE INDEX ix_history_card_number ON history (card_number);
"""
KEYS = LedgerKeys.of(load_social_security(None))
PROFILE = ("gen2", bytes(range(32)))
AT = datetime(2025, 3, 4, 10, 20, 30, tzinfo=UTC)
ANN, BEN, CAT = (bytes((each,)) * 32 for each in (1, 2, 3))
LAYERS = (
    LayerRecord("profile", "gen3", bytes(32)),
    LayerRecord("region", "四川", bytes(range(32))),
    LayerRecord("supplement", "office no. 3", b"\xab" * 32, b"\xcd" * 32),
)
SCHEMA_2 = (
    "ALTER TABLE cards ADD COLUMN layers TEXT",
    "UPDATE meta SET schema_version = 2",
    f"UPDATE cards SET layers = '{to_text(LAYERS)}' WHERE id = 2",
)


def for_postgres(script: str) -> str:
    """The same for the other database, which spells types and bytes in its own way."""
    script = script.replace(" BLOB", " BYTEA").replace(" DATETIME", " TIMESTAMPTZ")
    script = script.replace("INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT", "SERIAL PRIMARY KEY")
    script = script.replace(".000000'", ".000000+00'")
    return re.sub("X'([0-9a-f]+)'", lambda found: f"'\\x{found[1]}'", script)


@pytest.fixture(params=[1, 2])
def old(place: str, request: pytest.FixtureRequest) -> str:
    """A ledger of each schema before the present one, on each database."""
    postgres = "://" in place
    engine = create_engine(place if postgres else f"sqlite:///{place}")
    script = for_postgres(SCHEMA_1) if postgres else SCHEMA_1
    statements = [each for each in script.split(";\n") if each.strip()]
    with engine.begin() as connection:
        for statement in (*statements, *(SCHEMA_2 if request.param == 2 else ())):
            connection.exec_driver_sql(statement)
    engine.dispose()
    return place


def layout(place: str) -> dict[str, Any]:
    """All tables with all that the database knows of them: columns, keys, checks, indexes."""
    engine = create_engine(place if "://" in place else f"sqlite:///{place}")
    try:
        with engine.connect() as connection:
            looked = inspect(connection)
            found = {name: table(looked, name) for name in looked.get_table_names()}
            found["revision"] = revision(connection)
    finally:
        engine.dispose()
    return found


def table(looked: Any, name: str) -> list[str]:
    asked = ("columns", "check_constraints", "unique_constraints", "foreign_keys", "indexes")
    facts = [fact for each in asked for fact in getattr(looked, f"get_{each}")(name)]
    return sorted(map(told, (*facts, looked.get_pk_constraint(name))))


def told(fact: object) -> str:
    """What SQLAlchemy says of a part of a table, its clauses as text."""
    if isinstance(fact, Mapping):
        return str(sorted((str(name), told(value)) for name, value in fact.items()))
    return str(fact)


def revision(connection: Connection) -> str | None:
    if "alembic_version" not in inspect(connection).get_table_names():
        return str(connection.exec_driver_sql("SELECT schema_version FROM meta").scalar())
    return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar())


def test_everything_comes_along(old: str) -> None:
    with Ledger.open(old, KEYS) as ledger:
        one, two = ledger.cards()
        assert (one.card_number, one.state, one.bank_number) == (
            "T0000001X",
            CardState.RESERVED,
            None,
        )
        assert (one.profile_sha256, one.reserved_at, one.layers) == (PROFILE[1], AT, None)
        assert (two.serial, two.reason) == (b"\0\0\0\2", "interrupted half-done")
        assert (two.bank_number, two.account_source) == ("6228000000000011", "test")
        assert two.layers in (None, LAYERS)
        (line,) = ledger.history("T0000001X")
        assert (line.to_state, line.at, line.station) == (CardState.RESERVED, AT, "ledger")


def test_it_has_what_a_new_ledger_has(old: str, fresh: Callable[[str], str]) -> None:
    """Not only what Alembic compares: also checks, which keep words and states."""
    new = fresh(old)
    open_engine(old, KEYS).dispose()
    open_engine(new, KEYS).dispose()
    brought_up = layout(old)
    assert brought_up == layout(new)
    assert brought_up["revision"] == HEAD == migrations.head()


@pytest.fixture
def fresh(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Another place on the same database as one that is given."""

    def place(beside: str) -> str:
        if "://" not in beside:
            return str(tmp_path / "new.sqlite")
        address: str = request.getfixturevalue("postgres_server").new_database()
        return address

    return place


def test_the_steps_make_the_declared_tables(place: str) -> None:
    """From nothing: whoever changes a table without a step, or the other way, reads here what."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    engine = create_engine(place if "://" in place else f"sqlite:///{place}")
    with engine.begin() as connection:
        migrations.bring_up(connection, KEYS)
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def test_it_goes_on_where_it_was(old: str) -> None:
    with Ledger.open(old, KEYS) as ledger:
        assert ledger.advance("T0000001X", CardState.SSSE_DONE, AT).layers is None
        row = ledger.reserve(
            CAT, wanted_number=None, batch="B2", profile=PROFILE, at=AT, layers=LAYERS
        )
        assert row.serial == b"\0\0\0\3"
        with pytest.raises(LedgerError, match="this person has card T0000001X"):
            ledger.reserve(ANN, wanted_number=None, batch="B2", profile=PROFILE, at=AT)
        account = ledger.allocate_test_account(row.card_number, AT)
        assert account != "6228000000000011", "it was given before"
    with Ledger.open(old, KEYS) as ledger:
        assert ledger.card(row.card_number).layers == LAYERS


def test_opened_twice_at_once(old: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: Ledger.open(old, KEYS).close(), range(4)))
    assert layout(old)["revision"] == HEAD
    with Ledger.open(old, KEYS) as ledger:
        assert len(list(ledger.cards())) == 2


def test_a_migration_that_fails_leaves_the_old_ledger(
    old: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = layout(old)

    class Lost(Exception):
        """Power, say."""

    def lose(*_: object) -> None:
        raise Lost

    with monkeypatch.context() as patch:
        patch.setattr(LedgerKeys, "seal", lose)
        with pytest.raises(Lost):
            Ledger.open(old, KEYS)
    assert layout(old) == before
    Ledger.open(old, KEYS).close()


@pytest.mark.parametrize("version", [0, 9, 99])
def test_no_step_leads_on_from_other_schemas(tmp_path: Path, version: int) -> None:
    path = tmp_path / "ledger.sqlite"
    with closing(sqlite3.connect(path)) as raw:
        raw.executescript(SCHEMA_1)
        raw.execute("UPDATE meta SET schema_version = ?", (version,))
        raw.commit()
    before = layout(str(path))
    with pytest.raises(LedgerError, match=f"has schema {version}, this sscard knows 3"):
        Ledger.open(path, KEYS)
    assert layout(str(path)) == before


def test_layers_are_text_that_others_read(tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite"
    with Ledger.open(path, KEYS) as ledger:
        ledger.reserve(ANN, wanted_number=None, batch="B", profile=PROFILE, at=AT, layers=LAYERS)
    with closing(sqlite3.connect(path)) as raw:
        ((name, issuer),) = raw.execute(
            "SELECT json_extract(layers, '$[1].name'), json_extract(layers, '$[2].issuer_key') "
            "FROM cards"
        )
    assert (name, issuer) == ("四川", "cd" * 32)


def test_layers_as_text() -> None:
    assert from_text(to_text(LAYERS)) == LAYERS
    assert supplement_of(LAYERS) is LAYERS[2]
    assert supplement_of(LAYERS[:2]) is None
    for text in (
        "",
        "{}x",
        "3",
        "[3]",
        '[{"kind": "profile"}]',
        '[{"kind":1,"name":2,"sha256":3}]',
    ):
        with pytest.raises(LedgerError, match="layers of a card in the ledger cannot be read"):
            from_text(text)

"""A ledger of schema 1, as that sscard wrote it: opened, brought up, and gone on with."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sscard.errors import LedgerError
from sscard.issuance import ledger_migration
from sscard.issuance.layers import LayerRecord, from_text, supplement_of, to_text
from sscard.issuance.ledger import Ledger
from sscard.issuance.states import CardState

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
 'allocated','SPOILED','interrupted half-done',NULL,NULL,NULL,NULL,
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
PROFILE = ("gen2", bytes(range(32)))
AT = datetime(2025, 3, 4, 10, 20, 30, tzinfo=UTC)
ANN, BEN, CAT = (bytes((each,)) * 32 for each in (1, 2, 3))
LAYERS = (
    LayerRecord("profile", "gen3", bytes(32)),
    LayerRecord("region", "四川", bytes(range(32))),
    LayerRecord("supplement", "office no. 3", b"\xab" * 32, b"\xcd" * 32),
)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.sqlite"
    with closing(sqlite3.connect(path)) as raw:
        raw.executescript(SCHEMA_1)
    return path


def schema(path: Path) -> tuple[int, list[str], str]:
    """Version, columns of the cards, and the verdict of SQLite itself."""
    with closing(sqlite3.connect(path)) as raw:
        ((version,),) = raw.execute("SELECT schema_version FROM meta")
        columns = [row[1] for row in raw.execute("PRAGMA table_info(cards)")]
        ((verdict,),) = raw.execute("PRAGMA integrity_check")
    return version, columns, verdict


def test_it_is_brought_up_in_place(old: Path) -> None:
    columns = schema(old)[1]
    with Ledger.open(old) as ledger:
        assert ledger.card("T0000001X").layers is None
        assert ledger.card("T0000001X").profile_sha256 == PROFILE[1]
        assert ledger.card("T0000001X").reserved_at == AT
        assert [each.card_number for each in ledger.cards()] == ["T0000001X", "T00000028"]
        assert ledger.history("T0000001X")[0].to_state is CardState.RESERVED
    assert schema(old) == (2, [*columns, "layers"], "ok")


def test_a_new_ledger_has_the_same_columns(old: Path, tmp_path: Path) -> None:
    Ledger.open(old).close()
    Ledger.open(tmp_path / "new.sqlite").close()
    assert schema(old) == schema(tmp_path / "new.sqlite")


def test_it_goes_on_where_it_was(old: Path) -> None:
    with Ledger.open(old) as ledger:
        assert ledger.advance("T0000001X", CardState.SSSE_DONE, AT).layers is None
        row = ledger.reserve(
            CAT, wanted_number=None, batch="B2", profile=PROFILE, at=AT, layers=LAYERS
        )
        assert row.serial == b"\0\0\0\3"
        with pytest.raises(LedgerError, match="this person has card T0000001X"):
            ledger.reserve(ANN, wanted_number=None, batch="B2", profile=PROFILE, at=AT)
    with Ledger.open(old) as ledger:
        assert ledger.card(row.card_number).layers == LAYERS


def test_opened_twice_at_once(old: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: Ledger.open(old).close(), range(4)))
    assert schema(old)[0] == 2


def test_a_migration_that_fails_leaves_the_old_ledger(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = schema(old)
    steps = {1: (*ledger_migration._STEPS[1], "ALTER TABLE nowhere ADD COLUMN x TEXT")}
    with monkeypatch.context() as patch:
        patch.setattr(ledger_migration, "_STEPS", steps)
        with pytest.raises(LedgerError, match="nowhere"):
            Ledger.open(old)
    assert schema(old) == before
    Ledger.open(old).close()


@pytest.mark.parametrize("version", [0, 3, 99])
def test_no_step_leads_on_from_other_schemas(old: Path, version: int) -> None:
    with closing(sqlite3.connect(old)) as raw, raw:
        raw.execute("UPDATE meta SET schema_version = ?", (version,))
    before = schema(old)
    with pytest.raises(LedgerError, match=f"has schema {version}, this sscard knows 2"):
        Ledger.open(old)
    assert schema(old) == before


def test_layers_are_text_that_others_read(tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite"
    with Ledger.open(path) as ledger:
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

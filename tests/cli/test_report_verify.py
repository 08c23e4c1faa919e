"""``sscard report verify-ledger``: what is looked at, what was found, the end to be noted."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sscard.cli import app
from sscard.issuance.ledger import Ledger, LedgerKeys
from sscard.issuance.states import CardState
from sscard.keys.stores import load_social_security

AT = datetime(2025, 3, 4, tzinfo=UTC)
RUNNER = CliRunner()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.sqlite"
    with Ledger.open(path, LedgerKeys.of(load_social_security())) as ledger:
        profile = ("gen2", bytes(32))
        row = ledger.reserve(bytes(32), wanted_number=None, batch="B", profile=profile, at=AT)
        ledger.advance(row.card_number, CardState.SSSE_DONE, AT)
    return path


def change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as raw:
        raw.execute(statement)
        raw.commit()


def run(*words: object, code: int = 0) -> str:
    ended = RUNNER.invoke(app, ["report", "verify-ledger", *map(str, words)])
    assert ended.exit_code == code, ended.output
    return ended.output


def test_a_whole_ledger(path: Path) -> None:
    said = run(path)
    assert "完好 whole" in said
    assert "卡 cards" in said
    head = said.split("to be noted: ")[1].strip()
    assert head.startswith("3:")
    assert "完好 whole" in run(path, "--expect", head)
    assert "完好 whole" in run(path.parent, "--expect", head), "the folder will do"


def test_findings_are_told_and_counted(path: Path) -> None:
    change(path, "UPDATE cards SET batch_number = 'C'")
    assert "记录被改动 a row was changed past the ledger: card T0000001X" in run(path, code=1)
    told = json.loads(run(path, "--json", code=1))
    assert told["whole"] is False
    assert told["rows"]["cards"] == told["found"] == 1
    (finding,) = told["findings"]
    assert (finding["fault"], finding["subject"]) == ("ROW_CHANGED", "T0000001X")
    assert finding["zh"] == "记录被改动"


def test_an_end_that_the_chain_never_had(path: Path) -> None:
    assert "an older copy" in run(path, "--expect", "3:0011223344556677", code=1)
    assert "an older copy" in run(path, "--expect", "4:0011223344556677", code=1)


def test_what_cannot_be_read(path: Path, tmp_path: Path) -> None:
    assert "SEQ:HEX" in run(path, "--expect", "3", code=2)
    ended = RUNNER.invoke(app, ["report", "verify-ledger", str(tmp_path / "none")])
    assert ended.exception is not None
    assert not (tmp_path / "none").exists(), "no ledger is begun by a look"

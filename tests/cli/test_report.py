"""``sscard report``: what it prints, writes and ends with; nobody's data in any of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sscard.cli import app
from sscard.errors import LedgerError
from sscard.issuance.ledger import Actor, Book, transaction
from sscard.issuance.ledger.counters import take
from sscard.issuance.ledger.schema import CHECKS, FEES, STOCK
from sscard.issuance.order_states import OrderState
from sscard.issuance.states import CardState
from tests.issuance.reports.history import (
    ACCOUNT,
    BATCH,
    ID,
    KEYS,
    NAME,
    NOON,
    PHONE,
    Ordered,
    Try,
    fill,
    new_ledger,
)

RUN = CliRunner()
HISTORY = [
    Ordered(OrderState.AUDITED, (Try(CardState.ISSUED, "", "L1", "S1", "1", "B1", "2"),)),
    Ordered(
        OrderState.AUDITED,
        (Try(CardState.FAILED, f"card of {ID} (6A84)", "L1", "S1"), Try(CardState.ISSUED)),
    ),
    Ordered(OrderState.RETURNED, (), "PHOTO_QUALITY"),
]


@pytest.fixture
def ledger(filled: Path, tmp_path: Path) -> Path:
    """One's own copy of ``filled``."""
    return Path(shutil.copy(filled, tmp_path))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger in which somebody typed numbers of people into notes."""
    path = tmp_path_factory.mktemp("ledger") / "city.sqlite"
    engine = new_ledger(path)
    fill(engine, HISTORY)
    note = f"phoned {PHONE} about {ID}, account {ACCOUNT}"
    with transaction(engine) as connection:
        book = Book(connection, KEYS, Actor(NOON, "op7"))
        check = {"id": 1, "batch": BATCH, "what": "patrol", "result": "passed", "by": "qc1"}
        book.insert(CHECKS, [check | {"at": NOON, "note": note}], "checked")
        fee = {"id": 1, "order_id": 2, "what": "replacement", "amount_fen": 1500}
        book.insert(FEES, [fee | {"party": "city"}], "charged")
    engine.dispose()
    return path


def report(ledger: Path, *words: str) -> tuple[int, str]:
    done = RUN.invoke(app, ["report", words[0], *words[1:], "--ledger", str(ledger)])
    if isinstance(done.exception, Exception):
        raise done.exception
    return done.exit_code, done.stdout


def booked(ledger: Path, *words: str) -> None:
    assert report(ledger, "book", *words, "--party", "integrator", "--batch", BATCH)[0] == 0


def test_a_batch_in_every_form(ledger: Path, tmp_path: Path) -> None:
    page, book, folder = (tmp_path / name for name in ("b.html", "b.xlsx", "csv"))
    forms = ["--html", str(page), "--xlsx", str(book), "--csv", str(folder), "--json"]
    code, printed = report(ledger, "batch", BATCH, *forms)
    assert code == 0
    found = json.loads(printed)
    assert found["facts"]["batch"] == BATCH
    assert found["tables"]["causes"][0]["status_word"] == "6A84"
    assert "批次报告" in page.read_text("utf-8")
    assert (folder / "causes.csv").is_file()
    assert book.stat().st_size > 1000
    code, printed = report(ledger, "batch", BATCH)
    assert (code, "合格率 Yield" in printed) == (0, True)


def test_it_ends_with_1_while_the_books_do_not_balance(ledger: Path) -> None:
    booked(ledger, "received", "3", "--other", "supplier")
    booked(ledger, "issued", "2")
    code, printed = report(ledger, "batch", BATCH, "--json")
    assert code == 1
    (wrong,) = json.loads(printed)["tables"]["discrepancies"]
    assert (wrong["code"], wrong["party"], wrong["expected"]) == ("NOT_COUNTED", "integrator", 1)
    booked(ledger, "counted", "1")
    assert report(ledger, "batch", BATCH, "--json")[0] == 0


def test_a_wrong_movement_is_taken_back(ledger: Path) -> None:
    booked(ledger, "received", "10", "--other", "supplier")
    booked(ledger, "spoiled", "9")
    booked(ledger, "spoiled", "9", "--take-back", "--note", "typed 9 for 6")
    booked(ledger, "spoiled", "6")
    tables = json.loads(report(ledger, "stock", "--json")[1])["tables"]
    (held,) = tables["holdings"]
    assert (held["spoiled"], held["remaining"], held["to_destroy"]) == (6, 4, 6)
    assert [each["quantity"] for each in tables["movements"]] == [10, 9, -9, 6]


def test_stock_and_its_movements(ledger: Path) -> None:
    booked(ledger, "received", "3", "--other", "supplier", "--lot", "L1", "--signed-by", "zhao")
    code, printed = report(ledger, "stock", "--json")
    tables = json.loads(printed)["tables"]
    assert (code, tables["holdings"][0]["remaining"]) == (0, 3)
    assert tables["movements"][0]["signed_by"] == "zhao"
    with pytest.raises(LedgerError, match="两人签字"):
        report(ledger, "book", "destroyed", "1", "--party", "integrator")
    done = RUN.invoke(
        app,
        ["report", "book", "received", "1", "--party", "a", "--ledger", str(ledger)],
    )
    assert done.exit_code == 2
    assert "needs the other party" in done.stderr


def test_fees_are_settled_once(ledger: Path) -> None:
    march = ("fees", "--from", "2026-03-01", "--to", "2026-03-31", "--json")
    assert json.loads(report(ledger, *march)[1])["tables"]["fees"][0]["settled_in"] is None
    settled = json.loads(report(ledger, *march, "--settle", "M-1")[1])
    assert (settled["facts"]["settled_fen"], settled["facts"]["settlement"]) == (1500, "M-1")
    with pytest.raises(LedgerError, match="exists"):
        report(ledger, *march, "--settle", "M-1")
    with pytest.raises(LedgerError, match="nothing is left"):
        report(ledger, *march, "--settle", "M-2")
    turned = ["--from", "2026-03-02", "--to", "2026-03-01"]
    assert RUN.invoke(app, ["report", "fees", *turned, "--ledger", str(ledger)]).exit_code == 2


def test_numbers_of_which_the_ledger_has_no_trace_end_with_1(ledger: Path, tmp_path: Path) -> None:
    every = tmp_path / "numbers.csv"
    assert report(ledger, "numbers", "--list", str(every))[0] == 0
    assert len(every.read_text("utf-8-sig").splitlines()) == 1 + 3
    engine = new_ledger(ledger)
    with transaction(engine) as connection:
        take(connection, "serial")
    engine.dispose()
    code, printed = report(ledger, "numbers", "--json")
    (serial,) = [
        each for each in json.loads(printed)["tables"]["counters"] if each["counter"] == "serial"
    ]
    assert (code, serial["unused"]) == (1, 1)


def test_a_ledger_or_a_batch_that_is_not_there(tmp_path: Path, ledger: Path) -> None:
    with pytest.raises(LedgerError, match="there is no such ledger"):
        report(tmp_path / "none.sqlite", "stock")
    assert not (tmp_path / "none.sqlite").exists()
    with pytest.raises(LedgerError, match="no batch B9"):
        report(ledger, "batch", "B9")


COMMANDS = (
    ("batch", BATCH),
    ("failures",),
    ("failures", "--batch", BATCH),
    ("progress",),
    ("numbers",),
    ("stock",),
    ("card", "T0000001X"),
    ("card", "T00000028"),
    ("fees", "--from", "2026-03-01", "--to", "2026-03-31"),
)


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: "-".join(words))
def test_nobody_is_in_a_report(ledger: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    out = tmp_path / "out"
    out.mkdir()
    page, book = out / "page.html", out / "book.xlsx"
    forms = ["--html", str(page), "--xlsx", str(book), "--csv", str(out / "csv"), "--json"]
    printed = report(ledger, *words, *forms)[1] + report(ledger, *words)[1]
    texts = [printed, _workbook(book)]
    texts += [path.read_text("utf-8") for path in out.rglob("*.*") if path != book]
    assert len(texts) > 4
    for canary in (NAME, ID, PHONE, ACCOUNT):
        assert not [text[:40] for text in texts if canary in text]
    hashes = {n.to_bytes(32, "big").hex() for n in range(1, 4)}
    assert not [text[:40] for text in texts if any(each in text.lower() for each in hashes)]


def _workbook(path: Path) -> str:
    from openpyxl import load_workbook

    book = load_workbook(path)
    return " ".join(str(c.value) for page in book for row in page.iter_rows() for c in row)


def test_the_canary_is_in_the_ledger(ledger: Path) -> None:
    content = b"".join(path.read_bytes() for path in ledger.parent.glob("city.sqlite*"))
    assert ID.encode() in content
    assert NAME.encode() not in content
    assert STOCK.name.encode() in content

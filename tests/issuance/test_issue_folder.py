"""The directory of ``--out``: one run at a time, and issued.csv that agrees with the ledger."""

from __future__ import annotations

import csv
import io
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sscard.errors import LedgerError
from sscard.issuance import issued_csv
from sscard.issuance.issue_folder import IssueFolder, open_folder
from sscard.issuance.issued_csv import COLUMNS, IssuedLine
from sscard.issuance.ledger import Ledger
from sscard.issuance.states import CardState

AT = datetime(2025, 3, 4, 10, 20, 30, tzinfo=UTC)
PROFILE = ("gen2", bytes(32))
HEAD = b"\xef\xbb\xbf" + ",".join(COLUMNS).encode() + b"\r\n"


def line(number: str, name: str = "王〇·艾力") -> IssuedLine:
    return IssuedLine(
        number, name, "110101199003070011", b"\x01" * 16, b"\xab" * 17, "6228000000000018", AT
    )


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "issued"


@pytest.fixture
def folder(out: Path) -> Iterator[IssueFolder]:
    with open_folder(out) as opened:
        yield opened


@pytest.fixture
def ledger(folder: IssueFolder) -> Iterator[Ledger]:
    with Ledger.open(folder.ledger, profile=PROFILE) as opened:
        yield opened


def card(ledger: Ledger, person: int, state: CardState) -> str:
    row = ledger.reserve(bytes((person,)) * 32, wanted_number=None, batch="B", at=AT)
    path = {
        CardState.SSSE_DONE: [CardState.SSSE_DONE],
        CardState.ISSUED: [CardState.SSSE_DONE, CardState.ISSUED],
        CardState.FAILED: [CardState.SSSE_DONE, CardState.FAILED],
        CardState.SPOILED: [CardState.SPOILED],
    }
    for step in path.get(state, []):
        ledger.advance(row.card_number, step, AT, reason="for a test")
    return row.card_number


def rows(folder: IssueFolder) -> list[list[str]]:
    with folder.issued.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_the_second_run_is_refused(folder: IssueFolder, out: Path) -> None:
    with pytest.raises(LedgerError, match=rf"{out.name}: another run"), open_folder(out):
        pytest.fail("two runs in one directory")


def test_another_process_is_refused(folder: IssueFolder, out: Path) -> None:
    program = (
        "import sys, pathlib\n"
        "from sscard.issuance.issue_folder import open_folder\n"
        "open_folder(pathlib.Path(sys.argv[1])).__enter__()\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(out)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert run.returncode != 0
    assert "another run is issuing to this directory" in run.stderr


def test_the_lock_ends_with_the_block(out: Path) -> None:
    for _ in range(2):
        with open_folder(out):
            pass


def test_a_file_in_the_way(out: Path) -> None:
    out.write_text("not a directory")
    with pytest.raises(LedgerError, match="cannot be issued to"), open_folder(out):
        pytest.fail("a file became a directory")


def test_names_hold_card_numbers_only(folder: IssueFolder) -> None:
    assert folder.image("D2143569X").relative_to(folder.path) == Path("cards/D2143569X.card")
    assert folder.pending_image("D2143569X").name == "D2143569X.card.half"
    for name in ("../../x.y", "d2143569X", "D2143569X/"):
        with pytest.raises(ValueError):
            folder.image(name)
        with pytest.raises(ValueError):
            folder.pending_image(name)


def test_a_line_as_the_office_gets_it(folder: IssueFolder) -> None:
    issued_csv.append(folder.issued, line("D2143569X"))
    assert (
        folder.issued.read_bytes()
        == HEAD
        + (
            "D2143569X,王〇·艾力,110101199003070011," + "01" * 16 + "," + "AB" * 17 + ","
            "6228000000000018,2025-03-04T10:20:30+00:00\r\n"
        ).encode()
    )


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_only_the_owner_reads_it(folder: IssueFolder) -> None:
    issued_csv.append(folder.issued, line("D2143569X"))
    assert stat.S_IMODE(folder.issued.stat().st_mode) == 0o600
    issued_csv.reconcile(folder.issued, set())
    assert stat.S_IMODE(folder.issued.stat().st_mode) == 0o600


def test_a_name_is_no_formula() -> None:
    assert line("D2143569X", "=1+1").cells()[1] == "'=1+1"


def test_personal_data_stays_out_of_repr() -> None:
    shown = repr(line("D2143569X"))
    assert "王" not in shown
    assert "110101199003070011" not in shown
    assert "6228000000000018" not in shown


def test_finish_writes_the_line_then_the_ledger(folder: IssueFolder, ledger: Ledger) -> None:
    number = card(ledger, 1, CardState.SSSE_DONE)
    folder.pending_image(number).write_bytes(b"half")
    folder.finish(ledger, line(number), bank_seconds=0.25)
    assert ledger.card(number).state is CardState.ISSUED
    assert ledger.card(number).bank_seconds == 0.25
    assert rows(folder)[1][0] == number
    assert not folder.pending_image(number).exists()
    assert folder.reconcile(ledger) == issued_csv.Reconciliation(1, (), ())


def test_finish_leaves_a_trace_only_in_the_list_when_the_ledger_refuses(
    folder: IssueFolder, ledger: Ledger
) -> None:
    number = card(ledger, 1, CardState.RESERVED)
    with pytest.raises(LedgerError, match="cannot become ISSUED"):
        folder.finish(ledger, line(number))
    assert folder.reconcile(ledger).dropped == (number,)
    assert rows(folder) == [list(COLUMNS)]


def test_the_last_line_of_a_number_stands(folder: IssueFolder, ledger: Ledger) -> None:
    one, two = card(ledger, 1, CardState.ISSUED), card(ledger, 2, CardState.ISSUED)
    for each in (line(one, "早"), line(two), line(one, "晚")):
        issued_csv.append(folder.issued, each)
    assert folder.reconcile(ledger) == issued_csv.Reconciliation(2, (), ())
    assert {row[0]: row[1] for row in rows(folder)[1:]} == {one: "晚", two: "王〇·艾力"}


def test_an_agreeing_file_is_not_touched(folder: IssueFolder, ledger: Ledger) -> None:
    issued_csv.append(folder.issued, line(card(ledger, 1, CardState.ISSUED)))
    before = folder.issued.stat()
    folder.reconcile(ledger)
    assert folder.issued.stat().st_ino == before.st_ino


def test_no_file_yet(folder: IssueFolder, ledger: Ledger) -> None:
    assert folder.reconcile(ledger) == issued_csv.Reconciliation(0, (), ())
    assert not folder.issued.exists()


def test_an_issued_card_without_a_line_is_named(folder: IssueFolder, ledger: Ledger) -> None:
    number = card(ledger, 1, CardState.ISSUED)
    assert folder.reconcile(ledger).missing == (number,)


def test_a_torn_line_at_any_byte(folder: IssueFolder, ledger: Ledger) -> None:
    done, torn = card(ledger, 1, CardState.ISSUED), card(ledger, 2, CardState.SSSE_DONE)
    issued_csv.append(folder.issued, line(done))
    whole = folder.issued.read_bytes()
    issued_csv.append(folder.issued, line(torn, '引"号,名'))
    both = folder.issued.read_bytes()
    for end in range(len(whole), len(both) + 1):
        folder.issued.write_bytes(both[:end])
        assert folder.reconcile(ledger).kept == 1
        assert folder.issued.read_bytes() == whole, f"torn at {end}"


def test_a_torn_first_write(folder: IssueFolder, ledger: Ledger) -> None:
    issued_csv.append(folder.issued, line(card(ledger, 1, CardState.SSSE_DONE)))
    first = folder.issued.read_bytes()
    for end in range(len(first)):
        folder.issued.write_bytes(first[:end])
        folder.reconcile(ledger)
        assert folder.issued.read_bytes() == HEAD, f"torn at {end}"


def test_a_file_that_is_no_csv(folder: IssueFolder, ledger: Ledger) -> None:
    folder.issued.write_bytes(HEAD + b'"' + b"x" * 200_000)
    with pytest.raises(LedgerError, match=r"issued\.csv is damaged"):
        folder.reconcile(ledger)


# Control characters never come here: validation returns such names (ssc 2.9).
NAMES = st.text(st.characters(codec="gb18030", exclude_categories=["Cc", "Cs"]), max_size=25)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from("ABC"), NAMES, st.booleans()), max_size=8))
def test_what_is_issued_is_listed_once(
    tmp_path_factory: pytest.TempPathFactory, cards: list[tuple[str, str, bool]]
) -> None:
    path = tmp_path_factory.mktemp("list") / "issued.csv"
    issued = {f"{letter}00000000" for letter, _, done in cards if done}
    lines = [line(f"{letter}00000000", name) for letter, name, _ in cards]
    for each in lines:
        issued_csv.append(path, each)
    found = issued_csv.reconcile(path, issued)
    assert (found.kept, found.missing) == (len(issued), ())
    expected = {each.card_number: list(each.cells()) for each in lines}
    text = path.read_bytes().decode("utf-8-sig") if cards else ""
    listed = list(csv.reader(io.StringIO(text, newline="")))[1:]
    assert {row[0]: row for row in listed} == {number: expected[number] for number in issued}


def test_images_nobody_waits_for_go(folder: IssueFolder, ledger: Ledger) -> None:
    numbers = {state: card(ledger, place, state) for place, state in enumerate(CardState, start=1)}
    for number in numbers.values():
        folder.image(number).write_bytes(b"whole")
        folder.pending_image(number).write_bytes(b"half")
        for image in (folder.image(number), folder.pending_image(number)):
            image.with_name(image.name + ".part").write_bytes(b"being saved")
    strangers = [folder.path / "cards" / name for name in ("notes.txt", "ZZZZZZZZZ.card")]
    for stranger in strangers:
        stranger.write_bytes(b"not ours")
    for draft in (".issued.csv.4711.new", "cards/.D2143569X.card.4711.new"):
        (folder.path / draft).write_bytes(b"left by a crash")
    folder.reconcile(ledger)
    assert not list(folder.path.rglob("*.new"))
    assert set((folder.path / "cards").iterdir()) == {
        folder.image(numbers[CardState.ISSUED]),
        folder.pending_image(numbers[CardState.SSSE_DONE]),
        *strangers,
    }

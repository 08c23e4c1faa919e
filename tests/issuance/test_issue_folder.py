"""The directory of ``--out``: one run at a time, and issued.csv that agrees with the ledger."""

from __future__ import annotations

import csv
import io
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sscard.errors import LedgerError
from sscard.issuance import issued_csv
from sscard.issuance.issue_folder import IssueFolder, open_folder
from sscard.issuance.issued_csv import COLUMNS, TORN, IssuedLine, Reconciliation
from sscard.issuance.ledger import Ledger, LedgerKeys
from sscard.issuance.states import CardState
from sscard.keys.stores import load_social_security

KEYS = LedgerKeys.of(load_social_security(None))
AT = datetime(2025, 3, 4, 10, 20, 30, tzinfo=UTC)
PROFILE = ("gen2", bytes(32))
HEAD = b"\xef\xbb\xbf" + ",".join(COLUMNS).encode() + b"\r\n"


def line(number: str, name: str = "王〇·艾力") -> IssuedLine:
    facts = (b"\x01" * 16, b"\xab" * 17, "6228000000000018", AT, PROFILE)
    return IssuedLine(number, name, "110101199003070011", *facts)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "issued"


@pytest.fixture
def folder(out: Path) -> Iterator[IssueFolder]:
    with open_folder(out) as opened:
        yield opened


@pytest.fixture
def ledger(folder: IssueFolder) -> Iterator[Ledger]:
    with Ledger.open(folder.ledger, KEYS) as opened:
        yield opened


def card(ledger: Ledger, person: int, state: CardState) -> str:
    row = ledger.reserve(
        bytes((person,)) * 32, wanted_number=None, batch="B", profile=PROFILE, at=AT
    )
    path = {
        CardState.SSSE_DONE: [CardState.SSSE_DONE],
        CardState.ISSUED: [CardState.SSSE_DONE, CardState.ISSUED],
        CardState.WITHDRAWN: [CardState.SSSE_DONE, CardState.ISSUED, CardState.WITHDRAWN],
        CardState.FAILED: [CardState.SSSE_DONE, CardState.FAILED],
        CardState.SPOILED: [CardState.SPOILED],
    }
    for step in path.get(state, []):
        ledger.advance(row.card_number, step, AT, reason="for a test")
    return row.card_number


def issued(folder: IssueFolder, ledger: Ledger, person: int) -> str:
    """A card as a whole run leaves it."""
    number = card(ledger, person, CardState.ISSUED)
    folder.image(number).write_bytes(b"whole")
    issued_csv.append(folder.issued, line(number))
    return number


def cut_off(folder: IssueFolder, ledger: Ledger, person: int, name: str = "王") -> str:
    """A card as a crash leaves it before the ledger's last step."""
    number = card(ledger, person, CardState.SSSE_DONE)
    folder.pending_image(number).write_bytes(b"half")
    folder.image(number).write_bytes(b"whole")
    issued_csv.append(folder.issued, line(number, name))
    return number


def content(folder: IssueFolder) -> dict[Path, bytes]:
    """Every file of the folder except the ledger's own."""
    files = (each for each in folder.path.rglob("*") if each.is_file())
    return {each: each.read_bytes() for each in files if not each.name.startswith("ledger.")}


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
            f"6228000000000018,2025-03-04T10:20:30+00:00,gen2,{'00' * 32},\r\n"
        ).encode()
    )


FIRST_FORM = b"\xef\xbb\xbf" + ",".join(COLUMNS[:7]).encode() + b"\r\n"


def in_first_form(*numbers: str) -> bytes:
    """The file as sscard wrote it before lines named the profile."""
    lines = (",".join(line(number).cells()[:7]).encode() + b"\r\n" for number in numbers)
    return FIRST_FORM + b"".join(lines)


def test_a_list_of_the_first_form_grows_columns(folder: IssueFolder, ledger: Ledger) -> None:
    number, other = (issued(folder, ledger, person) for person in (1, 2))
    folder.issued.write_bytes(in_first_form(number, other))
    found = folder.reconcile(ledger)
    assert (found.kept, found.dropped, found.missing) == (2, (), ())
    assert rows(folder) == [list(COLUMNS)] + [
        [*line(each).cells()[:7], "", "", ""] for each in (number, other)
    ]
    before = folder.issued.read_bytes()
    folder.reconcile(ledger)
    assert folder.issued.read_bytes() == before


def test_a_list_of_the_first_form_torn_at_any_byte(folder: IssueFolder) -> None:
    whole = in_first_form("D2143569X", "T0000001X")
    for end in range(len(whole)):
        folder.issued.write_bytes(whole[:end])
        listing = issued_csv.read(folder.issued)
        assert not listing.whole
        complete = whole[:end].count(b"\r\n") - 1
        assert len(listing.complete) >= max(complete, 0)
        if end % 10 == 0:
            issued_csv.tidy(folder.issued, listing, {"D2143569X", "T0000001X"})
            assert issued_csv.read(folder.issued).whole


def test_forms_are_not_mixed(folder: IssueFolder) -> None:
    folder.issued.write_bytes(in_first_form("D2143569X"))
    issued_csv.append(folder.issued, line("T0000001X"))
    with pytest.raises(LedgerError, match="line 3 is not as sscard wrote it"):
        issued_csv.read(folder.issued)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_only_the_owner_reads_it(folder: IssueFolder) -> None:
    issued_csv.append(folder.issued, line("D2143569X"))
    assert stat.S_IMODE(folder.issued.stat().st_mode) == 0o600
    issued_csv.tidy(folder.issued, issued_csv.read(folder.issued), set())
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
    folder.image(number).write_bytes(b"whole")
    folder.finish(ledger, line(number), atr=bytes(17))
    assert ledger.card(number).state is CardState.ISSUED
    assert ledger.card(number).atr == bytes(17)
    assert rows(folder)[1][0] == number
    assert not folder.pending_image(number).exists()
    assert folder.reconcile(ledger) == Reconciliation(1, (), (), ())


def test_finish_leaves_a_trace_only_in_the_list_when_the_ledger_refuses(
    folder: IssueFolder, ledger: Ledger
) -> None:
    number = card(ledger, 1, CardState.FAILED)
    with pytest.raises(LedgerError, match="cannot become ISSUED"):
        folder.finish(ledger, line(number))
    assert folder.reconcile(ledger).dropped == (number,)
    assert rows(folder) == [list(COLUMNS)]


def test_the_last_line_of_a_number_stands(folder: IssueFolder, ledger: Ledger) -> None:
    one, two = issued(folder, ledger, 1), issued(folder, ledger, 2)
    issued_csv.append(folder.issued, line(one, "晚"))
    assert folder.reconcile(ledger) == Reconciliation(2, (one,), (), ())
    assert {row[0]: row[1] for row in rows(folder)[1:]} == {one: "晚", two: "王〇·艾力"}


def test_an_agreeing_file_is_not_touched(folder: IssueFolder, ledger: Ledger) -> None:
    issued(folder, ledger, 1)
    before = folder.issued.stat()
    folder.reconcile(ledger)
    assert folder.issued.stat().st_ino == before.st_ino


def test_no_file_yet(folder: IssueFolder, ledger: Ledger) -> None:
    assert folder.reconcile(ledger) == Reconciliation(0, (), (), ())
    assert not folder.issued.exists()


def test_issued_cards_without_a_line_or_an_image_are_named(
    folder: IssueFolder, ledger: Ledger
) -> None:
    unlisted, unseen = card(ledger, 1, CardState.ISSUED), issued(folder, ledger, 2)
    folder.image(unlisted).write_bytes(b"whole")
    folder.image(unseen).unlink()
    assert folder.reconcile(ledger) == Reconciliation(1, (), (unlisted,), (unseen,))


def test_a_torn_line_at_any_byte(folder: IssueFolder, ledger: Ledger) -> None:
    issued(folder, ledger, 1)
    whole = folder.issued.read_bytes()
    torn = cut_off(folder, ledger, 2, '引"号,名')
    both = folder.issued.read_bytes()
    for end in range(len(whole), len(both) + 1):
        folder.issued.write_bytes(both[:end])
        named = end - len(whole) > len(torn)
        dropped = () if end == len(whole) else (torn,) if named else (TORN,)
        assert folder.reconcile(ledger) == Reconciliation(1, dropped, (), ()), f"torn at {end}"
        assert folder.issued.read_bytes() == whole, f"torn at {end}"


def test_a_power_cut_may_leave_zeros_where_a_line_was_to_be(
    folder: IssueFolder, ledger: Ledger
) -> None:
    issued(folder, ledger, 1)
    whole = folder.issued.read_bytes()
    folder.issued.write_bytes(whole + bytes(100))
    assert folder.reconcile(ledger) == Reconciliation(1, (TORN,), (), ())
    assert folder.issued.read_bytes() == whole


def test_a_last_line_end_that_an_editor_took_away_comes_back(
    folder: IssueFolder, ledger: Ledger
) -> None:
    issued(folder, ledger, 1)
    whole = folder.issued.read_bytes()
    folder.issued.write_bytes(whole.removesuffix(b"\r\n"))
    assert folder.reconcile(ledger) == Reconciliation(1, (), (), ())
    assert folder.issued.read_bytes() == whole


def test_a_torn_first_write(folder: IssueFolder, ledger: Ledger) -> None:
    cut_off(folder, ledger, 1)
    first = folder.issued.read_bytes()
    for end in range(len(first)):
        folder.issued.write_bytes(first[:end])
        folder.reconcile(ledger)
        assert folder.issued.read_bytes() == HEAD, f"torn at {end}"


def resaved(old: bytes, encoding: str, separator: str = ",", end: str = "\r\n") -> bytes:
    return old.decode("utf-8-sig").replace(",", separator).replace("\r\n", end).encode(encoding)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda old: resaved(old, "gbk"), 1),
        (lambda old: resaved(old, "utf-16"), 1),
        (lambda old: resaved(old, "utf-8-sig", separator=";"), 1),
        (lambda old: resaved(old, "utf-8-sig", end="\n"), 1),
        (lambda old: resaved(old, "utf-8"), 1),
        (lambda old: HEAD + resaved(old.removeprefix(HEAD), "gbk"), 2),
        (lambda old: HEAD + resaved(old.removeprefix(HEAD), "utf-8", separator=";"), 2),
        (lambda old: HEAD + old.removeprefix(HEAD).lower(), 2),
        (lambda old: old + b"remark of the office\r\n", 4),
        (lambda old: old + b"\r\n", 4),
        (lambda old: old + old.removeprefix(HEAD).replace(b"\r\n", b",checked\r\n"), 4),
        (lambda old: old + b'"' + b"x" * 200_000, 4),
        (lambda old: old + b'T0000001X,"never closed,,,,,\r\n', 4),
    ],
)
def test_a_file_saved_by_another_program_is_refused_and_left_alone(
    folder: IssueFolder, ledger: Ledger, change: Callable[[bytes], bytes], place: int
) -> None:
    issued(folder, ledger, 1)
    cut_off(folder, ledger, 2)
    folder.issued.write_bytes(change(folder.issued.read_bytes()))
    before = content(folder)
    with pytest.raises(LedgerError, match=rf"issued\.csv: line {place} is not") as caught:
        folder.reconcile(ledger)
    assert content(folder) == before
    assert "王" not in str(caught.value)
    assert caught.value.__context__ is None


def older(folder: IssueFolder, ledger: Ledger, known: int) -> Ledger:
    """A ledger that has seen the first ``known`` cards only, all issued."""
    ledger.close()
    for each in folder.path.glob("ledger.*"):
        each.unlink()
    old = Ledger.open(folder.ledger, KEYS)
    for person in range(1, known + 1):
        card(old, person, CardState.ISSUED)
    return old


@pytest.mark.parametrize("known", [0, 2])
@pytest.mark.parametrize("lost", ["nothing", "issued.csv", "cards"])
def test_a_lost_or_older_ledger_is_refused_before_anything_is_changed(
    folder: IssueFolder, ledger: Ledger, known: int, lost: str
) -> None:
    numbers = [issued(folder, ledger, person) for person in range(1, 7)]
    (folder.path / ".issued.csv.4711.new").write_bytes(b"left by a crash")
    if lost == "issued.csv":
        folder.issued.unlink()
    if lost == "cards":
        for image in (folder.path / "cards").iterdir():
            image.unlink()
    before = content(folder)
    with older(folder, ledger, known) as old:
        with pytest.raises(LedgerError, match="missing or older") as caught:
            folder.reconcile(old)
        assert content(folder) == before
    assert f"it does not know {numbers[known]}, {numbers[known + 1]}" in str(caught.value)
    assert f"and {6 - known - 3} more" in str(caught.value)


@pytest.mark.parametrize("kind", ["pending_image", "dead_image"])
def test_a_ledger_older_than_a_half_done_card_is_refused(
    folder: IssueFolder, ledger: Ledger, kind: str
) -> None:
    path: Path = getattr(folder, kind)("D2143569X")
    path.write_bytes(b"half")
    with pytest.raises(LedgerError, match="does not know D2143569X"):
        folder.reconcile(ledger)
    assert path.exists()


def test_a_torn_line_of_an_unknown_card_shows_an_older_ledger(
    folder: IssueFolder, ledger: Ledger
) -> None:
    folder.issued.write_bytes(HEAD + "D2143569X,王".encode())
    with pytest.raises(LedgerError, match="does not know D2143569X"):
        folder.reconcile(ledger)


@pytest.mark.parametrize("state", [CardState.RESERVED, CardState.SSSE_DONE])
@pytest.mark.parametrize("listed", [True, False])
def test_a_ledger_that_lags_by_more_than_one_step_is_refused(
    folder: IssueFolder, ledger: Ledger, state: CardState, listed: bool
) -> None:
    number = card(ledger, 1, state)
    if listed:
        issued_csv.append(folder.issued, line(number))
    else:
        folder.image(number).write_bytes(b"whole")
    before = content(folder)
    with pytest.raises(LedgerError, match=f"has not got as far as {number}"):
        folder.reconcile(ledger)
    assert content(folder) == before


def test_a_card_whose_line_went_goes_on(folder: IssueFolder, ledger: Ledger) -> None:
    number = cut_off(folder, ledger, 1)
    assert folder.reconcile(ledger) == Reconciliation(0, (number,), (), ())
    assert folder.pending_image(number).read_bytes() == b"half"
    assert not folder.image(number).exists()


# Control characters never come here: validation returns such names (ssc 2.9).
NAMES = st.text(st.characters(codec="gb18030", exclude_categories=["Cc", "Cs"]), max_size=25)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from("ABC"), NAMES, st.booleans()), max_size=8))
def test_what_is_issued_is_listed_once(
    tmp_path_factory: pytest.TempPathFactory, cards: list[tuple[str, str, bool]]
) -> None:
    path = tmp_path_factory.mktemp("list") / "issued.csv"
    done = {f"{letter}00000000" for letter, _, done in cards if done}
    lines = [line(f"{letter}00000000", name) for letter, name, _ in cards]
    for each in lines:
        issued_csv.append(path, each)
    found = issued_csv.read(path)
    assert found.whole
    assert [cells[1] for cells in found.complete] == [each.cells()[1] for each in lines]
    dropped = issued_csv.tidy(path, found, done)
    assert len(dropped) == len(lines) - len(done)
    expected = {each.card_number: list(each.cells()) for each in lines}
    text = path.read_bytes().decode("utf-8-sig") if cards else ""
    listed = list(csv.reader(io.StringIO(text, newline="")))[1:]
    assert {row[0]: row for row in listed} == {number: expected[number] for number in done}


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, body: bytes, headed: bool
) -> None:
    path = tmp_path_factory.mktemp("list") / "issued.csv"
    path.write_bytes(HEAD + body if headed else body)
    with suppress(LedgerError):
        assert issued_csv.read(path).whole == (path.read_bytes()[-2:] == b"\r\n")


def test_images_nobody_waits_for_go(folder: IssueFolder, ledger: Ledger) -> None:
    numbers = {state: card(ledger, place, state) for place, state in enumerate(CardState, start=1)}
    for number in numbers.values():
        folder.pending_image(number).write_bytes(b"half")
    for state in (CardState.SSSE_DONE, CardState.ISSUED, CardState.WITHDRAWN):
        folder.image(numbers[state]).write_bytes(b"whole")
    strangers = [folder.path / "cards" / name for name in ("notes.txt", "D2143569X.card.png")]
    for stranger in strangers:
        stranger.write_bytes(b"not ours")
    run = folder.run_folder(AT).relative_to(folder.path)
    drafts = (".issued.csv.4711.new", "cards/.D2143569X.card.4711.new", f"{run}/.rejects.csv.1.new")
    for draft in drafts:
        (folder.path / draft).write_bytes(b"left by a crash")
    folder.reconcile(ledger)
    assert not list(folder.path.rglob("*.new"))
    assert set((folder.path / "cards").iterdir()) == {
        folder.image(numbers[CardState.ISSUED]),
        folder.image(numbers[CardState.WITHDRAWN]),
        folder.pending_image(numbers[CardState.SSSE_DONE]),
        folder.pending_image(numbers[CardState.RESERVED]),
        folder.dead_image(numbers[CardState.SPOILED]),
        folder.dead_image(numbers[CardState.FAILED]),
        *strangers,
    }


def test_the_image_of_a_card_that_was_given_up_is_kept(folder: IssueFolder, ledger: Ledger) -> None:
    number = card(ledger, 1, CardState.SSSE_DONE)
    folder.bury(number)
    assert not folder.dead_image(number).exists(), "there was none to keep"
    folder.pending_image(number).write_bytes(b"half")
    ledger.advance(number, CardState.FAILED, AT, reason="for a test")
    for _ in range(2):
        folder.bury(number)
        folder.reconcile(ledger)
        assert list((folder.path / "cards").iterdir()) == [folder.dead_image(number)]
        assert folder.dead_image(number).read_bytes() == b"half"


def test_each_run_has_a_directory_of_its_own(folder: IssueFolder) -> None:
    beijing = AT.astimezone(timezone(timedelta(hours=8)))
    first = folder.run_folder(beijing)
    assert first.relative_to(folder.path) == Path("runs/20250304T102030.000000Z")
    assert folder.run_folder(AT) == first, "the same run asks again"
    assert folder.run_folder(AT + timedelta(microseconds=1)) != first
    with pytest.raises(ValueError, match="zone"):
        folder.run_folder(AT.replace(tzinfo=None))

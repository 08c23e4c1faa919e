"""Requests and answers as files: sealed, whole or not there, and nobody in their names."""

from __future__ import annotations

import base64
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sscard.errors import KeyStoreError, MalformedData
from sscard.issuance.ca.authority import AnswerAwaited
from sscard.issuance.ca.desk import Outcome, answer_all
from sscard.issuance.ca.folder import HEAD, Folder, name_of, new_folder, open_folder
from sscard.issuance.ca.folder_authority import FolderAuthority
from sscard.issuance.ca.load import load_authority, packaged_issuing
from sscard.issuance.ca.registered import RegisteredAuthority
from sscard.keys.stores.sealed_file import Passphrase, WrongPassphrase
from sscard.keys.x509 import CertificateRequest

MARK = b"sscard ca letter 1\n"
ROOT = Path(__file__).parents[4]
Make = Callable[..., CertificateRequest]


@pytest.fixture
def office(reopened: Folder) -> FolderAuthority:
    return FolderAuthority(reopened)


@pytest.fixture
def ca(tmp_path: Path, test_ca: Any) -> RegisteredAuthority:
    return RegisteredAuthority(test_ca, packaged_issuing(tmp_path / "register").register)


def asked(office: FolderAuthority, *requests: CertificateRequest) -> None:
    for each in requests:
        with pytest.raises(AnswerAwaited, match="waits for its answer"):
            office.answer(each)


def outcomes(folder: Folder, ca: RegisteredAuthority, *, again: bool = False) -> list[Outcome]:
    return [each.outcome for each in answer_all(folder, ca, again=again)]


def files(folder: Folder, ending: str) -> list[Path]:
    return sorted(folder.path.glob(f"*.{ending}"))


def test_there_and_back(
    folder: Folder, office: FolderAuthority, ca: Any, test_ca: Any, make_request: Make
) -> None:
    one, other = make_request(1), make_request(2, card_id="AB" * 16, name="欧阳·犇犇")
    assert (office.test, office.root, office.issuers) == (True, test_ca.root, test_ca.issuers)
    asked(office, one, other, one)
    assert len(files(folder, "request")) == 2
    assert folder.request(name_of(other)) == other
    assert outcomes(folder, ca) == [Outcome.ANSWERED] * 2
    for each in (one, other):
        assert office.answer(each).texts() == test_ca.answer(each).texts()
    before = {path: path.read_bytes() for path in folder.path.iterdir()}
    assert outcomes(folder, ca) == [Outcome.BEFORE] * 2
    assert {path: path.read_bytes() for path in folder.path.iterdir()} == before


def test_nobody_is_in_the_clear(
    folder: Folder, office: FolderAuthority, ca: Any, test_ca: Any, first: CertificateRequest
) -> None:
    asked(office, first)
    list(answer_all(folder, ca, again=False))
    texts = test_ca.answer(first).texts()
    secrets = [first.name, first.card_number, first.public.point.hex(), *texts.values()]
    wanted = [each.encode() for each in secrets]
    wanted += [base64.b64decode(texts[each]) for each in ("QMZS", "JMZS", "JMMY")]
    wanted += [bytes.fromhex(texts["GLYPIN"]), bytes.fromhex(texts["ZKMY"]), first.public.point]
    for path in [*folder.path.iterdir(), ca.register.path]:
        raw = path.read_bytes() + path.name.encode()
        assert [each for each in wanted if each.lower() in raw.lower()] == []
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    shown = repr([folder, office, ca, first, office.answer(first)])
    assert [each for each in secrets if each in shown and each != first.card_number] == []


def test_the_same_card_on_another_day_asks_the_same(
    folder: Folder, office: FolderAuthority, ca: Any, make_request: Make
) -> None:
    asked(office, make_request())
    before = files(folder, "request")[0].read_bytes()
    later = make_request(issued_on=date(2026, 5, 9))
    asked(office, later)
    assert files(folder, "request")[0].read_bytes() == before
    assert outcomes(folder, ca) == [Outcome.ANSWERED]
    assert office.answer(later).texts() == office.answer(make_request()).texts()


def test_a_corrected_name_is_answered_anew(
    folder: Folder, office: FolderAuthority, ca: Any, make_request: Make
) -> None:
    asked(office, make_request())
    assert outcomes(folder, ca) == [Outcome.ANSWERED]
    corrected = make_request(name="诸葛验")
    asked(office, corrected)
    assert outcomes(folder, ca) == [Outcome.ANSWERED]
    found = office.answer(corrected)
    assert found.texts()["QMZS"] != ca.answer(make_request()).texts()["QMZS"]
    assert len(files(folder, "answer")) == 1


def test_another_key_of_a_card_needs_a_word(
    folder: Folder, office: FolderAuthority, ca: Any, make_request: Make
) -> None:
    one, other, stranger = make_request(1), make_request(2), make_request(3, card_id="AB" * 16)
    asked(office, one)
    assert outcomes(folder, ca) == [Outcome.ANSWERED]
    asked(office, other, stranger)
    done = {each.name: each for each in answer_all(folder, ca, again=False)}
    assert done[name_of(other)].outcome is Outcome.ANOTHER_KEY
    assert "sscard ca again" in done[name_of(other)].detail
    assert done[name_of(stranger)].outcome is Outcome.ANSWERED
    asked(office, other)
    outcomes(folder, ca)
    outcomes(folder, ca, again=True)
    assert office.answer(other).texts() == ca.answer(other).texts()
    assert office.answer(one).texts() == ca.answer(one).texts()
    entries = [(each.refused, each.again) for each in ca.register.entries()]
    assert entries == [(False, False), (True, False), (False, False), (False, True)]


@pytest.mark.parametrize("ending", ["request", "answer"])
@pytest.mark.parametrize("damage", ["cut", "changed", "empty", "other", "renamed", "huge"])
def test_a_broken_file_holds_up_no_other(
    folder: Folder, office: FolderAuthority, ca: Any, make_request: Make, ending: str, damage: str
) -> None:
    one, other = make_request(1), make_request(2, card_id="AB" * 16)
    asked(office, one)
    outcomes(folder, ca)
    asked(office, other)
    outcomes(folder, ca)
    path = folder.path / f"{name_of(one)}.{ending}"
    raw = path.read_bytes()
    path.write_bytes(
        {
            "cut": raw[:-1],
            "changed": raw[:-1] + bytes((raw[-1] ^ 1,)),
            "empty": b"",
            "other": b"not a letter\n" + raw,
            "renamed": (folder.path / f"{name_of(other)}.{ending}").read_bytes(),
            "huge": raw + bytes(1 << 14),
        }[damage]
    )
    if ending == "request":
        (folder.path / f"{name_of(one)}.answer").unlink()
        done = {each.name: each for each in answer_all(folder, ca, again=False)}
        assert done[name_of(other)].outcome is Outcome.BEFORE
        assert done[name_of(one)].outcome is Outcome.BROKEN
        assert f"{name_of(one)}.request" in done[name_of(one)].detail
        asked(office, one)  # the office writes it once more
    else:
        with pytest.raises(MalformedData, match=rf"{name_of(one)}\.answer"):
            office.answer(one)
    outcomes(folder, ca)
    assert office.answer(one).texts() == ca.answer(one).texts()
    assert office.answer(other).texts() == ca.answer(other).texts()


def test_a_request_is_what_it_is_called(folder: Folder, ca: Any, make_request: Make) -> None:
    """Also where the other party has sealed it under a wrong name."""
    one, other = make_request(1), make_request(2)
    folder._close(f"{name_of(one)}.request", other.texts())
    (done,) = answer_all(folder, ca, again=False)
    assert done.outcome is Outcome.BROKEN
    assert done.detail.endswith("is of another card or key than it is called")


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.one_of(st.binary(max_size=40), st.binary(max_size=40).map(MARK.__add__)))
def test_any_bytes_are_no_letter(folder: Folder, ca: Any, content: bytes) -> None:
    name = f"{'AB' * 16}-{'0' * 16}"
    (folder.path / f"{name}.request").write_bytes(content)
    assert outcomes(folder, ca) == [Outcome.BROKEN]


@pytest.mark.parametrize("texts", ["[]", "1", '{"KSBM": 1}', "{}", "x", "\ud800", "[" * 5000])
def test_letters_of_another_program(folder: Folder, ca: Any, texts: str) -> None:
    """Sealed under the right key, and no texts inside."""
    name = f"{'AB' * 16}-{'0' * 16}.request"
    plain = texts.encode("utf-8", "surrogatepass")
    letter = folder.key.close(plain, MARK + name.encode(), os.urandom)
    (folder.path / name).write_bytes(MARK + letter)
    assert outcomes(folder, ca) == [Outcome.BROKEN]


def test_no_regular_file_is_waited_for(
    folder: Folder, office: FolderAuthority, ca: Any, make_request: Make
) -> None:
    one, other = make_request(1), make_request(2, card_id="AB" * 16)
    asked(office, one, other)
    path = folder.path / f"{name_of(one)}.request"
    path.unlink()
    os.mkfifo(path)
    assert sorted(outcomes(folder, ca)) == [Outcome.ANSWERED, Outcome.BROKEN]


def test_with_a_damaged_answer_the_request_is_there_again(
    folder: Folder, office: FolderAuthority, ca: Any, first: CertificateRequest
) -> None:
    """The CA may have put its requests away; without one it could not answer once more."""
    asked(office, first)
    assert outcomes(folder, ca) == [Outcome.ANSWERED]
    (request,), (answer,) = files(folder, "request"), files(folder, "answer")
    request.unlink()
    answer.write_bytes(b"")
    with pytest.raises(MalformedData, match=answer.name):
        office.answer(first)
    assert outcomes(folder, ca) == [Outcome.ANSWERED]
    assert office.answer(first).texts() == ca.answer(first).texts()


def test_other_files_are_left_alone(folder: Folder, ca: Any) -> None:
    for name in ("notes.txt", "x.request", ".510100.1.new"):
        (folder.path / name).write_text("x")
    assert outcomes(folder, ca) == []


def test_a_place_without_name_is_no_answer(
    folder: Folder, office: FolderAuthority, ca: Any, make_request: Make
) -> None:
    asked(office, make_request(city="990000"))
    (done,) = answer_all(folder, ca, again=False)
    assert (done.outcome, "990000" in done.detail) == (Outcome.BROKEN, True)
    assert ca.register.entries() == ()


def test_the_folder_is_opened_with_its_passphrase(
    folder: Folder, test_ca: Any, passphrase: Passphrase
) -> None:
    with pytest.raises(WrongPassphrase, match=HEAD):
        open_folder(folder.path, lambda kind, path: Passphrase("another one"), os.urandom)
    with pytest.raises(KeyStoreError, match="is there already"):
        new_folder(folder.path, passphrase, folder.trusted, os.urandom, test=True)
    with pytest.raises(KeyStoreError, match="at least 12"):
        new_folder(folder.path, Passphrase("short"), folder.trusted, os.urandom, test=True)
    (folder.path / HEAD).write_text('kind = "ca-folder"\ntest = true\nkey = "00"\n')
    with pytest.raises(KeyStoreError, match="is not sealed"):
        load_authority(folder.path, lambda kind, path: passphrase)
    (folder.path / HEAD).unlink()
    with pytest.raises(KeyStoreError, match="No such file"):
        load_authority(folder.path, lambda kind, path: passphrase)


ANSWER = """
import sys
from pathlib import Path
from sscard.issuance.ca.desk import answer_all
from sscard.issuance.ca.folder import open_folder
from sscard.issuance.ca.load import packaged_issuing
from sscard.keys.stores import sealed_file
from sscard.keys.stores.sealed_file import Passphrase
import os

sealed_file._SMALLEST_COST = 1 << 4
folder = open_folder(Path(sys.argv[1]), lambda *_: Passphrase(sys.argv[3]), os.urandom)
authority = packaged_issuing(Path(sys.argv[2]))
print("ready", flush=True)
sys.stdin.readline()
for each in answer_all(folder, authority, again=False):
    print(each.outcome.name, flush=True)
"""


def test_two_processes_answer_at_once(
    folder: Folder,
    office: FolderAuthority,
    ca: RegisteredAuthority,
    make_request: Make,
    words: str,
) -> None:
    """Of a card with two keys one is answered, whoever comes first; every answer is whole."""
    requests = [make_request(at, card_id=f"{at:032X}") for at in range(3)]
    twins = [make_request(at, card_id="EE" * 16) for at in (70, 71)]
    asked(office, *requests, *twins)
    command = [sys.executable, "-c", ANSWER, folder.path, ca.register.path, words]
    running = [
        subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        for _ in range(2)
    ]
    for each in running:
        assert each.stdout
        assert each.stdout.readline() == "ready\n"
    told = [each.communicate("\n", timeout=60)[0].split() for each in running]
    assert {outcome for each in told for outcome in each} <= {"ANSWERED", "BEFORE", "ANOTHER_KEY"}
    assert [each.count("ANOTHER_KEY") for each in told] == [1, 1]
    for each in requests:
        assert office.answer(each).texts() == ca.answer(each).texts()
    lines = [json.loads(each) for each in ca.register.path.read_text().splitlines()]
    keys = [(each["card_id"], each["key"], each["serial"]) for each in lines]
    assert len(keys) == len(set(keys)) == 5
    assert sum(not serial for _, _, serial in keys) == 1

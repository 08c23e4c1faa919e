"""``sscard keys ceremony`` as people use it: what they are asked, what they see, how it ends."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sscard.cli import app
from sscard.errors import SscardError
from sscard.keys import HMAC256, TDES, TDES_SUITE, KeyReference
from sscard.keys.ceremony import CeremonyError, RecordDamaged, read
from sscard.keys.ceremony.kinds import KINDS
from sscard.keys.stores.sealed_file import Passphrase, WrongPassphrase
from sscard.keys.stores.sealed_store import SealedStore

OFFICER, PEOPLE = "张主任", ("李四", "王五", "赵六")
STORE_PASSPHRASE = "of the store"
ONE = bytes.fromhex("C1CDCBC7D9D5D3DFA1ADABA7B9B5B3BF")
TWO = bytes.fromhex("4A5B6C7D8E9FA0B11324354657687980")


def word(name: str) -> str:
    """Somebody's passphrase."""
    return f"{name}: correct horse"


class Office:
    """A folder, and a program that is fed with lines."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = home / "masters"

    def run(self, command: str, *arguments: object, typed: Iterable[str] = ()) -> Any:
        """What the command printed; what it raises on purpose is raised here."""
        words = ["keys", "ceremony", command, str(self.folder), *map(str, arguments)]
        lines = "".join(f"{line}\n" for line in typed)
        result = CliRunner().invoke(app, words, input=lines, catch_exceptions=True)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result

    def ask(self, command: str, *arguments: object, typed: Iterable[str] = ()) -> Any:
        """Its JSON."""
        lines = [word(OFFICER), *typed]
        return json.loads(self.run(command, *arguments, "--json", typed=lines).stdout)

    def open(self) -> dict[str, str]:
        names = [part for name in PEOPLE for part in ("--custodian", name)]
        typed = [word(name) for name in (OFFICER, *PEOPLE) for _ in range(2)]
        options = ("--title", "Masters 主密钥", "--officer", OFFICER, *names, "--json")
        opened: dict[str, str] = json.loads(self.run("new", *options, typed=typed).stdout)
        return opened

    def sheet(self, path: str) -> tuple[str, list[str]]:
        """Label and lines, as somebody reads them from the printed page."""
        page = (self.home / path).read_text("utf-8")
        label = re.findall('<code class="label">(.*?)</code>', page)[0]
        rows = re.findall(r'<tr><td class="no">\d</td>(.*?)</tr>', page)
        return label, [" ".join(re.findall(r">(\w{4})<", row)) for row in rows]

    def store(self, name: str, kind: str = "social-security") -> Path:
        path = self.home / name
        passphrase = Passphrase(STORE_PASSPHRASE)
        SealedStore.create(path, kind, TDES_SUITE, passphrase, os.urandom)
        return path

    def key_in(self, path: Path, name: str, version: int = 1) -> Any:
        sealed = SealedStore(path, Passphrase(STORE_PASSPHRASE), os.urandom)
        return sealed.checked().keys[KeyReference(name, version)]

    def steps(self) -> list[str]:
        entries = read(self.folder / "record.jsonl").entries
        return [each.step.what for each in entries]


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setattr("sscard.keys.ceremony.people.COST", 4)
    monkeypatch.setattr("sscard.keys.stores.sealed_file.COST", 1 << 15)
    monkeypatch.setenv("SSCARD_KEYSTORE_PASSPHRASE", STORE_PASSPHRASE)
    monkeypatch.setenv("SSCARD_BANK_KEYSTORE_PASSPHRASE", STORE_PASSPHRASE)
    return Office(tmp_path)


def made(office: Office, *options: object, count: int = 3) -> list[str]:
    """The lines of all components of a new key."""
    office.ask("generate", "UK1DF01", "--out", office.home / "made", *options)
    return [
        line for at in range(1, count + 1) for line in office.sheet(f"made/component-{at}.html")[1]
    ]


def shared(office: Office, store: Path, out: str = "shared") -> None:
    consents = ["李四", word("李四"), "赵六", word("赵六")]
    options = ("--threshold", 2, "--store", store, "--out", office.home / out)
    office.ask("split", "UK1DF01", *options, typed=consents)


def test_a_whole_ceremony(office: Office) -> None:
    opened = office.open()
    assert re.fullmatch("[0-9A-F]{8}", opened["ceremony"])
    store, second = office.store("office.store"), office.store("second.store")
    lines = made(office)
    combined = office.ask("combine", "UK1DF01", "--store", store, typed=lines)
    key = office.key_in(store, "UK1DF01")
    kcv = key.kcv.hex().upper()
    assert combined == {"key": "UK1DF01", "version": 1, "kcv": kcv, "stored": True}

    shared(office, store)
    typed = []
    for at in (3, 1):
        label, value = office.sheet(f"shared/share-{at}.html")
        typed += [label, *value]
    office.ask("recover", "UK1DF01", "--store", second, typed=typed)
    assert office.key_in(second, "UK1DF01") == key

    head = office.ask("close")["head"]
    again = json.loads(office.run("verify", "--head", head, "--json").stdout)
    steps = ["opened", "made", "combined", "stored", "exported", "recovered", "stored", "closed"]
    assert [each["step"]["what"] for each in again["entries"]] == steps
    assert (again["closed"], again["head"], again["torn_bytes"]) == (True, head, 0)
    office.run("verify", "--officer", opened["fingerprint"].lower())
    for options in (("--officer", "00" * 16), ("--head", "00" * 32)):
        with pytest.raises(RecordDamaged, match=r"another officer|no entry has this hash"):
            office.run("verify", *options)
    with pytest.raises(CeremonyError, match="is closed"):
        office.ask("close")


def test_the_record_as_a_table(office: Office) -> None:
    office.open()
    store = office.store("office.store")
    office.ask("combine", "UK1DF01", typed=made(office))
    office.ask("combine", "IRK", "--foreign", 2, "--store", store, typed=foreign(ONE, TWO))
    shared_after_combining(office)
    with (office.folder / "record.jsonl").open("ab") as record:
        record.write(b'{"torn')
    told = office.run("verify").stdout
    for text in (
        "opened; custodians 李四, 王五, 赵六",
        "made UK1DF01 version 1 KCV",
        "from set 01",
    ):
        assert text in told
    for text in ("combined IRK version 1", "components of others; parity bits set", "stored IRK"):
        assert text in told
    for text in (
        "2 of 3 shares, 李四, 王五, 赵六; agreed: 王五, 李四",
        "torn (6 bytes",
        "not closed",
    ):
        assert text in told
    closing = office.run("close", typed=[word(OFFICER)])
    assert "torn in a crash: 6 bytes" in closing.stderr
    assert "cut a torn line of 6 bytes" in office.run("verify").stdout


def test_names_are_no_markup(office: Office) -> None:
    names = ["[red]A", "[/red]"]
    options = [part for name in names for part in ("--custodian", name)]
    typed = [word(name) for name in ("O", *names) for _ in range(2)]
    office.run("new", "--title", "[bold]t", "--officer", "O", *options, typed=typed)
    told = office.run("verify").stdout
    assert "[red]A, [/red]" in told
    assert "[bold]t" in told


def shared_after_combining(office: Office) -> None:
    """A key that is in no store is combined once more, and divided."""
    lines = [line for at in (1, 2, 3) for line in office.sheet(f"made/component-{at}.html")[1]]
    consents = ["王五", word("王五"), "李四", word("李四")]
    out = office.home / "shared"
    office.ask("split", "UK1DF01", "--threshold", 2, "--out", out, typed=[*lines, *consents])


def foreign(*values: bytes, parity: str = "y", kcv: str = "") -> list[str]:
    """What is typed for components of another office, and for the key's check value."""
    typed = []
    for value in values:
        typed += [TDES(value).kcv.hex(), value[:8].hex(), value[8:].hex()]
    return [*typed, parity, kcv]


def test_a_slip_costs_its_line_only(office: Office) -> None:
    office.open()
    lines = made(office)
    wrong = lines[2].replace(lines[2][0], "F" if lines[2][0] != "F" else "E", 1)
    typed = [*lines[:2], lines[2][:-1], "no digits", wrong, lines[1], *lines[2:]]
    result = office.run("combine", "UK1DF01", typed=[word(OFFICER), *typed])
    assert result.stderr.count("type again: component 2, line 1:") == 4
    assert "not stored" in result.stdout


def test_a_component_with_a_wrong_check_value_is_named_and_typed_again(office: Office) -> None:
    """Of another office: there are no check digits, so the whole component is typed again."""
    office.open()
    slip = bytes([ONE[0] ^ 0x20]) + ONE[1:]
    wrong = [TDES(ONE).kcv.hex(), slip[:8].hex(), slip[8:].hex()]
    both = foreign(ONE, TWO)
    typed = [word(OFFICER), *both[:3], TDES(TWO).kcv.hex(), *wrong[1:], *both[3:]]
    result = office.run("combine", "IRK", "--foreign", 2, typed=typed)
    assert "type again: component 2: its check value is" in result.stderr
    assert "IRK version 1, KCV" in result.stdout
    assert result.stderr.count("component 1 / 2") == 1, "component 1 was not lost"


def test_parity_is_asked_for(office: Office) -> None:
    office.open()
    store = office.store("office.store")
    before = office.steps()
    with pytest.raises(CeremonyError, match="has not odd parity"):
        office.ask(
            "combine", "IRK", "--foreign", 2, "--store", store, typed=foreign(ONE, TWO, parity="n")
        )
    assert office.steps() == before
    kcv = TDES(bytes(a ^ b for a, b in zip(ONE, TWO, strict=True))).kcv.hex().upper()
    typed = foreign(ONE, TWO, kcv=kcv.lower())
    found = office.ask("combine", "IRK", "--foreign", 2, "--store", store, typed=typed)
    assert found["kcv"] == kcv == office.key_in(store, "IRK").kcv.hex().upper()


def test_another_key_than_the_sheets_promise_is_refused(office: Office) -> None:
    office.open()
    typed = foreign(ONE, TWO, kcv="12345")
    with pytest.raises(CeremonyError, match=r"the key's check value is .*, not 000000"):
        office.ask("combine", "IRK", "--foreign", 2, typed=[*typed, "000000"])
    assert office.steps() == ["opened"]


def test_a_weak_key_is_refused(office: Office) -> None:
    office.open()
    halves = bytes(a ^ b for a, b in zip(ONE, ONE[:8] * 2, strict=True))
    with pytest.raises(SscardError, match="key IRK: both halves are equal"):
        office.ask("combine", "IRK", "--foreign", 2, typed=foreign(ONE, halves)[:6])
    assert office.steps() == ["opened"]


def test_a_share_of_another_ceremony_is_refused_by_its_label(office: Office) -> None:
    office.open()
    store = office.store("office.store")
    office.ask("combine", "UK1DF01", "--store", store, typed=made(office))
    shared(office, store)
    theirs = Office(office.home)
    theirs.folder = office.home / "other"
    other = theirs.open()["ceremony"]
    shared(theirs, store, "theirs")
    typed = []
    for path in ("theirs/share-1.html", "shared/share-2.html", "shared/share-2.html"):
        label, value = office.sheet(path)
        typed += [label] if path.startswith("theirs") else [label, *value]
        typed += ["S-nonsense"] if len(typed) == 1 else []
    typed = [*typed[:-2], office.sheet("shared/share-3.html")[0]]
    typed += office.sheet("shared/share-3.html")[1]
    result = office.run("recover", "UK1DF01", typed=[word(OFFICER), *typed])
    assert f"type again: share 1: it is of ceremony {other}, not of" in result.stderr
    assert "type again: label: it has nine fields" in result.stderr
    assert "type again: share 2: it is there already" in result.stderr
    label, value = office.sheet("theirs/share-1.html")
    second, more = office.sheet("theirs/share-3.html")
    found = office.ask("recover", "UK1DF01", "--of", other, typed=[label, *value, second, *more])
    assert found["stored"] is False


def test_shares_of_another_key_are_refused(office: Office) -> None:
    office.open()
    store = office.store("office.store")
    office.ask("combine", "UK1DF01", "--store", store, typed=made(office))
    shared(office, store)
    with pytest.raises(CeremonyError, match="set 02 is of key UK1DF01 version 1, not of IRK"):
        office.ask("recover", "IRK", typed=[office.sheet("shared/share-1.html")[0]])


def test_one_person_cannot_agree_twice(office: Office) -> None:
    office.open()
    store = office.store("office.store")
    office.ask("combine", "UK1DF01", "--store", store, typed=made(office))
    typed = ["李四", word("王五"), "李四", word("李四")]
    typed += ["李四", OFFICER, "nobody", "王五", word("王五")]
    options = ("--threshold", 2, "--store", store, "--out", office.home / "shared")
    result = office.run("split", "UK1DF01", *options, typed=[word(OFFICER), *typed])
    ceremony = json.loads(office.run("verify", "--json").stdout)["ceremony"]
    none = f"no custodian of ceremony {ceremony} (there are 李四, 王五, 赵六)"
    for text, times in (
        ("李四: wrong passphrase", 1),
        ("李四 has agreed already: the other must be another person", 1),
        (none, 2),
    ):
        assert result.stderr.count(f"type again: {text}") == times
    assert "nobody" not in result.stderr  # it may be a passphrase that was typed too early
    assert len(list((office.home / "shared").iterdir())) == 3


def test_without_a_second_person_nothing_leaves_the_store(office: Office) -> None:
    office.open()
    store = office.store("office.store")
    office.ask("combine", "UK1DF01", "--store", store, typed=made(office))
    before = office.steps()
    typed = ["李四", word("李四"), "李四"]
    options = ("--store", store, "--out", office.home / "shared")
    with pytest.raises(CeremonyError, match="the input ended before the ceremony did"):
        office.ask("split", "UK1DF01", *options, typed=typed)
    assert office.steps() == before
    assert not (office.home / "shared").exists()


def test_components_of_a_stored_key(office: Office) -> None:
    office.open()
    store = office.store("office.store")
    office.ask("combine", "UK1DF01", "--store", store, typed=made(office))
    consents = ["李四", word("李四"), "王五", word("王五")]
    options = ("--components", "--store", store, "--out", office.home / "again")
    divided = office.ask("split", "UK1DF01", *options, typed=consents)
    assert (divided["threshold"], divided["of"]) == (3, 3)
    lines = [line for at in (1, 2, 3) for line in office.sheet(f"again/component-{at}.html")[1]]
    assert office.ask("combine", "UK1DF01", "--store", store, typed=lines)["kcv"] == divided["kcv"]


def test_one_component_after_the_other(office: Office) -> None:
    office.open()
    store = office.store("office.store")
    lines = []
    for at, name in ((2, "王五"), (1, "李四")):
        with pytest.raises(CeremonyError, match=r"made no components|were not made yet"):
            office.ask("combine", "ledger-id-hash", "--kind", "hmac256")
        out = office.home / f"sheet-{at}"
        place = ("--number", at, "--of", 2, "--custodian", name, "--kind", "hmac256")
        office.ask("component", "ledger-id-hash", *place, "--out", out)
    for at in (1, 2):
        lines += office.sheet(f"sheet-{at}/component-{at}.html")[1]
    office.ask("combine", "ledger-id-hash", "--store", store, typed=lines)
    assert isinstance(office.key_in(store, "ledger-id-hash"), HMAC256)


def test_empty_sheets(office: Office) -> None:
    office.open()
    out = office.home / "blank.html"
    office.run("sheets", "IRK", "--custodian", "李四", "--custodian", "王五", "--out", out)
    assert out.read_text("utf-8").count('<section class="sheet">') == 2
    with pytest.raises(CeremonyError, match="nobody is no custodian"):
        office.run("sheets", "IRK", "--custodian", "nobody", "--custodian", "王五", "--out", out)


def test_everything_can_be_asked_for(office: Office) -> None:
    words = [word(OFFICER), word("李四"), word("王五")]
    slips = ["short", word(OFFICER), "something else entirely"]
    twice = [words[0]] * 2 + [words[0]] * 2 + [words[1]] * 2 + [words[2]] * 2
    typed = ["", "Masters", OFFICER, "李四", "王五", "", *slips, *twice]
    result = office.run("new", typed=typed)
    assert "opened ceremony" in result.stdout
    for text in (
        "name or title: 1 to 60 printable characters",
        "a passphrase has at least 12 characters",
        f"{OFFICER}: these were two different passphrases",
        "somebody else of this ceremony has this passphrase",
    ):
        assert f"type again: {text}" in result.stderr


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (["李四", "李四"], "a name is there twice"),
        ([OFFICER, "李四"], "the officer holds nothing"),
        (["李四"], "2 to 16"),
        (["李\n四", "王五"], "printable"),
    ],
)
def test_people_who_cannot_hold_a_ceremony(office: Office, names: list[str], why: str) -> None:
    options = [part for name in names for part in ("--custodian", name)]
    with pytest.raises(CeremonyError, match=why):
        office.run("new", "--title", "t", "--officer", OFFICER, *options)
    assert not office.folder.exists()


def test_one_ceremony_in_a_folder_and_no_sheets_over_others(office: Office) -> None:
    office.open()
    with pytest.raises(CeremonyError, match="was opened here before"):
        office.open()
    with pytest.raises(CeremonyError, match="sheets go into a new folder"):
        office.ask("generate", "IRK", "--out", office.home)
    assert office.steps() == ["opened"]


def test_a_wrong_passphrase_of_the_store_is_said_before_anything_is_typed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.open()
    store, bank = office.store("office.store"), office.store("bank.store", "bank")
    made(office)
    with pytest.raises(SscardError, match="it is a bank key store"):
        office.ask("combine", "UK1DF01", "--store", bank)
    monkeypatch.setenv("SSCARD_KEYSTORE_PASSPHRASE", "another")
    with pytest.raises(WrongPassphrase):
        office.ask("combine", "UK1DF01", "--store", store)


def test_a_key_in_use_is_said_before_anything_is_typed(office: Office) -> None:
    office.open()
    store = office.store("office.store")
    SealedStore(store, Passphrase(STORE_PASSPHRASE), os.urandom).put("UK1DF01", 1, TDES(ONE))
    made(office)
    with pytest.raises(CeremonyError, match="another key UK1DF01 version 1"):
        office.ask("combine", "UK1DF01", "--store", store)


@pytest.mark.parametrize(
    ("key", "options", "why"),
    [
        ("UK1DF01", ("--version", 4), "versions are 1 to 3"),
        ("KEK", ("--kind", "aes256", "--unlisted"), "AES has no place in a store for 3des"),
        ("IRK", ("--kind", "sm4"), "SM4 has no place in a store for 3des"),
        ("IRK", ("--kind", "hmac256"), "ledger-id-hash is HMAC256"),
    ],
)
def test_a_key_that_the_store_would_never_take_is_said_before_anything_is_typed(
    office: Office, key: str, options: tuple[object, ...], why: str
) -> None:
    office.open()
    store = office.store("office.store")
    office.ask("generate", key, *options, "--out", office.home / "made")
    with pytest.raises(SscardError, match=why):
        office.ask("combine", key, *options, "--store", store)
    with pytest.raises(SscardError, match=why):
        office.ask("combine", key, *options, "--foreign", 2, "--store", store)
    assert office.steps() == ["opened", "made"], "nothing is pending that can never be stored"


@pytest.mark.parametrize(
    ("key", "kind"), [("TK", "3des"), ("TK-MAC", "3des"), ("SM4-IMK-AC", "sm4"), ("KMC", "3des")]
)
def test_a_banks_keys_of_both_suites(office: Office, key: str, kind: str) -> None:
    office.open()
    store, others = office.store("bank.store", "bank"), {"3des": "sm4", "sm4": "3des"}
    into = ("--store", store, "--store-kind", "bank")
    office.ask("generate", key, "--kind", kind, "--out", office.home / "made")
    lines = [line for at in (1, 2, 3) for line in office.sheet(f"made/component-{at}.html")[1]]
    office.ask("combine", key, "--kind", kind, *into, typed=lines)
    assert type(office.key_in(store, key)) is KINDS[kind].type
    wrong = ("--kind", others[kind], "--version", 2)
    office.ask("generate", key, *wrong, "--out", office.home / "wrong")
    with pytest.raises(SscardError, match=f"key {key}: .* is not its kind; SM4-… are SM4"):
        office.ask("combine", key, *wrong, *into)


@pytest.mark.parametrize("name", ["", "a b", "../x", "K" * 41])
def test_names_of_keys(office: Office, name: str) -> None:
    words = ["keys", "ceremony", "generate", str(office.folder), name, "--out", "x"]
    assert CliRunner().invoke(app, words).exit_code == 2


def test_nobody_sees_a_value_or_a_passphrase(office: Office) -> None:
    office.open()
    store = office.store("office.store")
    lines = made(office)
    result = office.run("combine", "UK1DF01", "--store", store, typed=[word(OFFICER), *lines])
    plain = re.sub(r"\s", "", result.output)
    assert not [line for line in lines if re.sub(r"\s", "", line) in plain]
    assert "correct horse" not in result.output


def test_every_command_has_an_example_and_says_how_it_ends() -> None:
    commands = (
        "new generate component combine split recover sheets verify close".split()  # noqa: SIM905
    )
    for command in commands:
        told = CliRunner().invoke(app, ["keys", "ceremony", command, "--help"]).output
        assert f"Example: sscard keys ceremony {command}" in told
        assert "Ends with 0" in told


def test_what_cannot_be_done_ends_with_2_and_one_message(
    tmp_path: Path, sscard: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    ended = sscard("keys", "ceremony", "verify", tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert f"错误 error: {tmp_path}: no ceremony is here" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
def test_on_a_terminal_nothing_typed_is_echoed_and_ctrl_c_loses_nothing(
    office: Office, environment: dict[str, str]
) -> None:
    office.open()
    lines = made(office)
    seen = interrupted(
        ("combine", office.folder, "UK1DF01"),
        environment,
        ("passphrase: ", word(OFFICER) + "\n"),
        ("line 1 / 2: ", lines[0] + "\n"),
        ("line 2 / 2: ", lines[1] + "\n"),
        ("custodian 王五", ""),
        ("line 1 / 2: ", "\x03"),
        ("run the same command again", ""),
    )
    assert lines[0] not in seen
    assert "correct horse" not in seen
    assert office.steps() == ["opened", "made"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["ctrl-c", "ctrl-d"])
def test_sheets_that_were_not_removed_are_not_forgotten(
    office: Office, environment: dict[str, str], key: str
) -> None:
    office.open()
    out = office.home / "made"
    seen = interrupted(
        ("generate", office.folder, "UK1DF01", "--out", out),
        environment,
        ("passphrase: ", word(OFFICER) + "\n"),
        ("files are removed", key),
        ("their files are not removed", ""),
    )
    assert "nothing is half-done" not in seen
    assert len(list(out.iterdir())) == 3
    assert office.steps() == ["opened", "made"]


def interrupted(
    arguments: tuple[object, ...], environment: dict[str, str], *talk: tuple[str, str]
) -> str:
    """What a terminal shows of a command that is interrupted: prompts, and what is typed then."""
    import pty

    words = ["keys", "ceremony", *map(str, arguments)]
    ours, theirs = pty.openpty()
    program = subprocess.Popen(
        [sys.executable, "-m", "sscard", *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        start_new_session=True,
        preexec_fn=_take_terminal(theirs),
    )
    os.close(theirs)
    seen = ""
    for prompt, answer in talk:
        while prompt not in seen:
            seen += _output(ours)
        if answer:
            os.write(ours, answer.encode())
            seen = seen.replace(prompt, "answered; ")
    assert program.wait() == 130
    os.close(ours)
    return seen


def _output(terminal: int) -> str:
    return os.read(terminal, 4096).decode("utf-8", "replace")


def _take_terminal(terminal: int) -> Callable[[], None]:
    def take() -> None:
        import fcntl
        import termios

        fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)

    return take


def test_a_name_that_no_store_has_is_asked_about(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.open()
    where = ("--out", office.home / "made")
    with pytest.raises(CeremonyError, match="UKIDF01 is in no key table; --unlisted takes it"):
        office.run("generate", "UKIDF01", *where, typed=["n"])
    assert not (office.home / "made").exists()
    asked = office.run("generate", "UKIDF01", *where, typed=["y", word(OFFICER)])
    assert "no key of the key table is called UKIDF01" in asked.output
    office.ask("component", "ZMK", "--out", office.home / "one", "--unlisted", *ONE_OF_TWO)
    bank, exchange = office.store("bank.store", "bank"), office.store("ex.store", "exchange")
    for command in ("combine", "recover"):
        stored = (command, "UK1DF01", "--store", bank, "--store-kind", "bank")
        with pytest.raises(CeremonyError, match="UK1DF01 is in no key table"):
            office.run(*stored, typed=[""])
    monkeypatch.setenv("SSCARD_EXCHANGE_KEYSTORE_PASSPHRASE", STORE_PASSPHRASE)
    with pytest.raises(SscardError, match="not made yet"):  # an exchange key has any name
        office.ask("combine", "ZMK", "--store", exchange, "--store-kind", "exchange")


ONE_OF_TWO = ("--number", "1", "--of", "2", "--custodian", PEOPLE[0])

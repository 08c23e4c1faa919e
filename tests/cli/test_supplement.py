"""``sscard profile supplement``, and production that asks for one: drafts, signatures, refusals."""

from __future__ import annotations

import csv
import json
import os
import re
import sqlite3
import sys
import tomllib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from simulator import VirtualCard
from sscard.apdu import iso7816, pki
from sscard.cli import main
from sscard.keys.certificates import ISSUER, Subject
from sscard.keys.stores import new_certificates
from sscard.keys.stores.new_certificates import Plan
from sscard.keys.stores.passphrases import ISSUER_KEY, VARIABLES
from sscard.keys.stores.sealed_file import Passphrase, seal
from sscard.profiles import load_profile
from sscard.profiles.loader import profile_layers, profile_sha256

WORDS, STORES = "issuer 的口令", "of all stores"
PROFILE = load_profile("gen3")


@dataclass(frozen=True, slots=True)
class Done:
    code: int
    out: str
    err: str


Sscard = Callable[..., Done]


@pytest.fixture
def sscard(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Sscard:
    """The whole command, but in this process: starting Python would take longer than the work."""
    for name in VARIABLES.values():
        monkeypatch.setenv(name, STORES)
    monkeypatch.setenv(ISSUER_KEY, WORDS)

    def run(*arguments: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["sscard", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capfd.readouterr()
        code = ended.value.code
        assert isinstance(code, int)
        return Done(code, printed.out, printed.err)

    return run


# Drafts, signatures, checks


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two issuers; the private key of the first is under a passphrase."""
    folder = tmp_path_factory.mktemp("issuers")
    encryption = {"one": BestAvailableEncryption(WORDS.encode()), "other": NoEncryption()}
    for name, how in encryption.items():
        key = Ed25519PrivateKey.generate()
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how)
        (folder / f"{name}.pem").write_bytes(private)
        spki = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (folder / f"{name}.pub").write_bytes(spki)
    return folder


@pytest.fixture
def supplement(sscard: Sscard, keys: Path, tmp_path: Path) -> Path:
    """All of gen3 confirmed, as an issuer does it."""
    path = drafted(sscard, tmp_path)
    done = sscard("profile", "supplement", "sign", path, "--key", keys / "one.pem")
    assert (done.code, done.err) == (0, "")
    return path


def drafted(sscard: Sscard, folder: Path, *, without: str | None = None) -> Path:
    path = folder / "gen3-owner.toml"
    done = sscard("profile", "supplement", "draft", "gen3", "--out", path)
    count = len(PROFILE.unconfirmed())
    assert (done.code, done.out) == (0, f"已写 wrote {path}: {count} 项待确认 facts to confirm\n")
    text = path.read_text("utf-8").replace('issuer_zh = ""', 'issuer_zh = "测试省厅"')
    text = text.replace('issuer_en = ""', 'issuer_en = "Test Province"')
    path.write_text(text.replace(f'[[confirms]]\nplace = "{without}"\n', ""), encoding="utf-8")
    return path


def test_a_draft_takes_no_files_place(sscard: Sscard, tmp_path: Path) -> None:
    path = drafted(sscard, tmp_path)
    before = path.read_bytes()
    done = sscard("profile", "supplement", "draft", "gen3", "--out", path)
    assert done.code == 2
    assert "is there already; a draft does not take its place" in done.err
    assert path.read_bytes() == before


def test_a_draft_that_nobody_filled_in_is_not_signed(
    sscard: Sscard, keys: Path, tmp_path: Path
) -> None:
    path = tmp_path / "draft.toml"
    sscard("profile", "supplement", "draft", "gen2", "--out", path)
    done = sscard("profile", "supplement", "sign", path, "--key", keys / "one.pem")
    assert done.code == 2
    assert "draft.toml: issuer_zh: must not be empty" in done.err
    assert [each.name for each in tmp_path.iterdir()] == ["draft.toml"]


def test_what_a_check_says(sscard: Sscard, supplement: Path, keys: Path) -> None:
    trusted = ("--issuer-key", keys / "other.pub", "--issuer-key", keys / "one.pub")
    done = sscard("profile", "supplement", "check", supplement, *trusted, "--json")
    assert done.code == 0
    told = json.loads(done.out)
    words = tomllib.loads(supplement.read_text("utf-8"))
    assert {name: told[name] for name in ("name", "number", "issuer_zh", "issuer_en")} == {
        "name": "gen3-supplement",
        "number": 1,
        "issuer_zh": "测试省厅",
        "issuer_en": "Test Province",
    }
    assert told["date"] == words["date"].isoformat()
    assert told["sha256"] == sha256(supplement.read_bytes()).hexdigest()
    assert told["profile_sha256"] == profile_sha256("gen3").hex()
    assert tuple(told["confirms"]) == PROFILE.unconfirmed()
    assert (told["overrides"], told["not_needed"], told["unconfirmed"]) == ([], [], [])
    text = sscard("profile", "supplement", "check", supplement, *trusted).out
    assert f"公钥指纹 issuer key: {told['issuer_key']}" in text
    assert "测试省厅 Test Province" in text


def test_facts_that_are_left_are_named(sscard: Sscard, keys: Path, tmp_path: Path) -> None:
    path = drafted(sscard, tmp_path, without="settings.pin_tries")
    with path.open("a", encoding="utf-8") as file:
        file.write('[[confirms]]\nplace = "SSSE"\n[settings.puk_retries]\n')
    done = sscard("profile", "supplement", "sign", path, "--key", keys / "one.pem")
    assert done.code == 2, "settings.puk_retries has no value"
    text = path.read_text("utf-8").replace("[settings.puk_retries]\n", "")
    path.write_text(text, encoding="utf-8")
    done = sscard("profile", "supplement", "sign", path, "--key", keys / "one.pem")
    assert done.code == 1
    assert "still unconfirmed, production refuses: 1\n  settings.pin_tries\n" in done.out
    assert "needed no confirmation: 1\n  SSSE\n" in done.out
    assert path.with_name(f"{path.name}.sig").stat().st_size == 64


def test_a_supplement_for_own_files_asks_for_them(
    sscard: Sscard, keys: Path, tmp_path: Path
) -> None:
    inner, path = tmp_path / "inner.toml", tmp_path / "owner.toml"
    inner.write_text(
        'overlay = "region"\nname = "inner"\n'
        'title_zh = "内"\ntitle_en = "Inner"\nbases = ["gen3"]\n',
        encoding="utf-8",
    )
    spec = f"gen3+{inner}"
    assert sscard("profile", "supplement", "draft", spec, "--out", path).code == 0
    text = re.sub(r'(issuer_\w\w) = ""', r'\1 = "Office"', path.read_text("utf-8"))
    path.write_text(text, encoding="utf-8")
    sign = ("profile", "supplement", "sign", path, "--key", keys / "other.pem")
    check = ("profile", "supplement", "check", path, "--issuer-key", keys / "other.pub")
    assert sscard(*sign, "--profile", spec).code == 0
    assert sscard(*check, "--profile", spec).code == 0
    for command in (sign, check):
        done = sscard(*command)
        assert done.code == 2
        assert "owner.toml: profile: gen3+inner is not all from sscard" in done.err
        assert "--profile gen3+my-region.toml" in done.err


def test_a_supplement_with_a_byte_order_mark(sscard: Sscard, keys: Path, tmp_path: Path) -> None:
    path = drafted(sscard, tmp_path)
    path.write_text(path.read_text("utf-8"), encoding="utf-8-sig")
    done = sscard("profile", "supplement", "sign", path, "--key", keys / "other.pem")
    assert done.code == 2
    assert "begins with a byte order mark (BOM)" in done.err


def test_a_key_that_does_not_open(
    sscard: Sscard, keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = drafted(sscard, tmp_path)
    monkeypatch.setenv(ISSUER_KEY, "another")
    done = sscard("profile", "supplement", "sign", path, "--key", keys / "one.pem")
    assert done.code == 2
    assert "one.pem: the passphrase is wrong or the file is damaged" in done.err
    monkeypatch.delenv(ISSUER_KEY)
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    done = sscard("profile", "supplement", "sign", path, "--key", keys / "one.pem")
    assert done.code == 2
    assert f"has a passphrase; set {ISSUER_KEY} or {ISSUER_KEY}_FILE" in done.err
    words = tmp_path / "words"
    words.write_text(f"{WORDS}\n", encoding="utf-8")
    monkeypatch.setenv(f"{ISSUER_KEY}_FILE", str(words))
    assert sscard("profile", "supplement", "sign", path, "--key", keys / "one.pem").code == 0
    assert not [each for each in tmp_path.iterdir() if each.suffix not in (".toml", ".sig", "")]


# Production


def parity(raw: bytes) -> bytes:
    return bytes(byte if byte.bit_count() % 2 else byte ^ 1 for byte in raw)


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    """Sealed stores with keys that nobody knows, for the chips that the simulator delivers.

    Lot and KMC are those of these chips, as the maker would send them; a TEST store is another one.
    """
    folder = tmp_path_factory.mktemp("stores")
    packaged = files("sscard.keys.stores")
    arguments: list[object] = []
    for option, name in (
        ("--keystore", "test-ssse-sm4"),
        ("--bank-keystore", "test-bank"),
        ("--exchange-keystore", "test-exchange-sm4"),
    ):
        document: dict[str, Any] = tomllib.loads((packaged / f"{name}.toml").read_text("utf-8"))
        del document["test"]
        for key, versions in document["keys"].items():
            if key != "KMC":
                fresh = (os.urandom(len(each) // 2) for each in versions)
                document["keys"][key] = [
                    (raw if "sm4" in name or "hash" in key else parity(raw)).hex().upper()
                    for raw in fresh
                ]
        path = folder / f"{name}.store"
        path.write_bytes(seal(document, Passphrase(STORES), os.urandom))
        arguments += [option, path]
    issuers = folder / "card-issuers.store"
    issuers.write_bytes(seal(card_issuers(), Passphrase(STORES), os.urandom))
    return [*arguments, "--card-issuers", issuers]


def card_issuers() -> dict[str, Any]:
    """With keys that nobody knows, certified for the accounts of the example."""
    subject = Subject(ISSUER, "62280050", 2049, 12, b"001")
    made = new_certificates.make(Plan(subject, 0xF8, 0xF9, 1024, 1024), os.urandom)
    document = tomllib.loads(made.issuers_text())
    del document["test"]
    return document


@pytest.fixture
def two(examples: Path, tmp_path: Path) -> list[object]:
    """Two people of the examples, and the bank's accounts."""
    rows = (examples / "applicants.csv").read_text("utf-8-sig").splitlines()
    path = tmp_path / "two.csv"
    path.write_text("\n".join(rows[:3]) + "\n", encoding="utf-8")
    return [path, "--bank-accounts", examples / "bank-accounts.csv", "--profile", "gen3"]


def test_production_with_everything_confirmed(
    sscard: Sscard,
    supplement: Path,
    keys: Path,
    stores: list[object],
    two: list[object],
    tmp_path: Path,
) -> None:
    out, ca = tmp_path / "out", tmp_path / "office.ca"
    assert sscard("ca", "new", ca).code == 0
    trusted = ("--supplement", supplement, "--issuer-key", keys / "one.pub")
    job = ("personalize", *two, "--out", out, "--production", *stores, *trusted, "--json")
    done = sscard(*job, "--certificates", "--ca", ca)
    assert (done.code, done.err) == (0, "")
    require_no_signatures(out)
    told = json.loads(done.out)
    assert (told["counts"]["issued_now"], told["test_keys"]) == (2, False)
    check = sscard("profile", "supplement", "check", supplement, *trusted[2:], "--json")
    issuer = json.loads(check.out)["issuer_key"]
    layers = [
        *(
            {"kind": each.kind, "name": each.name, "sha256": each.sha256.hex()}
            for each in profile_layers("gen3")
        ),
        {
            "kind": "supplement",
            "name": "gen3-supplement no. 1",
            "sha256": sha256(supplement.read_bytes()).hexdigest(),
            "issuer_key": issuer,
        },
    ]
    assert told["layers"] == layers
    with closing(sqlite3.connect(out / "ledger.sqlite")) as ledger:
        rows = ledger.execute("SELECT profile_name, profile_sha256, layers FROM cards").fetchall()
    assert [(name, json.loads(text)) for name, _, text in rows] == [("gen3", layers)] * 2
    overall = sha256(bytes.fromhex(layers[-1]["sha256"]) + profile_sha256("gen3")).digest()
    assert {digest for _, digest, _ in rows} == {overall}
    assert told["profile_sha256"] == overall.hex()
    with (out / "issued.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    named = ("profile", "profile_sha256", "supplement_sha256")
    assert [tuple(line[name] for name in named) for line in lines] == [
        ("gen3", overall.hex(), layers[-1]["sha256"])
    ] * 2
    page = (out / "report.html").read_text("utf-8")
    assert all(layer["sha256"] in page for layer in layers)
    assert issuer in page
    assert "gen3-supplement no. 1" in page


def require_no_signatures(out: Path) -> None:
    """The command that signs is assumed, so cards of a production run have none."""
    path = next((out / "cards").iterdir())
    card = VirtualCard.load(path)
    card.power_on()
    for name in (pki.DDF_NAME, pki.ADF_NAME):
        assert card.transmit(bytes(iso7816.select(name)))[-2:].hex() == "9000"
    assert card.transmit(bytes(pki.sign(bytes(32)))).hex() == "6d00"
    assert len((out / "certificates.csv").read_text("utf-8").splitlines()) == 3


def refused(sscard: Sscard, out: Path, *arguments: object) -> str:
    done = sscard("personalize", *arguments, "--out", out, "--production")
    assert (done.code, done.out) == (2, "")
    assert not out.exists()
    return done.err


def test_production_names_every_fact_that_nobody_confirmed(
    sscard: Sscard, stores: list[object], two: list[object], tmp_path: Path
) -> None:
    heading, english, *lines = refused(sscard, tmp_path / "o", *two, *stores).splitlines()
    count = len(PROFILE.unconfirmed())
    assert heading == (
        f"错误 error: --production 拒绝使用配置 gen3:{count} 项依据未经确认(位置: 值 [标记] 出处)"
    )
    assert english.startswith(f"--production refuses profile gen3: {count} facts rest on ")
    assert english.endswith("see: sscard profile supplement --help")
    assert [line.split(": ")[0].strip() for line in lines] == list(PROFILE.unconfirmed())
    setting = PROFILE.settings["pin_tries"]
    told = f"  settings.pin_tries: {setting.value} [{setting.mark}] {setting.source}"
    assert told in lines
    assert all(re.search(r" \[(assumed|I|1|L)\] \S", line) for line in lines)


def test_production_refuses_a_file_that_nobody_signed(
    sscard: Sscard, stores: list[object], two: list[object], tmp_path: Path
) -> None:
    """It could call every fact sure by itself."""
    own = tmp_path / "own.toml"
    own.write_text('extends = "gen3"\nname = "own"\n', encoding="utf-8")
    told = refused(sscard, tmp_path / "o", *two[:-1], own, *stores)
    assert "refuses files that no signed supplement covers: own; see: sscard profile" in told


def test_production_names_the_one_that_was_left_out(
    sscard: Sscard, keys: Path, stores: list[object], two: list[object], tmp_path: Path
) -> None:
    path = drafted(sscard, tmp_path, without="SSSE/EF07")
    sscard("profile", "supplement", "sign", path, "--key", keys / "one.pem")
    trusted = ("--supplement", path, "--issuer-key", keys / "one.pub")
    told = refused(sscard, tmp_path / "o", *two, *stores, *trusted)
    assert "refuses profile gen3: 1 facts rest on" in told
    assert told.splitlines()[-1].startswith("  SSSE/EF07: ")


def test_production_refuses_what_is_not_signed_so(
    sscard: Sscard,
    supplement: Path,
    keys: Path,
    stores: list[object],
    two: list[object],
    tmp_path: Path,
) -> None:
    run = [*two, *stores, "--supplement", supplement]
    other = refused(sscard, tmp_path / "o", *run, "--issuer-key", keys / "other.pub")
    assert "gen3-owner.toml: no trusted key has signed this" in other
    assert "--supplement: needs --issuer-key" in refused(sscard, tmp_path / "o", *run)
    alone = refused(sscard, tmp_path / "o", *two, *stores, "--issuer-key", keys / "one.pub")
    assert "--issuer-key: is for a --supplement, and there is none" in alone
    private = refused(sscard, tmp_path / "o", *run, "--issuer-key", keys / "other.pem")
    assert "this is a private key, which stays with its issuer" in private
    supplement.write_bytes(supplement.read_bytes() + b"\n")
    changed = refused(sscard, tmp_path / "o", *run, "--issuer-key", keys / "one.pub")
    assert "the file was changed, or another key signed it" in changed


def test_a_card_is_finished_with_the_supplement_that_it_was_begun_with(
    sscard: Sscard,
    supplement: Path,
    keys: Path,
    two: list[object],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = tmp_path / "out"
    run = ["personalize", *two, "--out", out, "--json"]
    trusted = ("--supplement", supplement, "--issuer-key", keys / "one.pub")
    with monkeypatch.context() as patch:
        patch.setattr("sscard.issuance.line.Line._bank_station", _stop)
        with pytest.raises(ZeroDivisionError):
            sscard(*run, *trusted)
    waits = json.loads(sscard(*run).out)
    assert [card["outcome"] for card in waits["cards"]] == ["waiting", "issued"]
    assert "or another supplement" in waits["cards"][0]["detail"]
    done = json.loads(sscard(*run, *trusted).out)
    assert [card["outcome"] for card in done["cards"]] == ["issued", "issued_before"]


def _stop(*_: object) -> None:
    raise ZeroDivisionError


def test_scripts_for_machines_follow_the_same_rule(
    sscard: Sscard, supplement: Path, keys: Path, stores: list[object], tmp_path: Path
) -> None:
    out = tmp_path / "gen3.script"
    export = ("script", "export", "--profile", "gen3", "--out", out, "--production")
    trusted = ("--supplement", supplement, "--issuer-key", keys / "one.pub")
    for arguments, message in (
        (trusted, "--production refuses TEST keys: social security"),
        (stores[:2], f"refuses profile gen3: {len(PROFILE.unconfirmed())} facts rest on"),
    ):
        done = sscard(*export, *arguments)
        assert done.code == 2
        assert message in done.err
        assert not out.exists()
    assert sscard(*export, *stores[:2], *trusted).code == 0
    assert out.exists()


def test_an_override_reaches_the_card(
    sscard: Sscard, keys: Path, examples: Path, two: list[object], tmp_path: Path
) -> None:
    path = tmp_path / "own.toml"
    sscard("profile", "supplement", "draft", "gen3", "--out", path)
    head = path.read_text("utf-8").partition("# ========")[0]
    head = re.sub(r'(issuer_\w\w) = ""', r'\1 = "Office"', head)
    path.write_text(f'{head}[settings.initial_pin]\nvalue = "654321"\n', encoding="utf-8")
    done = sscard("profile", "supplement", "sign", path, "--key", keys / "other.pem", "--json")
    assert done.code == 1
    assert json.loads(done.out)["overrides"] == ["settings.initial_pin"]
    trusted = ("--supplement", path, "--issuer-key", keys / "other.pub")
    out = tmp_path / "out"
    assert sscard("personalize", *two, "--out", out, *trusted).code == 0
    card = VirtualCard.load(next((out / "cards").glob("*.card")))
    card.power_on()
    select = iso7816.select(PROFILE.directory("SSSE").df_name)
    assert card.transmit(bytes(select))[-2:] == b"\x90\x00"
    assert card.transmit(bytes(iso7816.verify(bytes.fromhex("123456"))))[0] == 0x63
    assert card.transmit(bytes(iso7816.verify(bytes.fromhex("654321")))) == b"\x90\x00"


def test_nothing_of_the_private_key_is_told(
    sscard: Sscard, keys: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = drafted(sscard, tmp_path)
    secret = (keys / "other.pem").read_text().splitlines()[1]
    done = sscard("profile", "supplement", "sign", path, "--key", keys / "other.pem")
    wrong = sscard("profile", "supplement", "sign", keys / "other.pem", "--key", path)
    check = sscard("profile", "supplement", "check", path, "--issuer-key", keys / "other.pem")
    assert (done.code, wrong.code, check.code) == (0, 2, 2)
    for each in (done, wrong, check):
        assert secret not in each.out + each.err
        assert WORDS not in each.out + each.err

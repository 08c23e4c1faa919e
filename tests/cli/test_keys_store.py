"""``sscard keys store``: sealed stores made, listed and re-sealed; never a key or a passphrase."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from sscard.cli.keys_store import app
from sscard.keys import SM4, TDES
from sscard.keys.stores import load_social_security
from sscard.keys.stores.sealed_file import Passphrase, WrongPassphrase
from sscard.keys.stores.sealed_store import SealedStore

WORDS = "station 七 of the office"
KEY = TDES(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"))
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def sealed(tmp_path: Path, environment: dict[str, str]) -> Run:
    """``sscard`` with the passphrase in its environment."""

    def run(
        *arguments: object, words: str = WORDS, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "sscard", "keys", "store", *map(str, arguments)],
            capture_output=True,
            encoding="utf-8",
            env={**environment, "SSCARD_KEYSTORE_PASSPHRASE": words, **variables},
            check=False,
        )

    return run


@pytest.fixture
def store(sealed: Run, tmp_path: Path) -> Path:
    path = tmp_path / "office.store"
    done = sealed("new", path)
    assert (done.returncode, done.stderr) == (0, "")
    return path


def test_a_new_store_is_empty_and_takes_keys(sealed: Run, store: Path) -> None:
    assert json.loads(store.read_bytes())["cost"] == 1 << 17
    SealedStore(store, Passphrase(WORDS), os.urandom).put("UK1DF01", 2, KEY)
    done = sealed("list", store, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout) == {
        "algorithm": "3des",
        "test": False,
        "keys": [{"name": "UK1DF01", "version": 2, "type": "TDES", "kcv": KEY.kcv.hex().upper()}],
        "lots": [],
        "certificate_masters": {},
    }
    table = sealed("list", store).stdout
    assert "UK1DF01" in table
    assert KEY.kcv.hex().upper() in table
    assert KEY.reveal().hex() not in (table + done.stdout).lower()


def test_a_store_of_a_city(sealed: Run, tmp_path: Path) -> None:
    path = tmp_path / "city.store"
    levels = ("--root-level", "city", "--area", "510100", "--level", "IRK=province")
    assert sealed("new", path, *levels).returncode == 0
    for name in ("IRK", "UK1DF01"):
        SealedStore(path, Passphrase(WORDS), os.urandom).put(name, 1, KEY)
    found = json.loads(sealed("list", path, "--json").stdout)
    assert found["root_level"] == "city"
    assert (found["area"], found["root_levels"]) == ("510100", {"IRK": "province"})
    lines = [line.split() for line in sealed("list", path).stdout.splitlines()]
    assert [line[-2] for line in lines if "TDES" in line] == ["province", "city"]
    for wrong in (levels[:2], levels[2:4], ("--level", "IRK"), (*levels, "--kind", "bank")):
        done = sealed("new", tmp_path / "no.store", *wrong)
        assert done.returncode == 2, done
        assert done.stderr.count("\n") == 1


def test_a_banks_store_says_its_chips_scheme(sealed: Run, tmp_path: Path) -> None:
    path, social = tmp_path / "bank.store", tmp_path / "no.store"
    variable = {"SSCARD_BANK_KEYSTORE_PASSPHRASE": WORDS}
    assert sealed("new", path, "--kind", "bank", "--scheme", "visa2", **variable).returncode == 0
    read = SealedStore(path, Passphrase(WORDS), os.urandom)._read()
    assert read["scheme"] == "visa2"
    for wrong in ((social, "--scheme", "visa2"), (social, "--kind", "bank", "--scheme", "x")):
        assert sealed("new", *wrong, **variable).returncode == 2
    assert not social.exists()


def test_a_lot_is_taken_from_what_the_maker_sent(sealed: Run, store: Path, tmp_path: Path) -> None:
    maker = tmp_path / "maker.store"
    assert sealed("new", maker).returncode == 0
    lot = load_social_security().lot("TEST-GEN2")
    SealedStore(maker, Passphrase(WORDS), os.urandom).put_lot(lot)
    assert sealed("lot", store, maker, "TEST-GEN2").returncode == 0
    assert json.loads(sealed("list", store, "--json").stdout)["lots"] == ["TEST-GEN2"]
    again = sealed("lot", store, maker, "TEST-GEN2")
    assert (again.returncode, "is there already" in again.stderr) == (2, True)
    whole = replace(lot, certificate_master=SM4(bytes(range(16))))
    SealedStore(maker, Passphrase(WORDS), os.urandom).put_lot(whole)
    assert sealed("lot", store, maker, "TEST-GEN2").returncode == 0
    kcv = SM4(bytes(range(16))).kcv.hex().upper()
    assert json.loads(sealed("list", store, "--json").stdout)["certificate_masters"] == {
        "TEST-GEN2": kcv
    }
    assert f"certificate master of TEST-GEN2: {kcv}" in sealed("list", store).stdout
    other = sealed("lot", store, maker, "NONE")
    assert (other.returncode, "no chip lot NONE" in other.stderr) == (2, True)


def test_what_goes_wrong_is_one_message(sealed: Run, sscard: Run, store: Path) -> None:
    for arguments, message in (
        (("new", store), "is there already"),
        (("new", f"{store}.x", "--kind", "school"), "--kind is one of social-security, bank"),
        (("new", f"{store}.x", "--algorithm", "rot13"), "--algorithm one of 3des, sm4"),
        (("list", f"{store}.none"), "No such file"),
    ):
        done = sealed(*arguments)
        assert (done.returncode, message in done.stderr) == (2, True), done.stderr
    wrong = sealed("list", store, words="other words")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert "this is not its passphrase" in wrong.stderr
    assert "other words" not in wrong.stderr
    short = sealed("new", f"{store}.x", words="1")
    assert (short.returncode, "at least 12 characters" in short.stderr) == (2, True)
    assert not Path(f"{store}.x").exists()
    none = sscard("keys", "store", "list", store)
    assert (none.returncode, "SSCARD_KEYSTORE_PASSPHRASE_FILE" in none.stderr) == (2, True)


def test_another_passphrase_is_typed_twice(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSCARD_KEYSTORE_PASSPHRASE", WORDS)
    new, typed = "quite another one", f"{'no' * 9}\n{'on' * 9}\n"
    change = (app, ["passphrase", str(store)])
    refused = CliRunner().invoke(*change, input=f"{new}\n{new}\n")
    assert "there is no terminal to type" in str(refused.exception)
    terminal = SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("sscard.cli.passphrase.sys", terminal)
    short = CliRunner().invoke(*change, input="eleven char\neleven char\n")
    assert "a new passphrase has at least 12 characters" in str(short.exception)
    done = CliRunner().invoke(*change, input=f"{typed}{new}\n{new}\n")
    assert done.exit_code == 0, done.output
    assert f"{new}\n" not in done.output
    SealedStore(store, Passphrase(new), os.urandom).checked()
    with pytest.raises(WrongPassphrase):
        SealedStore(store, Passphrase(WORDS), os.urandom).checked()

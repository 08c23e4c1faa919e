"""``sscard keys testca``: what is made fits together, is marked TEST, and no key is shown."""

from __future__ import annotations

import hashlib
import json
import stat
import subprocess
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sscard.errors import KeyStoreError
from sscard.keys.certificates import RSAChain, SM2Chain, Terms
from sscard.keys.stores.ca_keys import CAKeys, load_ca_keys, text
from sscard.keys.stores.certificates import load_certificates

Run = Callable[..., subprocess.CompletedProcess[str]]
TERMS = Terms("6217001234567890", date(2030, 6, 1))


@pytest.fixture(scope="module")
def made(
    sscard: Run, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    out = tmp_path_factory.mktemp("ca") / "testca"
    arguments = "--issuer", "621700", "--expires", "2030-06", "--rsa-index", "a1"
    return out, sscard("keys", "testca", "--out", out, *arguments, "--json")


@pytest.fixture(scope="module")
def out(made: tuple[Path, subprocess.CompletedProcess[str]]) -> Path:
    return made[0]


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


def test_four_files_for_their_owner_marked_test(out: Path) -> None:
    files = sorted(out.iterdir())
    names = ["ca-keys.toml", "card-issuers.toml", "certificates.toml", "issuer-certificates.toml"]
    assert [each.name for each in files] == names
    assert {stat.S_IMODE(each.stat().st_mode) for each in files} == {0o600}
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    assert all(read(each)["test"] is True for each in files)
    assert all("TEST" in each.read_text("utf-8").splitlines()[0] for each in files)


def test_terminals_trust_the_issuer_by_the_public_keys(out: Path) -> None:
    keys, tags = load_ca_keys(out / "ca-keys.toml"), read(out / "issuer-certificates.toml")
    by_tag = {
        name: {int(tag, 16): bytes.fromhex(value) for tag, value in tags[name].items()}
        for name in ("rsa", "sm2")
    }
    store = load_certificates(out / "certificates.toml")
    assert RSAChain(keys.rsa, TERMS).issuer_key(by_tag["rsa"]) == store.rsa.signer.public
    assert SM2Chain(keys.sm2, TERMS).issuer_key(by_tag["sm2"]) == store.sm2.signer.public
    assert (list(keys.rsa), list(keys.sm2), keys.test) == ([0xA1], [0xF9], True)
    assert store.test


def test_the_store_and_the_public_file_are_of_the_same_keys(out: Path) -> None:
    keys, store = load_ca_keys(out / "ca-keys.toml"), load_certificates(out / "certificates.toml")
    assert dict(store.rsa_authorities) == dict(keys.rsa)
    assert dict(store.sm2_authorities) == dict(keys.sm2)


def test_the_check_value_is_the_published_form(out: Path) -> None:
    (entry,) = read(out / "ca-keys.toml")["rsa"]
    content = bytes.fromhex("A000000333A1" + entry["modulus"] + "010001")
    assert entry["check_value"] == hashlib.sha1(content).hexdigest().upper()


def test_programs_are_told_everything_but_keys(
    made: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    out, done = made
    assert done.returncode == 0
    said = json.loads(done.stdout)
    assert (said["issuer"], said["expires"], said["rid"]) == ("621700", "2030-06", "A000000333")
    assert said["rsa"]["index"] == "A1"
    assert said["rsa"]["check_value"] == read(out / "ca-keys.toml")["rsa"][0]["check_value"]
    assert sorted(said["files"]) == sorted(each.name for each in out.iterdir())
    assert "TEST KEYS" in done.stderr
    store = read(out / "certificates.toml")
    secrets = [*store["rsa"]["ca"].values(), *store["rsa"]["issuer"].values()]
    secrets += [store["sm2"]["ca"]["d"], store["sm2"]["issuer"]["d"]]
    assert not [each for each in secrets if isinstance(each, str) and each in done.stdout]


def test_two_are_never_alike(out: Path, sscard: Run, tmp_path: Path) -> None:
    done = sscard("keys", "testca", "--out", tmp_path / "other")
    assert done.returncode == 0
    assert "发卡行 issuer" in done.stdout
    other = read(tmp_path / "other" / "certificates.toml")
    assert other["sm2"]["ca"]["d"] != read(out / "certificates.toml")["sm2"]["ca"]["d"]
    assert other["serial"] != read(out / "certificates.toml")["serial"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--issuer", "62"], "3 to 8 digits"),
        (["--expires", "2049-13"], "expires in a month"),
        (["--expires", "soon"], "YYYY-MM"),
        (["--rsa-index", "100"], "two hexadecimal digits"),
        (["--ca-bits", "1025"], "whole bytes"),
        (["--ca-bits", "1024", "--issuer-bits", "1152"], "not longer"),
        (["--ca-bits", "512"], "1024"),
    ],
)
def test_what_cannot_be_ends_with_2_and_makes_nothing(
    sscard: Run, tmp_path: Path, arguments: list[str], message: str
) -> None:
    done = sscard("keys", "testca", "--out", tmp_path / "ca", *arguments)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.replace("│", " ").split())
    assert not (tmp_path / "ca").exists()


def test_nothing_is_overwritten(sscard: Run, tmp_path: Path) -> None:
    done = sscard("keys", "testca", "--out", tmp_path)
    assert (done.returncode, "is there already" in done.stderr) == (2, True)
    assert not list(tmp_path.iterdir())


def damaged(content: str, old: str, new: str) -> str:
    assert old in content
    return content.replace(old, new, 1)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("ca-keys", "keys", "no file of CA keys"),
        ("A000000333", "A000000003", "rid is not"),
        ("index = 0xA1", "index = 0xA2", "key A2 does not fit its check value"),
        ("index = 0xF9", "index = 0xF8", "key F8 does not fit its check value"),
        ("index = 0xA1", "index = 0x1A1", "from 0 to 255"),
        ("exponent = 65537", "exponent = 5", "3 or 65537"),
        ("modulus", "module", "modulus"),
        ("check_value = ", "check_value = 7 #", "CA keys"),
        ("[[rsa]]", "[[rsa", "no TOML file"),
    ],
)
def test_a_damaged_file_of_ca_keys_is_refused(
    out: Path, tmp_path: Path, old: str, new: str, message: str
) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(damaged((out / "ca-keys.toml").read_text("utf-8"), old, new), "utf-8")
    with pytest.raises(KeyStoreError, match=message) as refused:
        load_ca_keys(path)
    assert str(path) in str(refused.value)


def test_an_index_that_comes_twice(out: Path, tmp_path: Path) -> None:
    content = (out / "ca-keys.toml").read_text("utf-8")
    path = tmp_path / "keys.toml"
    path.write_text(content + "[[sm2]]" + content.split("[[sm2]]")[1], "utf-8")
    with pytest.raises(KeyStoreError, match="F9 comes twice"):
        load_ca_keys(path)


def test_confirmed_keys_are_written_without_the_mark(out: Path) -> None:
    keys = load_ca_keys(out / "ca-keys.toml")
    assert "TEST" not in text(CAKeys(False, keys.rsa, keys.sm2))

"""``sscard keys issuers``: keys that nobody sees, and certificates that must fit them."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from sscard.cli import main
from sscard.errors import KeyStoreError
from sscard.keys.certificates import ISSUER, RSAAuthority, SM2Authority, Subject
from sscard.keys.rsa import RSAPublicKey
from sscard.keys.rsa_generation import generate
from sscard.keys.sm2 import SoftwareSigner
from sscard.keys.sm2_keys import SM2PublicKey
from sscard.keys.sm2_keys import generate as generate_sm2
from sscard.keys.stores import ca_keys
from sscard.keys.stores.ca_keys import CAKeys
from sscard.keys.stores.card_issuers import load_card_issuers
from sscard.keys.stores.passphrases import VARIABLES

WORDS = "words of the issuer"


class Ended(NamedTuple):
    code: int
    out: str
    err: str


class Public(NamedTuple):
    """Who is to be certified: of its keys an authority needs the public ones only."""

    public: RSAPublicKey | SM2PublicKey


@pytest.fixture
def sscard(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Ended]:
    monkeypatch.setenv(VARIABLES["card-issuers"], WORDS)
    monkeypatch.setattr("sscard.keys.stores.sealed_file.COST", 1 << 15)  # the least there is

    def run(*arguments: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["sscard", "keys", "issuers", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        return Ended(int(ended.value.code or 0), *capfd.readouterr())

    return run


@pytest.fixture
def new(sscard: Callable[..., Ended], tmp_path: Path) -> tuple[Path, Ended]:
    path = tmp_path / "issuer.store"
    return path, sscard("new", path, "--bits", "1024")


def payment_system(told: str, folder: Path, *, test: bool = False) -> tuple[object, ...]:
    """Certifies the public keys that it was told, for accounts of 622800."""
    asked, subject = json.loads(told), Subject(ISSUER, "622800", 2049, 12, b"\0\0\7")
    rsa, sm2 = generate(1152), generate_sm2(random.Random(8).randbytes)
    modulus = bytes.fromhex(asked["rsa"]["modulus"])
    point = SM2PublicKey(bytes.fromhex(asked["sm2"]["point"]))
    signer = SoftwareSigner(sm2, random.Random(9).randbytes)
    made = {
        "rsa": RSAAuthority(0xA1, rsa).issuer(subject, Public(RSAPublicKey(modulus))),  # type: ignore[arg-type]
        "sm2": SM2Authority(0xA2, signer).issuer(subject, Public(point)),  # type: ignore[arg-type]
    }
    text = f'kind = "issuer-certificates"\ntest = {str(test).lower()}\n'
    for name, issuer in made.items():
        rows = "".join(f'{tag:X} = "{value.hex()}"\n' for tag, value in issuer.tags.items())
        text += f"[{name}]\n{rows}"
    certificates, keys = folder / "certificates.toml", folder / "ca-keys.toml"
    certificates.write_text(text, "utf-8")
    known = CAKeys(test, {0xA1: rsa.public}, {0xA2: sm2.public})
    keys.write_text(ca_keys.text(known), "utf-8")
    return ("--certificates", certificates, "--ca-keys", keys, "--account", "622800")


@pytest.mark.parametrize("test", [False, True])
def test_keys_are_made_certified_and_sign(
    sscard: Callable[..., Ended], new: tuple[Path, Ended], tmp_path: Path, test: bool
) -> None:
    path, made = new
    assert (made.code, made.err) == (0, "")
    done = sscard("certify", path, *payment_system(made.out, tmp_path, test=test))
    assert (done.code, done.out, done.err) == (0, f"已导入 certified {path}\n", "")
    store = load_card_issuers(path)
    assert store.test is test
    store.check("6228001234567890", date(2040, 1, 1))
    assert store.rsa is not None
    assert store.rsa.signer.public.modulus.hex().upper() == json.loads(made.out)["rsa"]["modulus"]


def test_keys_without_certificates_sign_nothing(new: tuple[Path, Ended]) -> None:
    with pytest.raises(KeyStoreError, match="'index' is not there"):
        load_card_issuers(new[0])


def test_certificates_for_other_keys_or_accounts_change_nothing(
    sscard: Callable[..., Ended], new: tuple[Path, Ended], tmp_path: Path
) -> None:
    path, made = new
    before = path.read_bytes()
    other = sscard("new", tmp_path / "other.store", "--bits", "1024")
    done = sscard("certify", path, *payment_system(other.out, tmp_path))
    assert (done.code, "issuer certificate: key is not the issuer's" in done.err) == (2, True)
    given = payment_system(made.out, tmp_path)[:-1]
    done = sscard("certify", path, *given, "621700")
    assert (done.code, "number is not that of the account" in done.err) == (2, True)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("old", "new_text", "message"),
    [
        ("issuer-certificates", "certificates", "no certificates"),
        ("[rsa]", "[rsa", "is no TOML file"),
        ("8F = ", "8E = ", "[rsa] needs the tags 8F and 90"),
        ('90 = "', '90 = "x', "certificate: not a hexadecimal string"),
        ("[rsa]", "rsa = 1\n[other]", "there is no table rsa"),
    ],
)
def test_a_damaged_file_of_certificates(
    sscard: Callable[..., Ended],
    new: tuple[Path, Ended],
    tmp_path: Path,
    old: str,
    new_text: str,
    message: str,
) -> None:
    path, made = new
    arguments = payment_system(made.out, tmp_path)
    certificates = tmp_path / "certificates.toml"
    text = certificates.read_text("utf-8")
    assert old in text
    certificates.write_text(text.replace(old, new_text, 1), "utf-8")
    done = sscard("certify", path, *arguments)
    assert done.code == 2
    assert message in done.err


def test_nothing_is_overwritten(sscard: Callable[..., Ended], new: tuple[Path, Ended]) -> None:
    done = sscard("new", new[0])
    assert (done.code, "is there already" in done.err) == (2, True)
    assert sscard("new", new[0].with_name("x"), "--bits", "1025").code == 2
    assert not new[0].with_name("x").exists()

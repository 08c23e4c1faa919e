"""A bank's document says how its chips make keys of KMC; another library does it, too."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

import pytest
from Crypto.Cipher import DES3

from sscard.errors import KeyStoreError
from sscard.keys import TDES, TDES_SUITE
from sscard.keys.stores import load_bank
from sscard.keys.stores.scheme import scheme_of
from sscard.keys.stores.sealed_file import Passphrase
from sscard.keys.stores.sealed_store import SealedStore
from sscard.keys.stores.service.configuration import open_bank_service

KEYDATA, SEQUENCE = bytes.fromhex("6228000FFFFF12345678"), bytes.fromhex("0001")
KMC = bytes.fromhex("0123456789ABCDEF1032547698BADCFE")
PACKAGED = resources.files("sscard.keys.stores") / "test-bank.toml"
#: Written out from pboc 1.3: which six bytes of KEYDATA the template takes.
TAKEN = {"emv-cps-1.1": KEYDATA[4:10], "visa2": KEYDATA[:2] + KEYDATA[4:8]}


def enc_by_hand(kmc: bytes, scheme: str) -> bytes:
    unique = TAKEN[scheme]
    static = DES3.new(kmc, DES3.MODE_ECB).encrypt(unique + b"\xf0\x01" + unique + b"\x0f\x01")
    data = b"\x01\x82" + SEQUENCE + bytes(12)
    return bytes(DES3.new(static, DES3.MODE_CBC, bytes(8)).encrypt(data))


@pytest.mark.parametrize("scheme", sorted(TAKEN))
def test_a_file_that_says_it(tmp_path: Path, scheme: str) -> None:
    path, text = tmp_path / "bank.toml", PACKAGED.read_text("utf-8")
    path.write_text(f'scheme = "{scheme}"\n{text}', "utf-8")
    kmc = next(line for line in text.splitlines() if line.startswith("KMC")).split('"')[1]
    found = load_bank(path).session_keys(KEYDATA, SEQUENCE)
    assert found.enc == TDES(enc_by_hand(bytes.fromhex(kmc), scheme))
    same = load_bank().session_keys(KEYDATA, SEQUENCE).enc == found.enc
    assert same == (scheme == "emv-cps-1.1")


def test_a_sealed_store_that_says_it(tmp_path: Path) -> None:
    path, words = tmp_path / "bank.store", Passphrase("correct horse battery")
    said = {"scheme": "visa2"}
    store = SealedStore.create(path, "bank", TDES_SUITE, words, os.urandom, said)
    store.put("KMC", 1, TDES(KMC))
    found = load_bank(path, lambda kind, path: words).session_keys(KEYDATA, SEQUENCE)
    assert found.enc == TDES(enc_by_hand(KMC, "visa2"))


def test_a_scheme_that_is_none(tmp_path: Path) -> None:
    for wrong in ("visa", "", 2, ["visa2"]):
        with pytest.raises(KeyStoreError, match=r"T: scheme must be one of emv-cps-1\.1, visa2"):
            scheme_of({"scheme": wrong}, "T")
    with pytest.raises(KeyStoreError, match="scheme must be one of"):
        SealedStore.create(
            tmp_path / "no",
            "bank",
            TDES_SUITE,
            Passphrase("correct horse battery"),
            os.urandom,
            {"scheme": "visa"},
        )
    with pytest.raises(KeyStoreError, match="scheme stand with the keys, at the service"):
        open_bank_service({"kind": "bank", "scheme": "visa2", "service": {}}, "T")

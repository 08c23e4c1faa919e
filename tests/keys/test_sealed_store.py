"""Sealed key stores: what opens them, what is refused, and that a change is whole or nothing."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sscard import durable
from sscard.errors import KeyStoreError
from sscard.keys import DES8, HMAC256, SM4, SM4_SUITE, TDES, TDES_SUITE, Factors
from sscard.keys.ceremony import people
from sscard.keys.stores import load_bank, load_exchange, load_social_security
from sscard.keys.stores import sealed_file as sealed
from sscard.keys.stores.passphrases import VARIABLES
from sscard.keys.stores.sealed_file import Passphrase, WrongPassphrase, is_sealed
from sscard.keys.stores.sealed_store import SealedStore
from sscard.keys.types import AES

WORDS = "正确 horse battery"
PASSPHRASE = Passphrase(WORDS)
FACTORS = Factors.of("510100", bytes.fromhex("0081544C9686845101C0666779"))


def tdes(seed: int) -> TDES:
    raw = random.Random(seed).randbytes(16)
    return TDES(bytes(byte if byte.bit_count() % 2 else byte ^ 1 for byte in raw))


def new(folder: Path, kind: str = "social-security", suite: Any = TDES_SUITE) -> SealedStore:
    return SealedStore.create(folder / "keys.store", kind, suite, PASSPHRASE, os.urandom)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in VARIABLES.values():
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)
    return monkeypatch


def test_keys_put_in_are_found_again(tmp_path: Path, environment: pytest.MonkeyPatch) -> None:
    store = new(tmp_path)
    store.put("UK1DF01", 1, tdes(1))
    store.put("UK1DF01", 3, tdes(3))
    store.put("ledger-id-hash", 1, HMAC256(bytes(range(32))))
    environment.setenv("SSCARD_KEYSTORE_PASSPHRASE", WORDS)
    loaded = load_social_security(store.path)
    assert not loaded.test
    assert loaded.kcv("UK1DF01", 1) == tdes(1).kcv
    assert loaded.kcv("UK1DF01", 3) == tdes(3).kcv
    assert loaded.person_hash("1") == HMAC256(bytes(range(32))).digest(b"1")
    with pytest.raises(KeyStoreError, match="no key UK1DF01 version 2"):
        loaded.card_key("UK1DF01", 2, FACTORS)
    store.put("UK1DF01", 2, tdes(2))
    assert load_social_security(store.path).kcv("UK1DF01", 2) == tdes(2).kcv


def test_a_lot_is_found_again(tmp_path: Path, environment: pytest.MonkeyPatch) -> None:
    store, lot = new(tmp_path), load_social_security().lot("TEST-GEN2")
    store.put_lot(lot)
    environment.setenv("SSCARD_KEYSTORE_PASSPHRASE", WORDS)
    assert load_social_security(store.path).lot("TEST-GEN2") == lot
    with pytest.raises(KeyStoreError, match="lot TEST-GEN2 is there already"):
        store.put_lot(lot)


def test_a_lot_gets_the_certificate_master_that_it_lacks(
    tmp_path: Path, environment: pytest.MonkeyPatch
) -> None:
    store, lot = new(tmp_path), load_social_security().lot("TEST-GEN2")
    store.put_lot(lot)
    whole = replace(lot, certificate_master=SM4(bytes(range(16))))
    store.put_lot(whole)
    environment.setenv("SSCARD_KEYSTORE_PASSPHRASE", WORDS)
    assert load_social_security(store.path).lot("TEST-GEN2") == whole
    for same in (lot, whole, replace(whole, certificate_master=SM4(bytes(range(1, 17))))):
        with pytest.raises(KeyStoreError, match="lot TEST-GEN2 is there already"):
            store.put_lot(same)
    assert load_social_security(store.path).lot("TEST-GEN2") == whole


def test_the_three_kinds_have_three_passphrases(
    tmp_path: Path, environment: pytest.MonkeyPatch
) -> None:
    for kind, load in (("bank", load_bank), ("exchange", load_exchange)):
        folder = tmp_path / kind
        folder.mkdir()
        store = new(folder, kind)
        store.put("KMC" if kind == "bank" else "EK", 1, tdes(5))
        with pytest.raises(KeyStoreError, match=f"{VARIABLES[kind]} or {VARIABLES[kind]}_FILE"):
            load(store.path)
        words = folder / "words"
        words.write_text(f"{WORDS}\r\n", "utf-8")
        environment.setenv(f"{VARIABLES[kind]}_FILE", str(words))
        assert load(store.path).kcv("KMC" if kind == "bank" else "EK", 1) == tdes(5).kcv
        environment.setenv(VARIABLES["social-security"], WORDS)
        with pytest.raises(KeyStoreError, match="no social-security key store"):
            load_social_security(store.path)


def test_a_passphrase_file_that_is_not_there(
    tmp_path: Path, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("SSCARD_KEYSTORE_PASSPHRASE_FILE", str(tmp_path / "none"))
    with pytest.raises(KeyStoreError, match=r"SSCARD_KEYSTORE_PASSPHRASE_FILE: .*none: No such"):
        load_social_security(new(tmp_path).path)


def test_a_wrong_passphrase_is_told_from_damage(tmp_path: Path) -> None:
    path = new(tmp_path).path
    other = SealedStore(path, Passphrase("wrong"), os.urandom)
    with pytest.raises(WrongPassphrase, match="this is not its passphrase"):
        other.checked()
    assert SealedStore(path, PASSPHRASE, os.urandom).checked().keys == {}, "nothing was burned"
    raw = path.read_bytes()
    for at in range(0, len(raw), 7):
        damaged = raw[:at] + bytes((raw[at] ^ 1,)) + raw[at + 1 :]
        path.write_bytes(damaged)
        with pytest.raises(KeyStoreError) as caught:
            SealedStore(path, PASSPHRASE, os.urandom).checked()
        assert not isinstance(caught.value, WrongPassphrase)


def test_what_a_made_up_file_asks_for_is_bounded(tmp_path: Path) -> None:
    entries = json.loads(new(tmp_path).path.read_bytes())
    for cost in (1 << 30, 1 << 10, 3 << 15, -1, "32768", True, None, 2.0):
        head = sealed._Head(bytes(16), bytes(12), cost)
        raw = json.dumps({**entries, **head.entries()}).encode()
        with pytest.raises(KeyStoreError, match="damaged"):
            sealed.unseal(raw, PASSPHRASE, "x")


@settings(max_examples=200)
@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_are_refused_or_no_sealed_store(raw: bytes) -> None:
    if is_sealed(raw):
        with pytest.raises(KeyStoreError):
            sealed.unseal(raw, PASSPHRASE, "x")
    with pytest.raises(KeyStoreError):
        sealed.unseal(b'{"format": "sscard key store"' + raw, PASSPHRASE, "x")


def test_nothing_of_a_key_or_passphrase_stands_in_the_file(tmp_path: Path) -> None:
    store = new(tmp_path)
    store.put("BK", 1, tdes(9))
    raw = store.path.read_bytes()
    hidden = (tdes(9).reveal(), tdes(9).reveal().hex().encode(), tdes(9).reveal().hex().upper())
    assert not any((h if isinstance(h, bytes) else h.encode()) in raw for h in hidden)
    assert WORDS.encode() not in raw
    if os.name != "nt":
        assert store.path.stat().st_mode & 0o777 == 0o600
    for shown in (repr(store), repr(PASSPHRASE), repr(store.checked())):
        assert WORDS not in shown
        assert tdes(9).reveal().hex() not in shown.lower()


def test_two_seals_of_the_same_have_nothing_in_common() -> None:
    document = {"kind": "bank", "keys": {}}
    first, second = (json.loads(sealed.seal(document, PASSPHRASE, os.urandom)) for _ in range(2))
    assert {first[name] == second[name] for name in ("salt", "nonce", "sealed")} == {False}
    assert sealed.unseal(json.dumps(first).encode(), PASSPHRASE, "x") == document


@pytest.mark.parametrize(
    ("name", "version", "key", "message"),
    [
        ("BK", 0, tdes(1), "versions are 1 to 3"),
        ("BK", 4, tdes(1), "versions are 1 to 3"),
        ("BK", 1, TDES(bytes(16)), "key BK version 1: not every byte has odd parity"),
        ("BK", 1, TDES(bytes.fromhex("0123456789ABCDEF") * 2), "both halves are equal"),
        ("BK", 1, SM4(bytes(range(16))), "no place in a store for 3des"),
        ("BK", 1, DES8(tdes(1).reveal()[:8]), "no place in a store for 3des"),
        ("BK", 1, AES(tdes(1).reveal()), "no place in a store for 3des"),
        ("BK", 1, AES(bytes(range(32))), "no place in a store for 3des"),
        ("BK", 1, HMAC256(bytes(range(32))), "ledger-id-hash is HMAC256"),
        ("ledger-id-hash", 1, tdes(1), "ledger-id-hash is HMAC256"),
    ],
)
def test_what_is_not_put_in(
    tmp_path: Path, name: str, version: int, key: Any, message: str
) -> None:
    store = new(tmp_path)
    before = store.path.read_bytes()
    with pytest.raises(KeyStoreError, match=message):
        store.put(name, version, key)
    assert store.path.read_bytes() == before


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    store = new(tmp_path, suite=SM4_SUITE)
    store.put("BK", 1, SM4(bytes(range(16))))
    with pytest.raises(KeyStoreError, match="key BK version 1 is there already"):
        store.put("BK", 1, SM4(bytes(range(1, 17))))
    with pytest.raises(KeyStoreError, match="is there already"):
        new(tmp_path)


def test_another_passphrase(tmp_path: Path) -> None:
    store = new(tmp_path)
    store.put("BK", 1, tdes(4))
    store.change_passphrase(Passphrase("another passphrase"))
    store.put("PUK", 1, tdes(5))
    with pytest.raises(WrongPassphrase):
        SealedStore(store.path, PASSPHRASE, os.urandom).checked()
    assert (
        len(SealedStore(store.path, Passphrase("another passphrase"), os.urandom).checked().keys)
        == 2
    )


def test_an_empty_passphrase_and_a_file_that_is_not_sealed(tmp_path: Path) -> None:
    with pytest.raises(KeyStoreError, match="empty passphrase"):
        Passphrase("")
    plain = tmp_path / "plain.toml"
    plain.write_text("test = true\n", "utf-8")
    with pytest.raises(KeyStoreError, match="is no sealed key store"):
        SealedStore(plain, PASSPHRASE, os.urandom).checked()


def test_a_chosen_passphrase_is_long_and_one_that_opens_is_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "short.store"
    for text in ("1", "eleven char", "é" * 11):
        with pytest.raises(KeyStoreError, match="at least 12 characters") as caught:
            SealedStore.create(path, "bank", TDES_SUITE, Passphrase(text), os.urandom)
        assert text not in str(caught.value).replace("12", "")
        assert not path.exists()
    path.write_bytes(
        sealed.seal({"kind": "bank", "algorithm": "3des"}, Passphrase("1"), os.urandom)
    )
    early = SealedStore(path, Passphrase("1"), os.urandom)
    assert early.kind == "bank"
    with pytest.raises(KeyStoreError, match="at least 12 characters"):
        early.change_passphrase(Passphrase("2"))
    assert early.kind == "bank"


def test_no_way_of_typing_a_passphrase_makes_a_difference(tmp_path: Path) -> None:
    path, words = tmp_path / "s.store", "口令 café ＡＢＣ１２"
    SealedStore.create(path, "bank", TDES_SUITE, Passphrase(words), os.urandom)
    assert SealedStore(path, Passphrase("口令 café ABC12"), os.urandom).kind == "bank"
    latin = b"caf\xe9 of the office".decode("utf-8", "surrogateescape")  # out of the environment
    path = tmp_path / "latin.store"
    SealedStore.create(path, "bank", TDES_SUITE, Passphrase(latin), os.urandom)
    assert SealedStore(path, Passphrase(latin), os.urandom).kind == "bank"


def test_new_files_cost_more_than_early_ones_and_both_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealed, "COST", 1 << 15)
    store = new(tmp_path)
    assert json.loads(store.path.read_bytes())["cost"] == 1 << 15
    monkeypatch.setattr(sealed, "COST", 1 << people.COST)
    store.put("BK", 1, tdes(1))
    assert json.loads(store.path.read_bytes())["cost"] == 1 << 17
    assert store.checked().keys


class Cut(BaseException):
    """The machine stops here."""


@pytest.mark.parametrize("step", ["fsync", "replace", "sync_directory"])
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_stopped_at_any_step_it_is_the_old_store_or_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, before: bool
) -> None:
    store = new(tmp_path)
    store.put("BK", 1, tdes(1))
    owner: Any = durable if step == "sync_directory" else os
    real = getattr(owner, step)

    def cut(*each: Any) -> None:
        if not before:
            real(*each)
        raise Cut

    monkeypatch.setattr(owner, step, cut)
    with pytest.raises(Cut):
        store.put("PUK", 1, tdes(2))
    monkeypatch.undo()
    keys = {reference.name for reference in store.checked().keys}
    happened = step == "sync_directory" or (step == "replace" and not before)
    assert keys == ({"BK", "PUK"} if happened else {"BK"})
    store.put("RKSSSE", 1, tdes(3))


WRITER = """
import os, sys
from pathlib import Path
from sscard.keys import TDES
from sscard.keys.stores import sealed_file
from sscard.keys.stores.sealed_file import Passphrase
from sscard.keys.stores.sealed_store import SealedStore
store = SealedStore(Path(sys.argv[1]), Passphrase("words of a store"), os.urandom)
sealed_file.COST = 1 << 15
for at in range(1000):
    store.put(f"K{at}", 1, TDES(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")))
    if at == 0:
        print("ready", flush=True)  # a busy machine may take long to come so far
"""


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is POSIX")
def test_killed_while_it_writes(tmp_path: Path) -> None:
    path, words = tmp_path / "keys.store", Passphrase("words of a store")
    SealedStore.create(path, "social-security", TDES_SUITE, words, os.urandom)
    kept = -1
    for attempt in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER.replace("K{at}", f"K{attempt}-{{at}}"), str(path)],
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.3 + 0.13 * attempt)
        process.kill()
        process.wait()
        process.stdout.close()
        keys = SealedStore(path, words, os.urandom).checked().keys
        assert len(keys) > kept
        kept = len(keys)

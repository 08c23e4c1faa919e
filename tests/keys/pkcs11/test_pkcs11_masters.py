"""Masters into a token: which, once each, as they are; and tokens of one's own."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sscard.errors import KeyStoreError
from sscard.keys import HMAC256, SM4, TDES, TDES_SUITE, KeyReference
from sscard.keys.key_table import KEYS
from sscard.keys.psam_load import PSAM_KEY_NAMES
from sscard.keys.stores.pkcs11 import initialize as initializing
from sscard.keys.stores.pkcs11 import masters, open_pkcs11
from sscard.keys.stores.pkcs11.initialize import initialize
from sscard.keys.stores.pkcs11.login import logged_in
from sscard.keys.stores.pkcs11.masters import bring_in, declared, declared_sm4, generate, held
from sscard.keys.stores.pkcs11.opening import open_pkcs11_bank
from sscard.keys.stores.pkcs11.pins import TokenPin, ask_on_terminal
from sscard.keys.stores.pkcs11.settings import TokenSettings, token_settings
from sscard.keys.stores.pkcs11.token import KeyToken
from sscard.keys.stores.store_file import StoreFile

Named = dict[str, Any]
EK = KeyReference("EK", 1)


def at(named: Named) -> TokenSettings:
    return token_settings(named, "t.toml")


def entered(named: Named) -> Any:
    return logged_in(at(named), ask_on_terminal)


def test_every_key_of_the_table_has_a_master(test_masters: Callable[[str], StoreFile]) -> None:
    social = declared("social-security")
    assert {each.name for each in social} >= {entry.name for entry in KEYS}
    assert len(set(social)) == len(social)
    # A token loads no PSAMs, so it makes no keys of theirs.
    psam = {KeyReference(name, 1) for name in PSAM_KEY_NAMES}
    assert set(test_masters("ssse-3des").keys) <= {*social, *psam}
    bank = set(test_masters("bank").keys)
    brought = {KeyReference("TK", 1), KeyReference("TK-MAC", 1)}
    assert bank == {*declared("bank"), *declared_sm4("bank"), *brought}
    assert declared_sm4("exchange") == ()
    assert declared("exchange") == (EK,)
    with pytest.raises(KeyStoreError, match="no kind of key store 'x'"):
        declared("x")


def test_what_a_token_holds(
    ssse: Named, open_token: Callable[[Named], KeyToken], test_masters: Callable[[str], StoreFile]
) -> None:
    found = held(open_token(ssse))
    keys = test_masters("ssse-3des").keys
    assert {each.reference: each.kcv for each in found} == {at: keys[at].kcv for at in keys}
    assert not any(each.local for each in found)
    assert list(found) == sorted(found, key=lambda each: each.reference)


def test_a_foreign_key_is_listed_without_check_value(new_token: Callable[..., Named]) -> None:
    from pkcs11 import KeyType

    with entered(new_token("foreign")) as token:
        token.session.generate_key(KeyType.AES, 128, store=True, label="somebody's", id=b"\1\2")
        (found,) = held(token)
    assert found == masters.Held(KeyReference("somebody's", 0x0102), None, True)


def test_what_is_there_is_neither_made_again_nor_replaced(new_token: Callable[..., Named]) -> None:
    key, other = TDES(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")), TDES(bytes(range(16)))
    named = new_token("once")
    with entered(named) as token:
        assert bring_in(token, {EK: key}, test=False) == (EK,)
        assert bring_in(token, {EK: key}, test=False) == ()
        assert generate(token, declared("exchange")) == ()
        good = TDES(bytes(byte ^ (byte.bit_count() % 2 == 0) for byte in other.reveal()))
        with pytest.raises(KeyStoreError, match="EK version 1 is there already, with another"):
            bring_in(token, {EK: good}, test=False)
        with pytest.raises(KeyStoreError, match="EK version 1 is there already, with another"):
            bring_in(token, {EK: good}, test=True)
        assert [each.kcv for each in held(token)] == [key.kcv]
    assert not open_pkcs11(named, "t.toml").test


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (TDES(bytes.fromhex("0123456789ABCDEF" * 2)), "both halves are equal"),
        (TDES(bytes(16)), "parity"),
        (HMAC256(bytes(32)), "placeholder"),
        (SM4(bytes(range(16))), "has no place among 3des keys"),
    ],
)
def test_keys_that_do_not_come_in(
    ssse: Named, open_token: Callable[[Named], KeyToken], key: Any, words: str
) -> None:
    token = open_token(ssse)
    with pytest.raises(KeyStoreError, match=words):
        bring_in(token, {KeyReference("IRK", 7): key}, test=False)
    assert token.objects(KeyReference("IRK", 7)) == []


def test_a_key_that_arrived_as_another_is_taken_out(
    new_token: Callable[..., Named], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = TDES(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"))
    with entered(new_token("damaging")) as token:
        monkeypatch.setattr(KeyToken, "check_value", lambda token, key: b"\0\0\0")
        with pytest.raises(KeyStoreError, match="computes another check value; it was taken out"):
            bring_in(token, {EK: key}, test=False)
        assert token.objects() == []


def test_test_keys_mark_their_token_for_good(
    operations: Any, bank: Any, with_keys: Callable[..., Named], document: Callable[..., Named]
) -> None:
    assert operations.test
    assert bank.test
    keys = {EK: TDES(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"))}
    named = with_keys("unmarked", keys, test=False)
    assert not open_pkcs11(named, "t.toml").test
    assert open_pkcs11({**named, "test": True}, "t.toml").test
    assert not open_pkcs11_bank(named, "t.toml").test
    with entered(named) as token:
        bring_in(token, keys, test=True)
        bring_in(token, keys, test=True)
        assert len(list(token.session.get_objects({}))) == 2
    assert open_pkcs11(named, "t.toml").test


def test_a_token_that_is_there_is_never_initialized(ssse: Named) -> None:
    with pytest.raises(KeyStoreError, match="token ssse is there already; nothing was changed"):
        initialize(at(ssse), TokenPin("31415926"), TokenPin("999999"))
    assert open_pkcs11(ssse, "t.toml").kcv("IRK", 1)


def test_no_empty_token(document: Callable[..., Named], monkeypatch: pytest.MonkeyPatch) -> None:
    class Nothing:
        def get_slots(self, token_present: bool) -> list[object]:
            return []

    monkeypatch.setattr(initializing, "library", lambda module: Nothing())
    with pytest.raises(KeyStoreError, match="no slot has an empty token"):
        initialize(at(document("new")), TokenPin("31415926"), TokenPin("271828"))


def test_pins_that_the_token_does_not_take(document: Callable[..., Named]) -> None:
    with pytest.raises(KeyStoreError, match=r"token short: cannot be initialized: .*0xa[0-9]"):
        initialize(at(document("short")), TokenPin("1"), TokenPin("271828"))
    with pytest.raises(KeyStoreError, match="token short: has its label and no PIN yet"):
        initialize(at(document("short")), TokenPin("31415926"), TokenPin("1"))
    with pytest.raises(KeyStoreError, match="token short: it has no PIN yet"):
        open_pkcs11(document("short"), "t.toml")
    with pytest.raises(KeyStoreError, match="no PIN yet: PinIncorrect; the same command goes on"):
        initialize(at(document("short")), TokenPin("27182818"), TokenPin("271828"))
    initialize(at(document("short")), TokenPin("31415926"), TokenPin("271828"))
    assert open_pkcs11(document("short"), "t.toml").suite is TDES_SUITE
    with pytest.raises(KeyStoreError, match="token short is there already; nothing was changed"):
        initialize(at(document("short")), TokenPin("31415926"), TokenPin("271828"))


def test_a_module_that_hides_the_function(
    document: Callable[..., Named], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hidden:
        def __init__(self, path: str) -> None:
            pass

        def __getitem__(self, name: str) -> object:
            raise AttributeError(name)

    monkeypatch.setattr(ctypes, "CDLL", Hidden)
    with pytest.raises(KeyStoreError, match="does not show C_InitToken"):
        initialize(at(document("hidden")), TokenPin("31415926"), TokenPin("271828"))


_KILLED = """
import os, sys
from sscard.keys.stores.pkcs11 import masters
from sscard.keys.stores.pkcs11.login import logged_in
from sscard.keys.stores.pkcs11.settings import token_settings
named = {"kind": "bank", "pkcs11": {
    "module": sys.argv[1], "token": "killed", "pin-variable": "TOKEN_PIN"}}
def killed(token, reference, real=masters._generate):
    if reference.name == "IMK-MAC":
        os._exit(9)
    real(token, reference)
masters._generate = killed
with logged_in(token_settings(named, "t"), None) as token:
    masters.generate(token, masters.declared("bank"))
"""


def test_a_killed_generation_goes_on(
    new_token: Callable[..., Named],
    open_token: Callable[[Named], KeyToken],
    softhsm: str,
) -> None:
    named = new_token("killed")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, softhsm], env=environment, check=False, timeout=60
    )
    assert done.returncode == 9
    before = {each.reference: each.kcv for each in held(open_token(named))}
    assert [each.name for each in before] == ["IMK-AC", "KMC"]
    with entered(named) as token:
        assert [each.name for each in generate(token, declared("bank"))] == ["IMK-MAC", "IMK-ENC"]
        after = {each.reference: each.kcv for each in held(token)}
    assert before.items() <= after.items()

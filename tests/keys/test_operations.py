"""What every place that holds masters answers, and what none of them may be asked for."""

from __future__ import annotations

from typing import Any

import pytest
from Crypto.Cipher import DES, DES3

from sscard.errors import KeyStoreError
from sscard.keys import SM4_SUITE, TDES_SUITE, Factors, KeyReference
from sscard.keys.operations import KeyNotHeld, Mode, Request, card_request
from sscard.keys.stores import load_social_security

FACTORS = Factors.of("510100", bytes.fromhex("0081544C9686845101C0666779"))
UK1 = KeyReference("UK1DF01", 2)
CHALLENGE, DATA = bytes(range(8)), bytes(range(8, 16))


def request(mode: Mode, data: bytes = DATA, factor: bytes = CHALLENGE) -> Request:
    return card_request(UK1, FACTORS, mode, data, factor)


@pytest.mark.parametrize("suite", [TDES_SUITE, SM4_SUITE], ids=lambda each: each.name)
def test_each_operation_is_that_of_the_suite_under_the_cards_key(suite: Any) -> None:
    store = load_social_security(None, suite)
    key = store.card_key("UK1DF01", 2, FACTORS)
    session = suite.session_key(key, CHALLENGE)
    answers = {
        Mode.AUTHENTICATE: suite.authentication_data(session, DATA),
        Mode.ENCIPHER: suite.encipher(session, DATA),
        Mode.MAC: suite.mac(session, DATA),
    }
    for mode, answer in answers.items():
        assert store.compute(request(mode)) == answer
    key = store.card_key("MKDF01", 1, FACTORS)
    load = card_request(KeyReference("MKDF01", 1), FACTORS, Mode.LOAD_MAC, DATA)
    assert store.compute(load) == suite.key_load_mac(key, DATA)
    load = load._replace(session_factor=CHALLENGE[:4])
    assert store.compute(load) == suite.key_load_mac(key, DATA, CHALLENGE[:4])


#: Of each kind of key, what it is asked for, and nothing else that is made with the key itself.
SESSION = {Mode.AUTHENTICATE, Mode.ENCIPHER, Mode.MAC}
MODES = {
    "IRK": SESSION,
    "UK1DF01": SESSION,
    "STK": SESSION,
    "LKDF03": SESSION,
    "DPK": SESSION,
    "DLK": SESSION,
    "DTK": {Mode.TAC},
    "MKDF01": {*SESSION, Mode.LOAD_MAC},
}


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(("name", "modes"), MODES.items())
def test_no_key_gets_two_ways_of_being_found(name: str, modes: set[Mode], mode: Mode) -> None:
    """A TAC under a key that does more tells its halves XORed, for a search of 56 bits."""
    asked = card_request(KeyReference(name, 1), FACTORS, mode, DATA, CHALLENGE[:4])
    if mode in modes:
        assert load_social_security().compute(asked)
        return
    with pytest.raises(KeyStoreError, match=f"{mode.value} with {name} .*: the key is not for"):
        load_social_security().compute(asked)


@pytest.mark.parametrize("levels", [0, 1, 2, 3])
def test_no_check_value_of_half_a_key(levels: int) -> None:
    factors = (FACTORS.province, FACTORS.city, FACTORS.card)[:levels]
    store = load_social_security()
    for name, size in (("UK1DF01", 8), ("DPK", 8), ("STK", 8 if levels < 3 else 7)):
        with pytest.raises(KeyStoreError, match=f"key {name}: no check value of {size} bytes"):
            store.kcv(name, 1, factors, size=size)


def test_the_ledgers_key_derives_nothing() -> None:
    store, name = load_social_security(), "ledger-id-hash"
    asked = card_request(KeyReference(name, 1), FACTORS, Mode.MAC, DATA, CHALLENGE)
    for work in (
        lambda: store.compute(asked),
        lambda: store.card_keys([KeyReference(name, 1)], FACTORS),
        lambda: store.kcv(name, 1, (FACTORS.province,)),
    ):
        with pytest.raises(KeyStoreError, match="ledger-id-hash is no 3des key"):
            work()
    assert len(store.kcv(name, 1)) == 3


def test_authentication_recomputed_with_another_library() -> None:
    store = load_social_security()
    key = store.card_key("UK1DF01", 2, FACTORS).reveal()
    session = DES3.new(key, DES3.MODE_ECB).encrypt(CHALLENGE)
    proof = DES.new(session, DES.MODE_ECB).encrypt(DATA)
    assert store.compute(request(Mode.AUTHENTICATE)) == proof


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("levels", [0, 1, 2, 4])
def test_nothing_is_done_above_the_cards_level(mode: Mode, levels: int) -> None:
    factors = (FACTORS.province, FACTORS.city, FACTORS.card, FACTORS.card)[:levels]
    with pytest.raises(KeyStoreError, match="needs 3 factors of 8 bytes"):
        load_social_security().compute(Request(UK1, factors, mode, DATA, CHALLENGE))


def test_only_the_authentication_code_is_made_with_a_citys_key() -> None:
    key = KeyReference("card-authentication-code", 1)
    store, factors = load_social_security(), (FACTORS.province, FACTORS.city)
    code = store.authentication_code("510100", bytes(12))
    assert store.compute(Request(key, factors, Mode.LOAD_MAC, bytes(12))) == code
    for wrong in (
        Request(key, factors, Mode.MAC, bytes(12), CHALLENGE),
        Request(key, factors, Mode.ENCIPHER, FACTORS.card + bytes(8), CHALLENGE),
        Request(key, (*factors, FACTORS.card), Mode.LOAD_MAC, bytes(12)),
        Request(key, (factors[0], b"short"), Mode.LOAD_MAC, bytes(12)),
    ):
        with pytest.raises(KeyStoreError, match="no key above"):
            store.compute(wrong)


def test_what_is_wrong_is_named_and_no_data_shown() -> None:
    store = load_social_security()
    secret = bytes.fromhex("5EC4E75EC4E7")
    with pytest.raises(KeyStoreError, match="authenticate with UK1DF01 version 2") as caught:
        store.compute(request(Mode.AUTHENTICATE, secret))
    assert secret.hex() not in str(caught.value).lower()
    with pytest.raises(KeyNotHeld, match="no key UK9DF09 version 1"):
        store.compute(request(Mode.MAC)._replace(key=KeyReference("UK9DF09", 1)))
    assert repr(request(Mode.MAC, secret)) == "<mac with UK1DF01 version 2>"


def test_a_store_without_the_key_gives_no_authentication_code(tmp_path: Any) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(
        'kind = "social-security"\ntest = true\n[keys]\n'
        'IRK = ["38521F1A80FB194C40D56E85E3C8FD2C"]\n',
        "utf-8",
    )
    assert load_social_security(path).authentication_code("510100", bytes(12)) is None


@pytest.mark.parametrize("suite", [TDES_SUITE, SM4_SUITE], ids=lambda each: each.name)
def test_an_stk_is_as_long_as_the_card_has_it(suite: Any) -> None:
    """8 bytes with 3DES: 16 would make another MAC (ssc 3.4 [S])."""
    store = load_social_security(None, suite)
    size = 8 if suite is TDES_SUITE else 16
    key = store.card_key("STK", 1, FACTORS, size=size)
    wanted = suite.mac(suite.session_key(key, CHALLENGE), DATA)
    asked = card_request(KeyReference("STK", 1), FACTORS, Mode.MAC, DATA, CHALLENGE)
    assert store.compute(asked) == wanted


@pytest.mark.parametrize("suite", [TDES_SUITE, SM4_SUITE], ids=lambda each: each.name)
def test_a_tac_is_under_the_folded_key(suite: Any) -> None:
    store = load_social_security(None, suite)
    key = store.card_key("DTK", 2, FACTORS)
    asked = card_request(KeyReference("DTK", 2), FACTORS, Mode.TAC, DATA)
    assert store.compute(asked) == suite.mac(suite.tac_key(key), DATA)

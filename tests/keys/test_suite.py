"""ssc 4 rows 1 to 7, 8-byte blocks, against the same rows written out with pycryptodome."""

from __future__ import annotations

from contextlib import suppress

import pytest
from Crypto.Cipher import DES, DES3
from Crypto.Util.strxor import strxor
from hypothesis import given
from hypothesis import strategies as st

from sscard.errors import MalformedData
from sscard.keys import DES8, SUITES, TDES, TDES_SUITE
from sscard.keys.des import ecb_encrypt, pad80

MASTER = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
SINGLE = bytes.fromhex("133457799BBCDFF1")

eights = st.binary(min_size=8, max_size=8)
fours = st.binary(min_size=4, max_size=4)
messages = st.binary(max_size=70)


def triple(data: bytes) -> bytes:
    return DES3.new(MASTER, DES3.MODE_ECB).encrypt(data)


def single(key: bytes, data: bytes) -> bytes:
    return DES.new(key, DES.MODE_ECB).encrypt(data)


def padded(data: bytes) -> bytes:
    data += b"\x80"
    while len(data) % 8:
        data += b"\0"
    return data


def test_the_suite_has_a_name_and_an_algorithm() -> None:
    assert SUITES["3des"] is TDES_SUITE
    assert (TDES_SUITE.name, TDES_SUITE.algorithm, TDES_SUITE.block) == ("3des", 1, 8)


def test_keys_by_length() -> None:
    assert TDES_SUITE.key(SINGLE) == DES8(SINGLE)
    assert TDES_SUITE.key(MASTER) == TDES(MASTER)
    with pytest.raises(ValueError):
        TDES_SUITE.key(bytes(24))


@given(eights)
def test_row_1_challenge_of_8(challenge: bytes) -> None:
    session = TDES_SUITE.session_key(TDES(MASTER), challenge)
    assert session == DES8(triple(challenge))
    session = TDES_SUITE.session_key(DES8(SINGLE), challenge)
    assert session == DES8(single(SINGLE, challenge))


@given(fours)
def test_row_1_challenge_of_4(challenge: bytes) -> None:
    session = TDES_SUITE.session_key(TDES(MASTER), challenge)
    assert session == DES8(triple(challenge + bytes(4)))


@given(eights)
def test_row_2_authentication_data(data: bytes) -> None:
    assert TDES_SUITE.authentication_data(DES8(SINGLE), data) == single(SINGLE, data)


@given(messages)
def test_rows_3_and_4_mac(message: bytes) -> None:
    chain = bytes(8)
    text = padded(message)
    for at in range(0, len(text), 8):
        chain = single(SINGLE, strxor(chain, text[at : at + 8]))
    assert TDES_SUITE.mac(DES8(SINGLE), message) == chain[:4]


@given(messages)
def test_row_5_encipherment(data: bytes) -> None:
    block = bytes([len(data)]) + data
    if len(block) % 8:
        block = padded(block)
    enciphered = TDES_SUITE.encipher(DES8(SINGLE), data)
    assert enciphered == single(SINGLE, block)
    assert TDES_SUITE.decipher(DES8(SINGLE), enciphered) == data


def test_row_5_a_new_pin_is_one_block() -> None:
    assert len(TDES_SUITE.encipher(DES8(SINGLE), bytes.fromhex("123456"))) == 8


@given(eights)
def test_row_6_diversification(factor: bytes) -> None:
    inverted = bytes(0xFF - byte for byte in factor)
    key = TDES_SUITE.diversify(TDES(MASTER), factor)
    assert key == TDES(triple(factor) + triple(inverted))
    assert TDES_SUITE.diversify(TDES(MASTER), factor, size=8) == DES8(triple(factor))
    assert TDES_SUITE.diversify(DES8(SINGLE), factor, size=8) == DES8(single(SINGLE, factor))


@given(st.lists(eights, max_size=5))
def test_row_6_a_kept_cipher_makes_the_same_keys(factors: list[bytes]) -> None:
    derive = TDES_SUITE.diversifier(TDES(MASTER))
    for factor in factors:
        assert derive(factor) == TDES_SUITE.diversify(TDES(MASTER), factor)
        assert derive(factor, size=8) == TDES_SUITE.diversify(TDES(MASTER), factor, size=8)


@given(messages, fours)
def test_row_7_key_load_mac(message: bytes, challenge: bytes) -> None:
    chain = challenge + bytes(4)
    text = padded(message)
    for at in range(0, len(text), 8):
        chain = single(MASTER[:8], strxor(chain, text[at : at + 8]))
    chain = DES.new(MASTER[8:], DES.MODE_ECB).decrypt(chain)
    mac = single(MASTER[:8], chain)[:4]
    assert TDES_SUITE.key_load_mac(TDES(MASTER), message, challenge) == mac


def test_row_7_without_challenge() -> None:
    with_zeros = TDES_SUITE.key_load_mac(TDES(MASTER), b"x", bytes(4))
    assert TDES_SUITE.key_load_mac(TDES(MASTER), b"x") == with_zeros


@given(st.binary(max_size=40))
def test_any_bytes_decipher_or_are_malformed(raw: bytes) -> None:
    with suppress(MalformedData):
        data = TDES_SUITE.decipher(DES8(SINGLE), raw)
        assert TDES_SUITE.encipher(DES8(SINGLE), data) == raw


@pytest.mark.parametrize(
    "plain",
    [
        bytes([8]) + bytes(7),  # promises more than there is
        bytes([3]) + bytes(7),  # no 80 behind the data
        bytes([3]) + b"abc\x80\0\0\1",  # something behind the padding
        pad80(bytes([7]) + bytes(7)),  # padded although it was whole blocks
    ],
)
def test_malformed_plain_texts(plain: bytes) -> None:
    with pytest.raises(MalformedData):
        TDES_SUITE.decipher(DES8(SINGLE), ecb_encrypt(DES8(SINGLE), plain))


def test_caller_mistakes() -> None:
    key = TDES(MASTER)
    with pytest.raises(ValueError, match="4 or 8"):
        TDES_SUITE.session_key(key, bytes(16))
    with pytest.raises(ValueError, match="8 bytes"):
        TDES_SUITE.authentication_data(DES8(SINGLE), bytes(16))
    with pytest.raises(TypeError, match="<TDES 128 bits> is no session key"):
        TDES_SUITE.authentication_data(key, bytes(8))
    with pytest.raises(TypeError, match="<TDES 128 bits> is no session key"):
        TDES_SUITE.mac(key, b"")
    with pytest.raises(ValueError, match="255"):
        TDES_SUITE.encipher(DES8(SINGLE), bytes(256))
    with pytest.raises(ValueError, match="4 bytes"):
        TDES_SUITE.key_load_mac(key, b"", bytes(8))
    with pytest.raises(ValueError, match="no key of 24"):
        TDES_SUITE.diversify(key, bytes(8), size=24)
    with pytest.raises(ValueError, match="7 factor bytes"):
        TDES_SUITE.diversify(key, bytes(7))
    with pytest.raises(ValueError, match="no key of 16"):
        TDES_SUITE.diversify(DES8(SINGLE), bytes(8))

"""ssc 4 rows 1 to 7, 16-byte blocks, against the same rows written out with gmssl."""

from __future__ import annotations

import copy
import pickle
from contextlib import suppress

import pytest
from gmssl.sm4 import SM4_ENCRYPT, CryptSM4
from hypothesis import given
from hypothesis import strategies as st

from sscard.errors import MalformedData
from sscard.keys import (
    DES8,
    SM4,
    SM4_SUITE,
    SUITES,
    TDES,
    TDES_SUITE,
    length_data,
    suite_of_algorithm,
)
from sscard.keys.sm4 import ecb_encrypt

VALUE = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
KEY = SM4(VALUE)

eights = st.binary(min_size=8, max_size=8)
fours = st.binary(min_size=4, max_size=4)
messages = st.binary(max_size=70)


def cipher(block: bytes) -> bytes:
    assert len(block) == 16
    engine = CryptSM4()
    engine.set_key(VALUE, SM4_ENCRYPT)
    return bytes(engine.one_round(engine.sk, list(block)))


def xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def padded(data: bytes) -> bytes:
    data += b"\x80"
    while len(data) % 16:
        data += b"\0"
    return data


def words_of_the_last_block(message: bytes, iv: bytes) -> bytes:
    chain, text = iv, padded(message)
    for at in range(0, len(text), 16):
        chain = cipher(xor(chain, text[at : at + 16]))
    return xor(xor(chain[:4], chain[4:8]), xor(chain[8:12], chain[12:]))


def test_both_suites_have_a_name_and_an_algorithm() -> None:
    assert dict(SUITES) == {"3des": TDES_SUITE, "sm4": SM4_SUITE}
    assert (SM4_SUITE.name, SM4_SUITE.algorithm, SM4_SUITE.block) == ("sm4", 3, 16)
    assert suite_of_algorithm(1) is TDES_SUITE
    assert suite_of_algorithm(3) is SM4_SUITE
    for unknown in (0, 2, 4, 0xFF):
        with pytest.raises(MalformedData, match=f"algorithm {unknown:02X}"):
            suite_of_algorithm(unknown)


def test_keys_have_16_bytes() -> None:
    assert SM4_SUITE.key(VALUE) == KEY
    for wrong in (8, 24):
        with pytest.raises(ValueError):
            SM4_SUITE.key(bytes(wrong))


@given(st.sampled_from([4, 8, 16]).flatmap(lambda n: st.binary(min_size=n, max_size=n)))
def test_row_1_session_key(challenge: bytes) -> None:
    filled = challenge + bytes(16 - len(challenge))
    assert SM4_SUITE.session_key(KEY, challenge) == SM4(cipher(filled))


@given(eights)
def test_row_2_authentication_data(data: bytes) -> None:
    block = cipher(data + bytes(8))
    assert SM4_SUITE.authentication_data(KEY, data) == xor(block[:8], block[8:])


@given(messages)
def test_rows_3_and_4_mac(message: bytes) -> None:
    assert SM4_SUITE.mac(KEY, message) == words_of_the_last_block(message, bytes(16))


@given(messages)
def test_row_5_encipherment(data: bytes) -> None:
    block = bytes([len(data)]) + data
    if len(block) % 16:
        block = padded(block)
    enciphered = SM4_SUITE.encipher(KEY, data)
    assert enciphered == b"".join(cipher(block[at : at + 16]) for at in range(0, len(block), 16))
    assert SM4_SUITE.decipher(KEY, enciphered) == data


def test_row_5_a_new_pin_is_one_block() -> None:
    # With its MAC that is the Lc of 14 which field drivers send (ssc 4).
    assert len(SM4_SUITE.encipher(KEY, bytes.fromhex("123456"))) == 16


@given(eights)
def test_row_6_diversification(factor: bytes) -> None:
    inverted = bytes(0xFF - byte for byte in factor)
    assert SM4_SUITE.diversify(KEY, factor) == SM4(cipher(factor + inverted))


@given(st.lists(eights, max_size=5))
def test_row_6_a_kept_cipher_makes_the_same_keys(factors: list[bytes]) -> None:
    derive = SM4_SUITE.diversifier(KEY)
    assert [derive(each) for each in factors] == [SM4_SUITE.diversify(KEY, f) for f in factors]


@given(messages, fours)
def test_row_7_key_load_mac(message: bytes, challenge: bytes) -> None:
    mac = words_of_the_last_block(message, challenge + bytes(12))
    assert SM4_SUITE.key_load_mac(KEY, message, challenge) == mac
    assert SM4_SUITE.key_load_mac(KEY, message) == SM4_SUITE.mac(KEY, message)


@given(messages, eights)
def test_row_8_has_a_longer_challenge(message: bytes, challenge: bytes) -> None:
    mac = words_of_the_last_block(message, challenge + bytes(8))
    assert SM4_SUITE.key_load_mac(KEY, message, challenge) == mac


def test_tac_keys() -> None:
    assert SM4_SUITE.tac_key(KEY) == KEY
    assert TDES_SUITE.tac_key(TDES(VALUE)) == DES8(xor(VALUE[:8], VALUE[8:]))
    with pytest.raises(TypeError, match="no TDES key"):
        TDES_SUITE.tac_key(DES8(VALUE[:8]))
    with pytest.raises(TypeError, match="no SM4 key"):
        SM4_SUITE.tac_key(TDES(VALUE))


@given(st.binary(max_size=70))
def test_any_bytes_decipher_or_are_malformed(raw: bytes) -> None:
    with suppress(MalformedData):
        assert SM4_SUITE.encipher(KEY, SM4_SUITE.decipher(KEY, raw)) == raw


@given(messages, st.sampled_from([8, 16]))
def test_length_and_data_come_back(data: bytes, block: int) -> None:
    assert length_data.parse(length_data.build(data, block), block) == data


@given(st.binary(max_size=40), st.sampled_from([8, 16]))
def test_any_plain_text_parses_or_is_malformed(raw: bytes, block: int) -> None:
    with suppress(MalformedData):
        assert length_data.build(length_data.parse(raw, block), block) == raw


@pytest.mark.parametrize(
    "plain",
    [
        bytes([16]) + bytes(15),  # promises more than there is
        bytes([3]) + bytes(15),  # no 80 behind the data
        bytes([3]) + b"abc\x80" + bytes(10) + b"\1",  # something behind the padding
        padded(bytes([15]) + bytes(15)),  # padded although it was whole blocks
        padded(bytes([7]) + bytes(15)),  # a longer text than the length byte says
    ],
)
def test_malformed_plain_texts(plain: bytes) -> None:
    with pytest.raises(MalformedData):
        SM4_SUITE.decipher(KEY, ecb_encrypt(KEY, plain))


def test_half_a_block_is_malformed() -> None:
    for wrong in (b"", bytes(8), bytes(24)):
        with pytest.raises(MalformedData, match="whole blocks"):
            SM4_SUITE.decipher(KEY, wrong)


def test_keys_of_the_other_suite_are_refused() -> None:
    with pytest.raises(TypeError, match="no SM4 key"):
        SM4_SUITE.session_key(TDES(VALUE), bytes(8))
    with pytest.raises(TypeError, match="no DES key"):
        TDES_SUITE.session_key(KEY, bytes(8))


def test_a_kept_cipher_is_neither_shown_nor_copied() -> None:
    derive = SM4_SUITE.diversifier(KEY)
    assert VALUE.hex() not in repr(derive).lower()
    for copied in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError):
            copied(derive)


def test_caller_mistakes() -> None:
    with pytest.raises(ValueError, match="4, 8 or 16"):
        SM4_SUITE.session_key(KEY, bytes(12))
    with pytest.raises(ValueError, match="8 bytes"):
        SM4_SUITE.authentication_data(KEY, bytes(16))
    with pytest.raises(ValueError, match="255"):
        SM4_SUITE.encipher(KEY, bytes(256))
    with pytest.raises(ValueError, match="4, 8 or 16 bytes"):
        SM4_SUITE.key_load_mac(KEY, b"", bytes(12))
    with pytest.raises(ValueError, match="no key of 8"):
        SM4_SUITE.diversify(KEY, bytes(8), size=8)
    with pytest.raises(ValueError, match="7 factor bytes"):
        SM4_SUITE.diversify(KEY, bytes(7))

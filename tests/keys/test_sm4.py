"""SM4 against published numbers and against gmssl, which shares no code with ours."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from gmssl.sm4 import SM4_DECRYPT, SM4_ENCRYPT, CryptSM4
from hypothesis import given
from hypothesis import strategies as st

from sscard.keys import SM4, SM4_SUITE, TDES, sm4
from sscard.keys.padding import pad80

DOCUMENT = tomllib.loads((Path(__file__).parents[1] / "vectors/sm4.toml").read_text("utf-8"))
KEY = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")

keys = st.binary(min_size=16, max_size=16)
ivs = st.binary(min_size=16, max_size=16)
blocks = st.integers(0, 4).flatmap(lambda n: st.binary(min_size=16 * n, max_size=16 * n))
messages = st.binary(max_size=50)


def rows(table: str) -> list[Any]:
    assert DOCUMENT["source"]
    return [pytest.param(row, id=row["name"]) for row in DOCUMENT[table]]


def by_gmssl(key: bytes, block: bytes, mode: int = SM4_ENCRYPT) -> bytes:
    cipher = CryptSM4()
    cipher.set_key(key, mode)
    return bytes(cipher.one_round(cipher.sk, list(block)))


def ecb(key: bytes, data: bytes, mode: int = SM4_ENCRYPT) -> bytes:
    return b"".join(by_gmssl(key, data[at : at + 16], mode) for at in range(0, len(data), 16))


def cbc(key: bytes, data: bytes, iv: bytes) -> bytes:
    out = [iv]
    for at in range(0, len(data), 16):
        mixed = bytes(a ^ b for a, b in zip(out[-1], data[at : at + 16], strict=True))
        out.append(by_gmssl(key, mixed))
    return b"".join(out[1:])


@pytest.mark.parametrize("row", rows("ecb"))
def test_published_blocks(row: dict[str, str]) -> None:
    key, plain = bytes.fromhex(row["key"]), bytes.fromhex(row["plain"])
    cipher = sm4.ecb_encrypt(SM4(key), plain)
    assert cipher.hex().upper() == row["cipher"]
    assert sm4.ecb_decrypt(SM4(key), cipher) == plain
    assert by_gmssl(key, plain) == cipher


def test_a_million_encipherments() -> None:
    row = DOCUMENT["million"]
    encrypt = sm4.ecb_encryptor(SM4(bytes.fromhex(row["key"])))
    block = bytes.fromhex(row["plain"])
    for _ in range(1_000_000):
        block = encrypt(block)
    assert block.hex().upper() == row["cipher"]


@pytest.mark.parametrize("row", rows("kcv"))
def test_published_check_values(row: dict[str, str]) -> None:
    assert SM4(bytes.fromhex(row["key"])).kcv.hex().upper() == row["kcv"]


@pytest.mark.parametrize("row", rows("mac"))
def test_a_cbc_mac(row: dict[str, str]) -> None:
    mac = sm4.cbc_mac(SM4(bytes.fromhex(row["key"])), bytes.fromhex(row["message"]))
    assert mac[:4].hex().upper() == row["mac"]


@pytest.mark.parametrize("row", rows("diversified"))
def test_a_derived_key(row: dict[str, str]) -> None:
    master, factor = SM4(bytes.fromhex(row["key"])), bytes.fromhex(row["factor"])
    assert SM4_SUITE.diversify(master, factor) == SM4(bytes.fromhex(row["derived"]))


@given(keys, blocks, ivs)
def test_modes_agree_with_gmssl(value: bytes, data: bytes, iv: bytes) -> None:
    key = SM4(value)
    enciphered = ecb(value, data)
    assert sm4.ecb_encrypt(key, data) == sm4.ecb_encryptor(key)(data) == enciphered
    assert sm4.ecb_decrypt(key, data) == ecb(value, data, SM4_DECRYPT)
    assert sm4.cbc_encrypt(key, data, iv) == cbc(value, data, iv)
    assert sm4.cbc_decrypt(key, cbc(value, data, iv), iv) == data


@given(keys, messages, ivs)
def test_the_mac_is_the_last_block(value: bytes, message: bytes, iv: bytes) -> None:
    text = message + b"\x80"
    text += bytes(-len(text) % 16)
    assert sm4.cbc_mac(SM4(value), message, iv) == cbc(value, text, iv)[-16:]


@given(keys, st.integers(1, 4).flatmap(lambda n: st.binary(min_size=16 * n, max_size=16 * n)), ivs)
def test_the_mac_without_padding(value: bytes, data: bytes, iv: bytes) -> None:
    assert sm4.cbc_mac_of_blocks(SM4(value), data, iv) == cbc(value, data, iv)[-16:]


@pytest.mark.parametrize("data", [b"", bytes(8), bytes(24)])
def test_no_mac_without_padding_over_what_is_no_blocks(data: bytes) -> None:
    with pytest.raises(ValueError, match="block"):
        sm4.cbc_mac_of_blocks(SM4(KEY), data)


@given(messages, st.sampled_from([8, 16]))
def test_padding_is_always_there_and_least(data: bytes, block: int) -> None:
    padded = pad80(data, block)
    assert len(padded) % block == 0
    assert 1 <= len(padded) - len(data) <= block
    assert padded.rstrip(b"\0") == data + b"\x80"


@pytest.mark.parametrize("work", [sm4.ecb_encrypt, sm4.ecb_decrypt, sm4.cbc_encrypt])
def test_whole_blocks_only(work: Any) -> None:
    with pytest.raises(ValueError, match="whole blocks"):
        work(SM4(KEY), bytes(8))


def test_keys_of_other_kinds_are_refused() -> None:
    with pytest.raises(TypeError, match="no SM4 key"):
        sm4.ecb_encrypt(TDES(KEY), bytes(16))
    assert SM4(KEY) != TDES(KEY)


def test_a_key_has_16_bytes_and_does_not_show_them() -> None:
    assert repr(SM4(KEY)) == "<SM4 128 bits>"
    for wrong in (0, 8, 15, 17, 32):
        with pytest.raises(ValueError, match=f"16 bytes, not {wrong}"):
            SM4(bytes(wrong))

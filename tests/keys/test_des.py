"""DES against published numbers and against pycryptodome."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from Crypto.Cipher import DES, DES3
from hypothesis import given
from hypothesis import strategies as st

from sscard.errors import MalformedData
from sscard.keys import HMAC256, des
from sscard.keys.types import DES8, TDES

VECTORS = Path(__file__).parents[1] / "vectors"
KEY8 = bytes.fromhex("133457799BBCDFF1")
KEY16 = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")

messages = st.binary(max_size=80)
blocks = st.integers(1, 8).flatmap(lambda n: st.binary(min_size=8 * n, max_size=8 * n))
ivs = st.binary(min_size=8, max_size=8)


def load(name: str, table: str) -> list[Any]:
    document = tomllib.loads((VECTORS / name).read_text("utf-8"))
    assert document["source"]
    return [pytest.param(row, id=row["name"]) for row in document[table]]


def key_of(text: str) -> DES8 | TDES:
    value = bytes.fromhex(text)
    return DES8(value) if len(value) == 8 else TDES(value)


@pytest.mark.parametrize("row", load("des.toml", "ecb"))
def test_published_blocks(row: dict[str, str]) -> None:
    key, plain = key_of(row["key"]), bytes.fromhex(row["plain"])
    cipher = des.ecb_encrypt(key, plain)
    assert cipher.hex().upper() == row["cipher"]
    assert des.ecb_decrypt(key, cipher) == plain
    assert DES.new(bytes.fromhex(row["key"]), DES.MODE_ECB).encrypt(plain) == cipher


@pytest.mark.parametrize("row", load("des.toml", "mac"))
def test_published_macs(row: dict[str, Any]) -> None:
    mac = {1: des.cbc_mac, 3: des.retail_mac}[row["algorithm"]]
    assert mac(key_of(row["key"]), bytes.fromhex(row["message"])).hex().upper() == row["mac"]


@pytest.mark.parametrize("row", load("kcv.toml", "vector"))
def test_published_check_values(row: dict[str, str]) -> None:
    assert key_of(row["key"]).kcv.hex().upper() == row["kcv"]


def test_check_value_of_single_des() -> None:
    assert DES8(KEY8).kcv == DES.new(KEY8, DES.MODE_ECB).encrypt(bytes(8))[:3]


@given(blocks, ivs)
def test_two_key_triple_des_agrees_with_pycryptodome(data: bytes, iv: bytes) -> None:
    key = TDES(KEY16)
    ecb = DES3.new(KEY16, DES3.MODE_ECB).encrypt(data)
    cbc = DES3.new(KEY16, DES3.MODE_CBC, iv).encrypt(data)
    assert des.ecb_encrypt(key, data) == des.ecb_encryptor(key)(data) == ecb
    assert des.ecb_decrypt(key, ecb) == data
    assert des.cbc_encrypt(key, data, iv) == cbc
    assert des.cbc_decrypt(key, cbc, iv) == data


@given(messages, ivs)
def test_retail_mac_is_its_definition(message: bytes, iv: bytes) -> None:
    padded = des.pad80(message)
    chain = DES.new(KEY16[:8], DES.MODE_CBC, iv).encrypt(padded)[-8:]
    middle = DES.new(KEY16[8:], DES.MODE_ECB).decrypt(chain)
    last = DES.new(KEY16[:8], DES.MODE_ECB).encrypt(middle)
    assert des.retail_mac(TDES(KEY16), message, iv) == last


@given(blocks, ivs)
def test_retail_mac_without_padding(data: bytes, iv: bytes) -> None:
    chain = DES.new(KEY16[:8], DES.MODE_CBC, iv).encrypt(data)[-8:]
    middle = DES.new(KEY16[8:], DES.MODE_ECB).decrypt(chain)
    last = DES.new(KEY16[:8], DES.MODE_ECB).encrypt(middle)
    assert des.retail_mac_of_blocks(TDES(KEY16), data, iv) == last


@pytest.mark.parametrize("data", [b"", bytes(7), bytes(12)])
def test_no_mac_without_padding_over_what_is_no_blocks(data: bytes) -> None:
    with pytest.raises(ValueError, match="block"):
        des.retail_mac_of_blocks(TDES(KEY16), data)


@given(messages)
def test_padding_round_trip(data: bytes) -> None:
    padded = des.pad80(data)
    assert len(padded) % 8 == 0
    assert 1 <= len(padded) - len(data) <= 8
    assert des.unpad80(padded) == data


@given(messages)
def test_any_bytes_unpad_or_are_malformed(raw: bytes) -> None:
    with suppress(MalformedData):
        assert des.pad80(des.unpad80(raw)) == raw


@pytest.mark.parametrize(
    "padded", [b"", bytes(8), b"1234567\x80" + bytes(8), b"1234567\x00", b"12345678"]
)
def test_wrong_padding(padded: bytes) -> None:
    with pytest.raises(MalformedData):
        des.unpad80(padded)


@pytest.mark.parametrize("work", [des.ecb_encrypt, des.ecb_decrypt, des.cbc_encrypt])
def test_whole_blocks_only(work: Any) -> None:
    with pytest.raises(ValueError, match="whole blocks"):
        work(TDES(KEY16), b"1234567")


def test_keys_of_other_kinds_are_refused() -> None:
    with pytest.raises(TypeError, match="no DES key"):
        des.ecb_encrypt(HMAC256(bytes(32)), bytes(8))
    with pytest.raises(ValueError, match="16-byte key"):
        des.retail_mac(DES8(KEY8), b"")

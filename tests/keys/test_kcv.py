"""Key check values: published ones, and each rule with another library."""

from __future__ import annotations

import hashlib
import hmac
import tomllib
from pathlib import Path
from typing import Any

import pytest
from Crypto.Cipher import AES as ORACLE_AES
from Crypto.Cipher import DES, DES3
from Crypto.Hash import CMAC
from gmssl.sm4 import SM4_ENCRYPT, CryptSM4

from sscard.keys import DES8, HMAC256, SM4, TDES, SecretKey, kcv
from sscard.keys.types import AES

VECTORS = Path(__file__).parents[1] / "vectors"
VALUE = bytes.fromhex("0123456789ABCDEFFEDCBA98765432100F1E2D3C4B5A69788796A5B4C3D2E1F0")


def rows(file: str, table: str) -> list[Any]:
    document = tomllib.loads((VECTORS / file).read_text("utf-8"))
    assert document["source"]
    return [pytest.param(row, id=row["name"]) for row in document[table]]


@pytest.mark.parametrize("row", rows("kcv.toml", "vector"))
def test_published_3des(row: dict[str, str]) -> None:
    assert TDES(bytes.fromhex(row["key"])).kcv.hex().upper() == row["kcv"]


@pytest.mark.parametrize("row", rows("sm4.toml", "kcv"))
def test_published_sm4(row: dict[str, str]) -> None:
    assert SM4(bytes.fromhex(row["key"])).kcv.hex().upper() == row["kcv"]


def sm4_zeros(key: bytes) -> bytes:
    cipher = CryptSM4()
    cipher.set_key(key, SM4_ENCRYPT)
    return bytes(cipher.one_round(cipher.sk, [0] * 16))


@pytest.mark.parametrize(
    ("key", "whole"),
    [
        (DES8(VALUE[:8]), DES.new(VALUE[:8], DES.MODE_ECB).encrypt(bytes(8))),
        (TDES(VALUE[:16]), DES3.new(VALUE[:16], DES3.MODE_ECB).encrypt(bytes(8))),
        (SM4(VALUE[:16]), sm4_zeros(VALUE[:16])),
        *(
            (AES(VALUE[:size]), CMAC.new(VALUE[:size], bytes(16), ciphermod=ORACLE_AES).digest())
            for size in (16, 24, 32)
        ),
        (HMAC256(VALUE), hmac.new(VALUE, b"", hashlib.sha256).digest()),
    ],
    ids=repr,
)
def test_each_rule_with_another_library(key: SecretKey, whole: bytes) -> None:
    assert key.kcv == whole[:3]
    assert type(key).__name__ in kcv.RULES


def test_an_aes_value_is_no_cipher_block() -> None:
    block = ORACLE_AES.new(VALUE[:16], ORACLE_AES.MODE_ECB).encrypt(bytes(16))
    assert AES(VALUE[:16]).kcv != block[:3]


def test_parity_does_not_change_the_value() -> None:
    assert TDES(VALUE[:16]).kcv == TDES(bytes(byte ^ 1 for byte in VALUE[:16])).kcv

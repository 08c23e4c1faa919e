"""The cryptogram vectors hold with the ciphers alone, step by step as pboc 3 says it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from sscard.keys import SM4, TDES, des, sm4
from sscard.keys.padding import pad80

PATH = Path(__file__).parents[1] / "vectors/application-cryptogram.toml"
DOCUMENT = tomllib.loads(PATH.read_text("utf-8"))
SM4_ROWS, SCRIPT = DOCUMENT["sm4"], DOCUMENT["script"]


def unhex(text: str) -> bytes:
    return bytes.fromhex(text)


def inverted(data: bytes) -> bytes:
    return bytes(byte ^ 0xFF for byte in data)


def xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def session_input(atc: str) -> bytes:
    return bytes(6) + unhex(atc) + bytes(6) + inverted(unhex(atc))


def sm4_mac(key: SM4, data: bytes) -> bytes:
    return sm4.cbc_encrypt(key, pad80(data, 16))[-16:]


def test_common_session_key_of_emv() -> None:
    row = DOCUMENT["common"]
    r = unhex(row["r"])
    both = r[:2] + b"\xf0" + r[3:] + r[:2] + b"\x0f" + r[3:]
    made = des.ecb_encrypt(TDES(unhex(row["key"])), both)
    odd = bytes(byte ^ (byte.bit_count() % 2 == 0) for byte in made)
    assert odd == unhex(row["odd_parity"])


@pytest.mark.parametrize("row", SM4_ROWS["row"], ids=lambda row: row["atc"])
def test_sm4_cryptogram_and_answer(row: dict[str, Any]) -> None:
    session = sm4.ecb_encrypt(SM4(unhex(SM4_ROWS["udk"])), session_input(row["atc"]))
    assert session == unhex(row["session"])
    cryptogram = sm4_mac(SM4(session), unhex(SM4_ROWS["data"]))[:8]
    assert cryptogram == unhex(row["ac"])
    answer = xor(cryptogram, unhex(SM4_ROWS["arc"]) + bytes(6)) + bytes(8)
    assert sm4.ecb_encrypt(SM4(session), answer)[:8] == unhex(row["arpc"])


def message() -> bytes:
    return b"".join(unhex(SCRIPT[part]) for part in ("header", "atc", "arqc", "command_data"))


def pin_plain() -> bytes:
    mask = bytes(4) + unhex(SCRIPT["udk_enc"])[4:8]
    pin = unhex("04" + SCRIPT["pin"].ljust(14, "F"))
    return pad80(b"\x08" + xor(mask, pin), 8)


def test_the_masked_pin() -> None:
    assert pin_plain() == unhex(SCRIPT["pin_plain"])


def test_script_by_3des() -> None:
    row = SCRIPT["3des"]
    made = [
        des.ecb_encrypt(TDES(unhex(SCRIPT[name])), session_input(SCRIPT["atc"]))
        for name in ("udk_mac", "udk_enc")
    ]
    assert made == [unhex(row["session_mac"]), unhex(row["session_enc"])]
    assert des.retail_mac(TDES(made[0]), message())[:4] == unhex(row["mac"])
    assert des.ecb_encrypt(TDES(made[1]), pin_plain()) == unhex(row["pin_block"])


def test_script_by_sm4() -> None:
    row = SCRIPT["sm4"]
    made = [
        sm4.ecb_encrypt(SM4(unhex(SCRIPT[name])), session_input(SCRIPT["atc"]))
        for name in ("udk_mac", "udk_enc")
    ]
    assert made == [unhex(row["session_mac"]), unhex(row["session_enc"])]
    assert sm4_mac(SM4(made[0]), message())[:4] == unhex(row["mac"])
    assert sm4.ecb_encrypt(SM4(made[1]), pin_plain()) == unhex(row["pin_block"])

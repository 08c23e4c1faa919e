"""AC, ARPC and MACs of both families: the vectors, and pycryptodome and gmssl on anything."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from Crypto.Cipher import DES
from gmssl.sm4 import SM4_ENCRYPT, CryptSM4
from hypothesis import given
from hypothesis import strategies as st

from sscard.errors import MalformedData
from sscard.keys import SM4, TDES, Pin, SecretKey, pin_change
from sscard.keys.application_cryptogram import (
    FAMILIES,
    SM4_FAMILY,
    TDES_FAMILY,
    Family,
    family_of,
)

PATH = Path(__file__).parents[1] / "vectors/application-cryptogram.toml"
DOCUMENT = tomllib.loads(PATH.read_text("utf-8"))
SM4_ROWS, SCRIPT = DOCUMENT["sm4"], DOCUMENT["script"]

both = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
families = st.sampled_from(list(FAMILIES.values()))
values, ciphers = st.binary(min_size=16, max_size=16), st.binary(min_size=8, max_size=8)
twos, messages = st.binary(min_size=2, max_size=2), st.binary(max_size=70)
pins = st.from_regex(r"[0-9]{4,12}", fullmatch=True).map(Pin)


def unhex(text: str) -> bytes:
    return bytes.fromhex(text)


def xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def block(family: Family, key: bytes, data: bytes) -> bytes:
    """One block, by a library that the code under test does not use."""
    if family is SM4_FAMILY:
        engine = CryptSM4()
        engine.set_key(key, SM4_ENCRYPT)
        return bytes(engine.one_round(engine.sk, list(data)))
    left, right = (DES.new(half, DES.MODE_ECB) for half in (key[:8], key[8:]))
    return left.encrypt(right.decrypt(left.encrypt(data)))


def blocks(family: Family, key: bytes, data: bytes) -> bytes:
    step = family.block
    parts = (data[at : at + step] for at in range(0, len(data), step))
    return b"".join(block(family, key, part) for part in parts)


def mac(family: Family, key: bytes, data: bytes) -> bytes:
    """CBC-MAC; with DES single up to the last block (ISO/IEC 9797-1 algorithm 3)."""
    chain, step = bytes(family.block), family.block
    for at in range(0, len(data), step):
        chain = xor(chain, data[at : at + step])
        if family is SM4_FAMILY or at + step == len(data):
            chain = block(family, key, chain)
        else:
            chain = DES.new(key[:8], DES.MODE_ECB).encrypt(chain)
    return chain


def padded(family: Family, data: bytes) -> bytes:
    data += b"\x80"
    return data + bytes(-len(data) % family.block)


def session(family: Family, key: bytes, atc: bytes) -> bytes:
    return blocks(family, key, bytes(6) + atc + bytes(6) + xor(atc, b"\xff\xff"))


@pytest.mark.parametrize("row", SM4_ROWS["row"], ids=lambda row: row["atc"])
def test_sm4_cryptogram_and_answer(row: dict[str, Any]) -> None:
    key = SM4_FAMILY.session_key(SM4(unhex(SM4_ROWS["udk"])), unhex(row["atc"]))
    assert key == SM4(unhex(row["session"]))
    cryptogram = SM4_FAMILY.cryptogram(key, unhex(SM4_ROWS["data"]))
    assert cryptogram == unhex(row["ac"])
    assert SM4_FAMILY.arpc(key, cryptogram, unhex(SM4_ROWS["arc"])) == unhex(row["arpc"])


@both
def test_script(family: Family) -> None:
    row = SCRIPT[family.name]
    atc, arqc = unhex(SCRIPT["atc"]), unhex(SCRIPT["arqc"])
    udk = family.key(unhex(SCRIPT["udk_enc"]))
    mac_key = family.session_key(family.key(unhex(SCRIPT["udk_mac"])), atc)
    enc_key = family.session_key(udk, atc)
    assert (mac_key, enc_key) == (
        family.key(unhex(row["session_mac"])),
        family.key(unhex(row["session_enc"])),
    )
    header, data = unhex(SCRIPT["header"]), unhex(SCRIPT["command_data"])
    assert family.script_mac(mac_key, header, atc, arqc, data) == unhex(row["mac"])
    made = pin_change.encipher(family, udk, enc_key, Pin(SCRIPT["pin"]))
    assert made == unhex(row["pin_block"])


@given(families, values, twos)
def test_any_session_key(family: Family, key: bytes, atc: bytes) -> None:
    made = family.session_key(family.key(key), atc)
    assert made == family.key(session(family, key, atc))


@given(families, values, messages)
def test_any_cryptogram(family: Family, key: bytes, data: bytes) -> None:
    expected = mac(family, key, padded(family, data))[:8]
    assert family.cryptogram(family.key(key), data) == expected


@given(families, values, ciphers, twos)
def test_any_answer(family: Family, key: bytes, arqc: bytes, code: bytes) -> None:
    mixed = xor(arqc, code + bytes(6)) + bytes(family.block - 8)
    assert family.arpc(family.key(key), arqc, code) == block(family, key, mixed)[:8]


@given(families, values, st.binary(min_size=5, max_size=5), twos, ciphers, messages)
def test_any_script_mac(
    family: Family, key: bytes, header: bytes, atc: bytes, arqc: bytes, data: bytes
) -> None:
    expected = mac(family, key, padded(family, header + atc + arqc + data))[:4]
    assert family.script_mac(family.key(key), header, atc, arqc, data) == expected


@given(families, values, twos, st.sampled_from([1, 2, 5]), st.binary(min_size=5, max_size=5))
def test_one_amount_is_padded(
    family: Family, key: bytes, atc: bytes, identifier: int, data: bytes
) -> None:
    # pboc 2.4: five bytes and 00 behind the ATC, and then a block 80 00 … where blocks have 8.
    message = atc + data + b"\0" + b"\x80" + bytes(7)
    expected = mac(family, key, message)[:4]
    assert family.issuer_data_mac(family.key(key), atc, identifier, data) == expected


@given(families, values, twos, st.sampled_from([3, 4]), st.binary(min_size=10, max_size=10))
def test_two_amounts_are_not(
    family: Family, key: bytes, atc: bytes, identifier: int, data: bytes
) -> None:
    expected = mac(family, key, atc + data + bytes(4))[:4]
    assert family.issuer_data_mac(family.key(key), atc, identifier, data) == expected


@given(families, values, values, pins, st.none() | pins)
def test_any_new_pin(family: Family, udk: bytes, key: bytes, new: Pin, current: Pin | None) -> None:
    digits = new.reveal().decode()
    plain = unhex(f"0{len(digits):X}{digits}".ljust(16, "F"))
    plain = xor(plain, bytes(4) + udk[4:8])
    if current is not None:
        plain = xor(plain, unhex(current.reveal().decode().ljust(16, "0")))
    expected = blocks(family, key, b"\x08" + plain + b"\x80" + bytes(6))
    keys = family.key(udk), family.key(key)
    made = pin_change.encipher(family, *keys, new, current)
    assert made == expected
    assert pin_change.decipher(family, *keys, made, current) == new


@given(families, values)
def test_blocks_come_back(family: Family, data: bytes) -> None:
    key = family.key(bytes(range(16)))
    assert family.encipher(key, data) == blocks(family, bytes(range(16)), data)
    assert family.decipher(key, family.encipher(key, data)) == data


def test_families_by_name_and_code() -> None:
    assert dict(FAMILIES) == {"3des": TDES_FAMILY, "sm4": SM4_FAMILY}
    assert [family_of(code) for code in (1, 4)] == [TDES_FAMILY, SM4_FAMILY]
    for unknown in (0, 2, 3, 0xFF):
        with pytest.raises(MalformedData, match=f"code {unknown:02X}"):
            family_of(unknown)


@pytest.mark.parametrize(
    ("family", "key"), [(TDES_FAMILY, SM4(bytes(16))), (SM4_FAMILY, TDES(bytes(16)))]
)
def test_keys_of_the_other_family_are_refused(family: Family, key: SecretKey) -> None:
    with pytest.raises(TypeError, match="is no"):
        family.session_key(key, bytes(2))
    with pytest.raises(TypeError, match="is no"):
        family.cryptogram(key, b"")
    with pytest.raises(TypeError, match="is no"):
        family.issuer_data_mac(key, bytes(2), 3, bytes(10))


def mistakes(family: Family) -> dict[str, Callable[[SecretKey], object]]:
    return {
        "ATC: 2 bytes": lambda key: family.session_key(key, bytes(3)),
        "cryptogram: 8 bytes": lambda key: family.arpc(key, bytes(7), bytes(2)),
        "response code: 2 bytes": lambda key: family.arpc(key, bytes(8), bytes(3)),
        "header: 5 bytes": lambda k: family.script_mac(k, bytes(4), bytes(2), bytes(8), b""),
        "ATC: 2 bytes, not 1": lambda k: family.script_mac(k, bytes(5), b"1", bytes(8), b""),
        "cryptogram: 8 bytes, not 4": lambda k: family.script_mac(
            k, bytes(5), bytes(2), bytes(4), b""
        ),
        "ATC: 2 bytes, not 0": lambda key: family.issuer_data_mac(key, b"", 1, bytes(5)),
        "1 to 5": lambda key: family.issuer_data_mac(key, bytes(2), 6, bytes(5)),
        "one amount": lambda key: family.issuer_data_mac(key, bytes(2), 1, bytes(10)),
        "or two": lambda key: family.issuer_data_mac(key, bytes(2), 3, bytes(5)),
        "whole blocks": lambda key: family.encipher(key, bytes(15)),
    }


@both
def test_caller_mistakes(family: Family) -> None:
    for text, mistake in mistakes(family).items():
        with pytest.raises(ValueError, match=text):
            mistake(family.key(bytes(16)))


@both
def test_nothing_secret_shows(family: Family) -> None:
    value = bytes(range(0xA0, 0xB0))
    key = family.session_key(family.key(value), bytes(2))
    for shown in (repr(family), repr(key)):
        assert value.hex() not in shown.lower()
        assert key.reveal().hex() not in shown.lower()

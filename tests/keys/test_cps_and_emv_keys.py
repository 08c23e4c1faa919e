"""KMC → card keys → session keys, and UDKs, against published vectors."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from gmssl.sm4 import SM4_ENCRYPT, CryptSM4

from sscard.keys import SM4, TDES, cps, emv

VECTORS = Path(__file__).parents[1] / "vectors"


def load(name: str) -> dict[str, Any]:
    document = tomllib.loads((VECTORS / name).read_text("utf-8"))
    assert document["source"]
    return document


KEYS = load("cps-keys.toml")
SESSION = load("cps-session.toml")["complete"]
UDK, UDK_SM4 = load("udk.toml")["vector"], load("udk.toml")["sm4"]


def tdes(text: str) -> TDES:
    return TDES(bytes.fromhex(text))


@pytest.mark.parametrize("row", KEYS["vector"], ids=lambda row: row["name"])
@pytest.mark.parametrize("use", ["enc", "mac", "dek"])
def test_card_keys(row: dict[str, Any], use: str) -> None:
    keys = cps.card_keys(tdes(KEYS["kmc"]), bytes.fromhex(KEYS["keydata"]), row["scheme"])
    key = getattr(keys, use)
    assert key == tdes(row[use]["key"])
    assert key.kcv.hex().upper() == row[use]["kcv"]


def test_emv_cps_is_the_default() -> None:
    kmc, keydata = tdes(KEYS["kmc"]), bytes.fromhex(KEYS["keydata"])
    assert cps.card_keys(kmc, keydata) == cps.card_keys(kmc, keydata, "emv-cps-1.1")


def test_complete_session_keys() -> None:
    card = cps.card_keys(tdes(SESSION["kmc"]), bytes.fromhex(SESSION["keydata"]))
    assert card == cps.CardKeys(**{use: tdes(key) for use, key in SESSION["card"].items()})
    session = cps.session_keys(card, bytes.fromhex(SESSION["sequence"]))
    assert session == cps.SessionKeys(**{u: tdes(key) for u, key in SESSION["session"].items()})


def test_caller_mistakes_in_the_channel_keys() -> None:
    with pytest.raises(ValueError, match="10 bytes"):
        cps.card_keys(TDES(bytes(16)), bytes(9))
    with pytest.raises(ValueError, match="emv-cps"):
        cps.card_keys(TDES(bytes(16)), bytes(10), "gp")
    with pytest.raises(ValueError, match="2 bytes"):
        cps.session_keys(cps.card_keys(TDES(bytes(16)), bytes(10)), bytes(3))


def odd_parity(value: bytes) -> bytes:
    return bytes(byte if byte.bit_count() % 2 else byte ^ 1 for byte in value)


@pytest.mark.parametrize("row", UDK, ids=lambda row: row["name"])
def test_udk(row: dict[str, str]) -> None:
    udk = emv.udk(tdes(row["imk"]), row["pan"], row["psn"])
    published = bytes.fromhex(row["odd_parity"])
    assert odd_parity(udk.reveal()) == published
    assert udk.kcv == TDES(published).kcv


@pytest.mark.parametrize("row", UDK_SM4, ids=lambda row: row["name"])
def test_udk_of_sm4(row: dict[str, str]) -> None:
    imk = bytes.fromhex(row["imk"])
    udk = emv.udk(SM4(imk), row["pan"], row["psn"])
    assert udk == SM4(bytes.fromhex(row["udk"]))
    y = bytes.fromhex(row["pan"] + row["psn"])
    cipher = CryptSM4()
    cipher.set_key(imk, SM4_ENCRYPT)
    block = y + bytes(0xFF - byte for byte in y)
    assert udk == SM4(bytes(cipher.one_round(cipher.sk, list(block))))


def test_short_account_numbers_get_zeros_on_the_left() -> None:
    imk = tdes(KEYS["kmc"])
    assert emv.udk(imk, "0000012345678", "01") == emv.udk(imk, "12345678", "01")


def test_only_the_last_16_digits_count() -> None:
    imk = tdes(KEYS["kmc"])
    assert emv.udk(imk, "9996228000100001", "01") != emv.udk(imk, "6228000100001", "01")
    assert emv.udk(imk, "9996228000100001117", "01") == emv.udk(imk, "6228000100001117", "01")


@pytest.mark.parametrize(("pan", "psn"), [("1234567", "01"), ("12345678F", "01"), ("12345678", "")])
def test_what_is_no_account_number(pan: str, psn: str) -> None:
    with pytest.raises(ValueError) as caught:
        emv.udk(TDES(bytes(16)), pan, psn)
    assert pan not in str(caught.value)

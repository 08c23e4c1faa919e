"""The enveloped key: layout by hand, every refusal by name, and who can open it."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from sscard.errors import MalformedData
from sscard.keys import sm2
from sscard.keys.sm2_keys import SM2PublicKey
from sscard.keys.x509 import EnvelopedKey, enveloped_key, seal
from tests.keys.x509.world import World, key, numbers

VECTORS: dict[str, Any] = tomllib.loads(
    (Path(__file__).parents[2] / "vectors" / "enveloped-key.toml").read_text("utf-8")
)
FIELDS = {each["name"]: bytes.fromhex(each["hex"]) for each in VECTORS["field"]}


def patched(blob: bytes, offset: int, part: bytes) -> bytes:
    return blob[:offset] + part + blob[offset + len(part) :]


def by_hand() -> bytes:
    blob = bytes(VECTORS["size"])
    for each in VECTORS["field"]:
        blob = patched(blob, each["offset"], bytes.fromhex(each["hex"]))
    return blob


def test_the_layout() -> None:
    found = enveloped_key.parse(by_hand())
    assert found.public.point == FIELDS["X"] + FIELDS["Y"]
    assert found.enciphered_private == FIELDS["enciphered private key"]
    assert found.session_cipher == (
        FIELDS["X of the cipher"] + FIELDS["Y of the cipher"] + FIELDS["hash"] + FIELDS["cipher"]
    )
    assert bytes(found) == by_hand()


@pytest.mark.parametrize("refused", VECTORS["refused"], ids=lambda each: each["name"])
def test_what_is_refused(refused: dict[str, Any]) -> None:
    blob = patched(by_hand(), refused["offset"], bytes.fromhex(refused["hex"]))
    with pytest.raises(MalformedData, match=refused["says"]):
        enveloped_key.parse(blob)


@pytest.mark.parametrize("size", [0, 387, 389])
def test_the_whole_size_is_checked(size: int) -> None:
    with pytest.raises(MalformedData, match=f"{size} bytes instead of 388"):
        enveloped_key.parse(by_hand().ljust(size, b"\0")[:size])


@given(st.integers(0, 387), st.integers(0, 255), st.binary(max_size=400))
def test_any_bytes_parse_to_themselves_or_are_malformed(at: int, byte: int, raw: bytes) -> None:
    for blob in (raw, patched(by_hand(), at, bytes((byte,)))):
        with suppress(MalformedData):
            assert bytes(enveloped_key.parse(blob)) == blob


def test_sealed_for_one_receiver(world: World) -> None:
    pair = key("encryption pair")
    sealed = seal(pair, world.card_key.public, numbers("seal"))
    read = enveloped_key.parse(bytes(sealed))
    assert read == sealed
    assert read.open(world.card_key) == pair
    with pytest.raises(MalformedData, match="C3"):
        read.open(world.root_key)


def test_the_private_key_is_in_one_ecb_under_the_session_key(world: World) -> None:
    # As the card takes it: 80 4E gives the session key, 80 4A sets it, 80 C2 C0 brings the rest.
    pair = key("encryption pair")
    sealed = seal(pair, world.card_key.public, numbers("seal"))
    session = sm2.decrypt(world.card_key, sealed.session_cipher)
    cipher = Cipher(algorithms.SM4(session), modes.ECB()).decryptor()
    assert cipher.update(sealed.enciphered_private) == pair.reveal()
    assert len(session) == 16


def test_a_private_key_of_another_public_key_is_malformed(world: World) -> None:
    sealed = seal(key("encryption pair"), world.card_key.public, numbers("seal"))
    mixed = EnvelopedKey(world.root_key.public, sealed.session_cipher, sealed.enciphered_private)
    with pytest.raises(MalformedData, match="not the public key's"):
        mixed.open(world.card_key)
    nothing = EnvelopedKey(sealed.public, sealed.session_cipher, bytes(32))
    with pytest.raises(MalformedData):
        nothing.open(world.card_key)


def test_sizes_are_the_callers_business() -> None:
    public = SM2PublicKey(FIELDS["X"] + FIELDS["Y"])
    with pytest.raises(ValueError, match="112 bytes"):
        EnvelopedKey(public, bytes(111), bytes(32))
    with pytest.raises(ValueError, match="32 bytes"):
        EnvelopedKey(public, bytes(112), bytes(31))

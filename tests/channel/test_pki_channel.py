"""The certificate application's proofs and MACs: known vectors, another SM4, round trips."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gmssl.sm4 import SM4_ENCRYPT, CryptSM4
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu import pki as apdu
from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel import pki
from sscard.channel.protection import Protection
from sscard.keys import SM4_SUITE, TDES, TDES_SUITE
from sscard.keys.sm3 import sm3
from sscard.keys.types import SM4

VECTORS = tomllib.loads(
    (Path(__file__).parents[1] / "vectors" / "certificate-application.toml").read_text("utf-8")
)
KEY, OTHER, CHALLENGE = SM4(bytes(range(16))), SM4(bytes(16)), bytes(range(0x40, 0x50))
keys = st.binary(min_size=16, max_size=16)
challenges = st.one_of(keys, st.binary(min_size=8, max_size=8))


def block(key: bytes, data: bytes) -> bytes:
    """One block, by gmssl's own SM4."""
    engine = CryptSM4()
    engine.set_key(key, SM4_ENCRYPT)
    return bytes(engine.one_round(engine.sk, list(data)))


def mac(key: bytes, challenge: bytes, header: bytes, cipher: bytes) -> bytes:
    """The rule of ssc-more 1.3 in plain words."""
    chain = challenge + bytes(16 - len(challenge))
    message = header + cipher + b"\x80"
    message += bytes(-len(message) % 16)
    for at in range(0, len(message), 16):
        chain = block(key, bytes(a ^ b for a, b in zip(chain, message[at : at + 16], strict=True)))
    words = [chain[at : at + 4] for at in range(0, 16, 4)]
    return bytes(a ^ b ^ c ^ d for a, b, c, d in zip(*words, strict=True))


def test_the_vectors_say_where_they_are_from() -> None:
    assert VECTORS["source"]


@pytest.mark.parametrize("vector", VECTORS["pin"], ids=lambda each: each["name"])
def test_a_pin_s_key_is_half_of_its_hash(vector: dict[str, Any]) -> None:
    packed, expected = bytes.fromhex(vector["packed"]), bytes.fromhex(vector["hash"])
    assert sm3(packed) == expected
    assert pki.pin_key(packed) == SM4(expected[:16])


@pytest.mark.parametrize("vector", VECTORS["cryptogram"], ids=lambda each: each["name"])
def test_a_pin_is_shown_as_in_the_trace(vector: dict[str, Any]) -> None:
    key, challenge = pki.pin_key(bytes.fromhex(vector["packed"])), vector["challenge"]
    shown = pki.cryptogram(key, bytes.fromhex(challenge))
    assert shown.hex().upper() == vector["cryptogram"]
    assert pki.proves(key, bytes.fromhex(challenge), shown)
    assert not pki.proves(OTHER, bytes.fromhex(challenge), shown)


def test_a_short_challenge_has_zeros_behind_it() -> None:
    assert pki.cryptogram(KEY, CHALLENGE[:8]) == pki.cryptogram(KEY, CHALLENGE[:8] + bytes(8))
    for size in (0, 4, 15, 17):
        with pytest.raises(ValueError, match="8 or 16"):
            pki.cryptogram(KEY, bytes(size))


@given(keys, challenges)
def test_another_admin_pin_as_the_rule_says(key: bytes, challenge: bytes) -> None:
    command = bytes(pki.change_admin_pin(SM4(key), bytes.fromhex("87654321"), challenge))
    cipher = block(key, bytes.fromhex("0487654321800000 0000000000000000"))
    header = bytes.fromhex("845E010014")
    assert command == header + cipher + mac(key, challenge, header, cipher)


@given(keys, challenges, keys)
def test_another_master_key_as_the_rule_says(key: bytes, challenge: bytes, new: bytes) -> None:
    command = bytes(pki.replace_master(SM4(key), new, challenge))
    plain = bytes.fromhex("13000000") + new + b"\x80" + bytes(11)
    cipher = block(key, plain[:16]) + block(key, plain[16:])
    header = bytes.fromhex("84D4010024")
    assert command == header + cipher + mac(key, challenge, header, cipher)


@given(keys, challenges, keys)
def test_card_and_host_agree(key: bytes, challenge: bytes, new: bytes) -> None:
    old = SM4(key)
    assert pki.new_master(pki.replace_master(old, new, challenge), old, challenge) == SM4(new)
    changed = pki.change_admin_pin(old, new[:4], challenge)
    assert pki.new_admin_pin(changed, old, challenge) == new[:4]
    assert pki.decipher_private_key(old, pki.encipher_private_key(old, new + new)) == new + new


@given(st.integers(0, 8 * 0x24 - 1))
def test_no_bit_can_change(bit: int) -> None:
    command = pki.replace_master(KEY, bytes(range(16)), CHALLENGE)
    data = bytearray(command.data)
    data[bit // 8] ^= 1 << bit % 8
    with pytest.raises(StatusError) as refusal:
        pki.new_master(replace(command, data=bytes(data)), KEY, CHALLENGE)
    assert refusal.value.sw == StatusWord.MAC_WRONG


@pytest.mark.parametrize("field", ["cla", "ins", "p1", "p2"])
def test_the_mac_covers_the_header(field: str) -> None:
    command = pki.replace_master(KEY, bytes(range(16)), CHALLENGE)
    changed = replace(command, **{field: getattr(command, field) ^ 1})
    with pytest.raises(StatusError) as refusal:
        pki.new_master(changed, KEY, CHALLENGE)
    assert refusal.value.sw == StatusWord.MAC_WRONG


@pytest.mark.parametrize("content", [bytes(18), bytes(20), b"\1" + bytes(18), b""])
def test_a_right_mac_over_no_master_key_is_wrong_data(content: bytes) -> None:
    bare = apdu.replace_master(content)
    command = Protection.direct(SM4_SUITE, KEY, CHALLENGE).seal_enciphered(bare)
    with pytest.raises(StatusError) as refusal:
        pki.new_master(command, KEY, CHALLENGE)
    assert refusal.value.sw == StatusWord.WRONG_DATA


@pytest.mark.parametrize(("suite", "key"), [(SM4_SUITE, KEY), (TDES_SUITE, TDES(b"01234567" * 2))])
def test_one_engine_with_and_without_a_session_key(suite: Any, key: Any) -> None:
    command, challenge = CommandAPDU(0x80, 0x5E, 1, 0, b"content"), CHALLENGE[:4]
    session = Protection.in_session(suite, key, challenge)
    direct = Protection.direct(suite, key, challenge)
    for one, other in ((session, direct), (direct, session)):
        assert one.open_enciphered(one.seal_enciphered(command)) == command
        with pytest.raises(StatusError):
            other.open(one.seal(command))
    assert direct.seal(command).data[:-4] == b"content"


def test_nothing_secret_is_shown() -> None:
    text = repr(Protection.direct(SM4_SUITE, KEY, CHALLENGE))
    assert KEY.reveal().hex() not in text.lower()
    assert repr(KEY.reveal()) not in text

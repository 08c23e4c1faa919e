"""Secure messaging with 16-byte blocks: host against card, and against gmssl."""

from __future__ import annotations

import pytest
from gmssl.sm4 import SM4_ENCRYPT, CryptSM4
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel import authenticate, unwrap, unwrap_enciphered, wrap, wrap_enciphered
from sscard.keys import SM4, SM4_SUITE

VALUE = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
KEY = SM4(VALUE)
CHALLENGES = [bytes.fromhex("A1B2C3D4"), bytes(range(8)), bytes(range(16))]

challenges = st.sampled_from(CHALLENGES)
commands = st.builds(
    CommandAPDU,
    cla=st.sampled_from([0x00, 0x80]),
    ins=st.sampled_from([0xDC, 0xD6, 0xD4, 0x24]),
    p1=st.integers(0, 255),
    p2=st.integers(0, 255),
    data=st.binary(max_size=239),
)


def cipher(key: bytes, block: bytes) -> bytes:
    engine = CryptSM4()
    engine.set_key(key, SM4_ENCRYPT)
    return bytes(engine.one_round(engine.sk, list(block)))


def xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


@given(commands, challenges)
def test_the_card_gets_what_the_host_sent(command: CommandAPDU, challenge: bytes) -> None:
    assert unwrap(wrap(command, SM4_SUITE, KEY, challenge), SM4_SUITE, KEY, challenge) == command
    enciphered = wrap_enciphered(command, SM4_SUITE, KEY, challenge)
    assert unwrap_enciphered(enciphered, SM4_SUITE, KEY, challenge) == command


def test_a_pin_change_is_its_definition() -> None:
    session = cipher(VALUE, CHALLENGES[1] + bytes(8))
    new_pin = cipher(session, bytes.fromhex("03123456 80 0000000000000000000000"))
    text = bytes.fromhex("8424000114") + new_pin + b"\x80" + bytes(10)
    chain = bytes(16)
    for at in (0, 16):
        chain = cipher(session, xor(chain, text[at : at + 16]))
    mac = xor(xor(chain[:4], chain[4:8]), xor(chain[8:12], chain[12:]))
    command = CommandAPDU(0x80, 0x24, 0x00, 0x01, bytes.fromhex("123456"))
    wrapped = wrap_enciphered(command, SM4_SUITE, KEY, CHALLENGES[1])
    assert bytes(wrapped) == bytes.fromhex("8424000114") + new_pin + mac


@given(commands, st.integers(0, 10_000))
def test_any_changed_bit_is_seen(command: CommandAPDU, at: int) -> None:
    wrapped = wrap(command, SM4_SUITE, KEY, CHALLENGES[0])
    changed = bytearray(wrapped.data)
    changed[at % len(changed)] ^= 1 << at % 8
    forged = CommandAPDU(wrapped.cla, wrapped.ins, wrapped.p1, wrapped.p2, bytes(changed))
    with pytest.raises(StatusError) as caught:
        unwrap(forged, SM4_SUITE, KEY, CHALLENGES[0])
    assert caught.value.sw is StatusWord.MAC_WRONG


@pytest.mark.parametrize("challenge", CHALLENGES)
def test_authentication_is_the_folded_second_encipherment(challenge: bytes) -> None:
    session = cipher(VALUE, challenge + bytes(16 - len(challenge)))
    block = cipher(session, b"original" + bytes(8))
    expected = xor(block[:8], block[8:])
    assert authenticate(SM4_SUITE, KEY, challenge, b"original") == expected

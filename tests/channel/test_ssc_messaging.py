"""Secure messaging of social security cards: host against card, and against pycryptodome."""

from __future__ import annotations

from dataclasses import replace

import pytest
from Crypto.Cipher import DES, DES3
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel import authenticate, unwrap, unwrap_enciphered, wrap, wrap_enciphered
from sscard.keys import DES8, TDES, TDES_SUITE, SecretKey

MASTER = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
STK = bytes.fromhex("133457799BBCDFF1")
CHALLENGE = bytes.fromhex("A1B2C3D4")

keys = st.sampled_from([TDES(MASTER), DES8(STK)])
challenges = st.sampled_from([CHALLENGE, CHALLENGE * 2])
commands = st.builds(
    CommandAPDU,
    cla=st.sampled_from([0x00, 0x80]),
    ins=st.sampled_from([0xDC, 0xD6, 0xD4, 0x24]),
    p1=st.integers(0, 255),
    p2=st.integers(0, 255),
    data=st.binary(max_size=251),
    ne=st.sampled_from([0, 8, 256]),
)


@given(commands, keys, challenges)
def test_the_card_gets_what_the_host_sent(
    command: CommandAPDU, key: SecretKey, challenge: bytes
) -> None:
    wrapped = wrap(command, TDES_SUITE, key, challenge)
    assert wrapped.cla == command.cla | 4
    assert len(wrapped.data) == len(command.data) + 4
    assert CommandAPDU.parse(bytes(wrapped)) == wrapped
    assert unwrap(wrapped, TDES_SUITE, key, challenge) == command


def test_the_mac_is_its_definition() -> None:
    session = DES3.new(MASTER, DES3.MODE_ECB).encrypt(CHALLENGE + bytes(4))
    text = bytes.fromhex("04DC012C07 010203 8000000000000000")
    assert len(text) == 16
    mac = DES.new(session, DES.MODE_CBC, bytes(8)).encrypt(text)[-8:-4]
    command = CommandAPDU(0x00, 0xDC, 0x01, 0x2C, b"\1\2\3")
    wrapped = wrap(command, TDES_SUITE, TDES(MASTER), CHALLENGE)
    assert bytes(wrapped) == bytes.fromhex("04DC012C07010203") + mac


def test_a_command_without_data_carries_the_mac_alone() -> None:
    wrapped = wrap(CommandAPDU(0x84, 0x1E, 0x00, 0x01), TDES_SUITE, DES8(STK), CHALLENGE)
    assert bytes(wrapped)[:5].hex().upper() == "841E000104"
    assert len(bytes(wrapped)) == 9


@given(commands, st.integers(0, 10_000))
def test_any_changed_bit_is_seen(command: CommandAPDU, at: int) -> None:
    wrapped = wrap(command, TDES_SUITE, TDES(MASTER), CHALLENGE)
    changed = bytearray(wrapped.data)
    changed[at % len(changed)] ^= 1 << at % 8
    for forged in (
        replace(wrapped, data=bytes(changed)),
        replace(wrapped, p1=wrapped.p1 ^ 1),
        replace(wrapped, p2=wrapped.p2 ^ 0x80),
        replace(wrapped, ins=wrapped.ins ^ 2),
        replace(wrapped, cla=wrapped.cla ^ 0x80),
    ):
        with pytest.raises(StatusError) as caught:
            unwrap(forged, TDES_SUITE, TDES(MASTER), CHALLENGE)
        assert caught.value.sw is StatusWord.MAC_WRONG


def test_another_challenge_or_key_is_a_wrong_mac() -> None:
    wrapped = wrap(CommandAPDU(0, 0xD6, data=b"x"), TDES_SUITE, TDES(MASTER), CHALLENGE)
    for key, challenge in ((TDES(MASTER), CHALLENGE[::-1]), (DES8(STK), CHALLENGE)):
        with pytest.raises(StatusError, match="MAC_WRONG"):
            unwrap(wrapped, TDES_SUITE, key, challenge)


@pytest.mark.parametrize(
    "command",
    [
        CommandAPDU(0x04, 0xDC, 1, 4),
        CommandAPDU(0x04, 0xDC, 1, 4, b"123"),
        CommandAPDU(0x00, 0xDC, 1, 4, b"12345678"),
    ],
)
def test_a_missing_mac(command: CommandAPDU) -> None:
    with pytest.raises(StatusError) as caught:
        unwrap(command, TDES_SUITE, TDES(MASTER), CHALLENGE)
    assert caught.value.sw is StatusWord.MAC_MISSING


def test_only_what_fits_a_short_command() -> None:
    with pytest.raises(ValueError, match="251"):
        wrap(CommandAPDU(0, 0xD6, data=bytes(252)), TDES_SUITE, TDES(MASTER), CHALLENGE)


def test_authentication_is_two_encipherments() -> None:
    session = DES3.new(MASTER, DES3.MODE_ECB).encrypt(CHALLENGE * 2)
    expected = DES.new(session, DES.MODE_ECB).encrypt(b"original")
    assert authenticate(TDES_SUITE, TDES(MASTER), CHALLENGE * 2, b"original") == expected


@given(commands.filter(lambda command: 1 <= len(command.data) <= 239), keys, challenges)
def test_enciphered_data_comes_back_and_is_under_the_session_key(
    command: CommandAPDU, key: SecretKey, challenge: bytes
) -> None:
    wrapped = wrap_enciphered(command, TDES_SUITE, key, challenge)
    session = TDES_SUITE.session_key(key, challenge)
    plain = DES.new(session.reveal(), DES.MODE_ECB).decrypt(wrapped.data[:-4])
    assert plain[: 1 + len(command.data)] == bytes((len(command.data),)) + command.data
    assert unwrap_enciphered(wrapped, TDES_SUITE, key, challenge) == command


def test_a_right_mac_over_a_wrong_cipher_text_is_wrong_data() -> None:
    wrapped = wrap(CommandAPDU(0x80, 0xD4, data=bytes(5)), TDES_SUITE, TDES(MASTER), CHALLENGE)
    with pytest.raises(StatusError) as refused:
        unwrap_enciphered(wrapped, TDES_SUITE, TDES(MASTER), CHALLENGE)
    assert refused.value.sw == StatusWord.WRONG_DATA

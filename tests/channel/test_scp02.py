"""SCP02 against published sessions, and host against card."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu.command import CommandAPDU
from sscard.apdu.cps import encode_dgi, initialize_update, store_data
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel import (
    InitializeUpdateResponse,
    Scp02Card,
    Scp02Host,
    Scp02Identity,
    SecurityLevel,
)
from sscard.errors import MalformedData, NotVerified
from sscard.keys import TDES, CardKeys, Pin, SessionKeys, cps

DOCUMENT = tomllib.loads(
    (Path(__file__).parents[1] / "vectors/cps-session.toml").read_text("utf-8")
)
ZERO, S = DOCUMENT["zero"], DOCUMENT["complete"]
HOST_CHALLENGE = bytes.fromhex(S["host_challenge"])

commands = st.builds(
    CommandAPDU,
    cla=st.just(0x80),
    ins=st.just(0xE2),
    p1=st.sampled_from([0x00, 0x60, 0x80]),
    p2=st.integers(0, 255),
    data=st.binary(max_size=239),
    ne=st.sampled_from([0, 256]),
)


def card() -> Scp02Card:
    """The card of session S, after INITIALIZE UPDATE."""
    keys = cps.card_keys(TDES(bytes.fromhex(S["kmc"])), bytes.fromhex(S["keydata"]))
    identity = Scp02Identity(keys, bytes.fromhex(S["keydata"]), S["key_version"])
    sequence, challenge = bytes.fromhex(S["sequence"]), bytes.fromhex(S["card_challenge"])
    return Scp02Card(identity, sequence, HOST_CHALLENGE, challenge)


def host() -> Scp02Host:
    """The host of session S."""
    response = InitializeUpdateResponse.parse(bytes.fromhex(S["response"]))
    keys = cps.card_keys(TDES(bytes.fromhex(S["kmc"])), response.keydata)
    session = cps.session_keys(keys, response.sequence)
    return Scp02Host.open(session, HOST_CHALLENGE, response)


def both(level: SecurityLevel) -> tuple[Scp02Host, Scp02Card]:
    """An open channel."""
    ours, theirs = host(), card()
    theirs.external_authenticate(ours.external_authenticate(level))
    return ours, theirs


def refusal(work: Any, *arguments: Any) -> StatusWord:
    with pytest.raises(StatusError) as caught:
        work(*arguments)
    return caught.value.sw


def test_the_vectors_have_a_source() -> None:
    assert DOCUMENT["source"]


def test_published_session_with_zero_keys() -> None:
    zero = TDES(bytes(16))
    response = InitializeUpdateResponse.parse(bytes.fromhex(ZERO["response"]))
    keys = cps.session_keys(CardKeys(zero, zero, zero), response.sequence)
    assert keys.enc == TDES(bytes.fromhex(ZERO["enc"]))
    assert keys.mac == TDES(bytes.fromhex(ZERO["mac"]))
    channel = Scp02Host.open(keys, bytes.fromhex(ZERO["host_challenge"]), response)
    command = channel.external_authenticate(SecurityLevel.NONE)  # its MAC happens to end in 00
    assert bytes(command).hex().upper() == ZERO["external_authenticate"]


def test_complete_session_answer_of_the_card() -> None:
    response = card().response
    assert bytes(response).hex().upper() == S["response"]
    assert InitializeUpdateResponse.parse(bytes(response)) == response
    assert bytes(initialize_update(HOST_CHALLENGE)) == (
        bytes.fromhex("8050000008") + HOST_CHALLENGE + b"\0"
    )


@pytest.mark.parametrize("row", S["external_authenticate"], ids=lambda row: f"level {row['level']}")
def test_complete_session_external_authenticate(row: dict[str, Any]) -> None:
    command = host().external_authenticate(SecurityLevel(row["level"]))
    assert bytes(command).hex().upper() == row["command"]
    chip = card()
    assert chip.level is None
    chip.external_authenticate(command)
    assert chip.level is SecurityLevel(row["level"])


def test_complete_session_store_data() -> None:
    channel, chip = both(SecurityLevel.C_MAC)
    for block, row in enumerate(S["store_data"]):
        value, secret = bytes.fromhex(row["value"]), row.get("encrypted", False)
        sent = channel.encipher(value) if secret else value
        dgi = encode_dgi(row["dgi"], sent)
        plain = store_data(dgi, block, last=row.get("last", False), encrypted=secret)
        wrapped = channel.wrap(plain)
        assert bytes(wrapped).hex().upper() == row["command"]
        assert chip.unwrap(wrapped) == plain
        assert (chip.decipher(sent) if secret else sent) == value


def test_complete_session_pin() -> None:
    block = host().encipher(Pin(S["pin"]["digits"]).block())
    assert encode_dgi(0x8010, block).hex().upper() == S["pin"]["dgi"]
    assert card().decipher(block) == Pin(S["pin"]["digits"]).block()


@given(st.lists(commands, max_size=4), st.sampled_from(SecurityLevel))
def test_the_card_gets_what_the_host_sent(sent: list[CommandAPDU], level: SecurityLevel) -> None:
    channel, chip = both(level)
    for command in sent:
        wrapped = channel.wrap(command)
        assert CommandAPDU.parse(bytes(wrapped)) == wrapped
        assert (wrapped == command) == (level is SecurityLevel.NONE)
        assert chip.unwrap(wrapped) == command


def test_enciphered_commands_hide_their_data() -> None:
    channel, chip = both(SecurityLevel.C_MAC_C_ENC)
    wrapped = channel.wrap(store_data(b"sixteen bytes ..", 0))
    assert len(wrapped.data) == 24 + 8
    assert b"sixteen" not in wrapped.data
    assert chip.unwrap(wrapped).data == b"sixteen bytes .."


@pytest.mark.parametrize("level", [SecurityLevel.C_MAC, SecurityLevel.C_MAC_C_ENC])
@pytest.mark.parametrize("at", [0, 3, -9, -1])
def test_a_changed_byte_ends_the_session(level: SecurityLevel, at: int) -> None:
    channel, chip = both(level)
    wrapped = channel.wrap(store_data(b"some data of a DGI", 0))
    data = bytearray(wrapped.data)
    data[at] ^= 1
    assert refusal(chip.unwrap, replace(wrapped, data=bytes(data))) is StatusWord.MAC_WRONG
    assert chip.level is None
    assert refusal(chip.unwrap, wrapped) is StatusWord.CONDITIONS_NOT_SATISFIED


def test_a_repeated_command_is_not_taken_twice() -> None:
    channel, chip = both(SecurityLevel.C_MAC)
    wrapped = channel.wrap(store_data(b"once", 0))
    chip.unwrap(wrapped)
    assert refusal(chip.unwrap, wrapped) is StatusWord.MAC_WRONG


def test_a_plain_command_in_a_protected_session() -> None:
    for bad in (store_data(b"12345678", 0), CommandAPDU(0x84, 0xE2, data=b"1234567")):
        chip = both(SecurityLevel.C_MAC)[1]
        assert refusal(chip.unwrap, bad) is StatusWord.MAC_MISSING
        assert refusal(chip.unwrap, bad) is StatusWord.CONDITIONS_NOT_SATISFIED


def test_a_protected_command_in_a_plain_session() -> None:
    chip = both(SecurityLevel.NONE)[1]
    bad = CommandAPDU(0x84, 0xE2, data=bytes(16))
    assert refusal(chip.unwrap, bad) is StatusWord.CLA_NOT_SUPPORTED


def test_nothing_before_external_authenticate() -> None:
    assert refusal(card().unwrap, store_data(b"x", 0)) is StatusWord.CONDITIONS_NOT_SATISFIED


@pytest.mark.parametrize(
    ("at", "sw"), [(0, StatusWord.AUTHENTICATION_FAILED), (8, StatusWord.MAC_WRONG)]
)
def test_a_wrong_proof_of_the_host(at: int, sw: StatusWord) -> None:
    chip, command = card(), host().external_authenticate()
    data = bytearray(command.data)
    data[at] ^= 1
    assert refusal(chip.external_authenticate, replace(command, data=bytes(data))) is sw
    again = refusal(chip.external_authenticate, command)
    assert again is StatusWord.CONDITIONS_NOT_SATISFIED
    assert chip.level is None


def test_malformed_external_authenticate() -> None:
    command = host().external_authenticate()
    chip = card()
    for change, sw in (
        ({"p1": 2}, StatusWord.WRONG_P1P2),
        ({"p2": 1}, StatusWord.WRONG_P1P2),
        ({"data": command.data[:-1]}, StatusWord.WRONG_LENGTH),
        ({"p1": 3}, StatusWord.MAC_WRONG),
    ):
        assert refusal(chip.external_authenticate, replace(command, **change)) is sw


def test_a_second_external_authenticate() -> None:
    channel, chip = both(SecurityLevel.C_MAC)
    command = channel.external_authenticate()
    assert refusal(chip.external_authenticate, command) is StatusWord.CONDITIONS_NOT_SATISFIED


def test_a_card_with_other_keys() -> None:
    zero = TDES(bytes(16))
    with pytest.raises(NotVerified, match="cryptogram"):
        Scp02Host.open(SessionKeys(zero, zero, zero, zero), HOST_CHALLENGE, card().response)


def test_a_card_with_another_protocol() -> None:
    keys = cps.session_keys(cps.card_keys(TDES(bytes(16)), bytes(10)), bytes(2))
    with pytest.raises(MalformedData, match="SCP01"):
        Scp02Host.open(keys, HOST_CHALLENGE, replace(card().response, protocol=1))


@pytest.mark.parametrize(
    ("level", "most"), [(SecurityLevel.C_MAC, 247), (SecurityLevel.C_MAC_C_ENC, 239)]
)
def test_what_fits_a_command(level: SecurityLevel, most: int) -> None:
    channel, chip = both(level)
    with pytest.raises(ValueError, match="too long"):
        channel.wrap(store_data(bytes(most + 1), 0))
    assert chip.unwrap(channel.wrap(store_data(bytes(most), 0))).data == bytes(most)


def test_secret_values_are_whole_blocks() -> None:
    assert refusal(card().decipher, b"1234567") is StatusWord.WRONG_DATA
    with pytest.raises(ValueError, match="whole blocks"):
        host().encipher(b"1234567")


def test_enciphered_data_that_is_not_whole_blocks() -> None:
    chip = both(SecurityLevel.C_MAC_C_ENC)[1]
    bad = CommandAPDU(0x84, 0xE2, data=bytes(15))
    assert refusal(chip.unwrap, bad) is StatusWord.MAC_WRONG


@given(st.binary(max_size=60), st.sampled_from(SecurityLevel), st.integers(0, 255))
def test_any_command_is_taken_or_refused(data: bytes, level: SecurityLevel, cla: int) -> None:
    chip = both(level)[1]
    command = CommandAPDU(cla, 0xE2, data=data)
    with suppress(StatusError):
        assert chip.unwrap(command) == command
        assert level is SecurityLevel.NONE


@given(st.binary(min_size=26, max_size=30))
def test_any_answer_parses_or_is_malformed(raw: bytes) -> None:
    with suppress(MalformedData):
        assert bytes(InitializeUpdateResponse.parse(raw)) == raw
        assert len(raw) == 28


def test_lengths_of_the_answer_and_the_challenges() -> None:
    with pytest.raises(ValueError, match="10, 2, 6, 8"):
        InitializeUpdateResponse(bytes(9), 1, 2, bytes(2), bytes(6), bytes(8))
    keys = cps.session_keys(cps.card_keys(TDES(bytes(16)), bytes(10)), bytes(2))
    with pytest.raises(ValueError, match="8, 2 and 6"):
        Scp02Host.open(keys, bytes(7), card().response)

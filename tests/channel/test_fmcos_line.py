"""Line protection of FMCOS: published vectors, host against card, and pycryptodome."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from Crypto.Cipher import DES, DES3
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel.fmcos import Line, authentication_data, mac, padded
from sscard.errors import MalformedData
from sscard.keys import TDES_SUITE

DOCUMENT = tomllib.loads((Path(__file__).parents[1] / "vectors" / "fmcos.toml").read_text())
LONG, SHORT = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"), bytes.fromhex("133457799BBCDFF1")

keys = st.sampled_from([LONG, SHORT]).map(TDES_SUITE.key)
challenges = st.binary(min_size=4, max_size=4) | st.binary(min_size=8, max_size=8)
lines = st.builds(Line, keys, challenges, enciphered=st.booleans(), with_mac=st.booleans())
commands = st.builds(
    CommandAPDU,
    cla=st.sampled_from([0x00, 0x80]),
    ins=st.sampled_from([0xB0, 0xD6, 0xDC, 0xD4]),
    p1=st.integers(0, 255),
    p2=st.integers(0, 255),
    data=st.binary(max_size=239),
    ne=st.sampled_from([0, 8, 256]),
)


def vectors(name: str) -> list[Any]:
    assert DOCUMENT["source"]
    return [pytest.param(vector, id=vector["name"]) for vector in DOCUMENT[name]]


def key(vector: dict[str, str], name: str = "key") -> Any:
    return TDES_SUITE.key(bytes.fromhex(vector[name]))


@pytest.mark.parametrize("vector", vectors("authentication"))
def test_external_authentication(vector: dict[str, str]) -> None:
    proof = authentication_data(key(vector), bytes.fromhex(vector["challenge"]))
    assert proof == bytes.fromhex(vector["data"])


@pytest.mark.parametrize("vector", vectors("write_key"))
def test_keys_travel_enciphered_and_with_a_mac(vector: dict[str, str]) -> None:
    line = Line(key(vector, "master"), bytes.fromhex(vector["challenge"]), enciphered=True)
    plain = CommandAPDU.parse(bytes.fromhex(vector["plain"]))
    assert bytes(line.wrap(plain)) == bytes.fromhex(vector["command"])
    assert line.unwrap(CommandAPDU.parse(bytes.fromhex(vector["command"]))) == plain


@pytest.mark.parametrize("vector", vectors("write") + vectors("read"))
def test_files_are_written_and_read_with_a_mac(vector: dict[str, str]) -> None:
    line = Line(key(vector), bytes.fromhex(vector["challenge"]))
    plain = CommandAPDU.parse(bytes.fromhex(vector["plain"]))
    assert bytes(line.wrap(plain)) == bytes.fromhex(vector["command"])
    assert line.unwrap(line.wrap(plain)) == plain
    if "answer" in vector:
        assert line.wrap_answer(bytes.fromhex(vector["data"])).hex().upper() == vector["answer"]
        assert line.unwrap_answer(bytes.fromhex(vector["answer"])).hex() == vector["data"].lower()


@given(st.binary(max_size=60), challenges)
def test_the_mac_is_its_definition(message: bytes, challenge: bytes) -> None:
    text = message + b"\x80" + bytes(-(len(message) + 1) % 8)
    initial = challenge.ljust(8, b"\0")
    single = DES.new(SHORT, DES.MODE_CBC, initial).encrypt(text)[-8:]
    assert mac(TDES_SUITE.key(SHORT), message, padded(challenge)) == single[:4]
    chain = DES.new(LONG[:8], DES.MODE_CBC, initial).encrypt(text)[-8:]
    back = DES.new(LONG[8:], DES.MODE_ECB).decrypt(chain)
    retail = DES.new(LONG[:8], DES.MODE_ECB).encrypt(back)
    assert mac(TDES_SUITE.key(LONG), message, padded(challenge)) == retail[:4]


def test_the_key_enciphers_directly() -> None:
    line = Line(TDES_SUITE.key(LONG), b"1234", enciphered=True, with_mac=False)
    text = b"\x05HELLO\x80\x00"
    expected = DES3.new(LONG, DES3.MODE_ECB).encrypt(text)
    assert line.wrap(CommandAPDU(0, 0xD6, data=b"HELLO")).data == expected


@given(commands, lines)
def test_the_card_gets_what_the_host_sent(command: CommandAPDU, line: Line) -> None:
    wrapped = line.wrap(command)
    assert wrapped.cla == command.cla | 4
    assert line.unwrap(CommandAPDU.parse(bytes(wrapped))) == command


@given(st.binary(min_size=1, max_size=239), lines)
def test_the_host_gets_what_the_card_sent(data: bytes, line: Line) -> None:
    assert line.unwrap_answer(line.wrap_answer(data)) == data


@given(commands, st.integers(0, 10_000))
def test_any_changed_bit_is_seen(command: CommandAPDU, at: int) -> None:
    line = Line(TDES_SUITE.key(LONG), b"1234", enciphered=True)
    wrapped = line.wrap(command)
    changed = bytearray(wrapped.data)
    changed[at % len(changed)] ^= 1 << at % 8
    for forged in (
        replace(wrapped, data=bytes(changed)),
        replace(wrapped, p1=wrapped.p1 ^ 1),
        replace(wrapped, ins=wrapped.ins ^ 2),
        replace(wrapped, cla=wrapped.cla ^ 0x80),
    ):
        with pytest.raises(StatusError) as caught:
            line.unwrap(forged)
        assert caught.value.sw is StatusWord.MAC_WRONG


@pytest.mark.parametrize("answer", [b"", b"123", b"1234", bytes(12)])
def test_an_answer_without_a_right_mac(answer: bytes) -> None:
    with pytest.raises(MalformedData):
        Line(TDES_SUITE.key(LONG), b"1234").unwrap_answer(answer)


def test_wrong_cipher_text_without_a_mac() -> None:
    line = Line(TDES_SUITE.key(LONG), b"1234", enciphered=True, with_mac=False)
    with pytest.raises(StatusError, match="MAC_WRONG"):
        line.unwrap(CommandAPDU(0x04, 0xD6, data=bytes(7)))


@pytest.mark.parametrize("command", [CommandAPDU(4, 0xD6), CommandAPDU(0, 0xD6, data=bytes(8))])
def test_a_missing_mac(command: CommandAPDU) -> None:
    with pytest.raises(StatusError, match="MAC_MISSING"):
        Line(TDES_SUITE.key(LONG), b"1234").unwrap(command)


@pytest.mark.parametrize("challenge", [b"", b"123", bytes(16)])
def test_challenges_have_4_or_8_bytes(challenge: bytes) -> None:
    with pytest.raises(ValueError, match="4 or 8"):
        authentication_data(TDES_SUITE.key(LONG), challenge)


def test_only_what_fits_a_short_command() -> None:
    with pytest.raises(ValueError, match="255"):
        Line(TDES_SUITE.key(LONG), b"1234").wrap(CommandAPDU(0, 0xD6, data=bytes(252)))

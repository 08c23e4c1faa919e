"""Command APDUs: vectors, round trip, any bytes."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu.command import CommandAPDU
from sscard.errors import MalformedData

VECTORS = tomllib.loads((Path(__file__).parents[1] / "vectors/apdu.toml").read_text("utf-8"))

octets = st.integers(0, 0xFF)
commands = st.builds(
    CommandAPDU,
    octets,
    octets,
    octets,
    octets,
    st.binary(max_size=300) | st.integers(0, 0xFFFF).map(bytes),
    st.integers(0, 0x10000) | st.sampled_from([0, 1, 255, 256, 257, 65535, 65536]),
)


@pytest.mark.parametrize("vector", VECTORS["command"], ids=lambda each: each["source"])
def test_vectors(vector: dict[str, Any]) -> None:
    wanted = CommandAPDU(
        vector.get("cla", 0),
        vector["ins"],
        vector.get("p1", 0),
        vector.get("p2", 0),
        bytes.fromhex(vector.get("data", "")),
        vector.get("ne", 0),
    )
    assert CommandAPDU.parse(bytes.fromhex(vector["hex"])) == wanted
    assert bytes(wanted).hex().upper() == vector.get("written", vector["hex"])


@pytest.mark.parametrize("vector", VECTORS["malformed"], ids=lambda each: each["source"])
def test_what_is_no_command(vector: dict[str, Any]) -> None:
    with pytest.raises(MalformedData):
        CommandAPDU.parse(bytes.fromhex(vector["hex"]))


@given(commands)
def test_round_trip(command: CommandAPDU) -> None:
    assert CommandAPDU.parse(bytes(command)) == command


@given(st.binary(max_size=40))
def test_any_bytes_parse_or_are_malformed(raw: bytes) -> None:
    with suppress(MalformedData):
        command = CommandAPDU.parse(raw)
        assert CommandAPDU.parse(bytes(command)) == command


@pytest.mark.parametrize("place", ["cla", "ins", "p1", "p2"])
@pytest.mark.parametrize("value", [-1, 0x100])
def test_header_bytes_are_bytes(place: str, value: int) -> None:
    with pytest.raises(ValueError, match="single bytes"):
        CommandAPDU(**{"cla": 0, "ins": 0xA4, place: value})


@pytest.mark.parametrize("wrong", [{"data": bytes(0x10000)}, {"ne": -1}, {"ne": 0x10001}])
def test_what_no_length_field_can_say(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="longer"):
        CommandAPDU(0, 0xD6, **wrong)


@pytest.mark.parametrize(
    ("size", "ne", "extended"),
    [(255, 256, False), (256, 0, True), (0, 257, True), (0, 0, False)],
)
def test_two_byte_lengths_only_where_needed(size: int, ne: int, extended: bool) -> None:
    assert CommandAPDU(0, 0xD6, data=bytes(size), ne=ne).extended is extended


def test_the_data_is_not_shown() -> None:
    assert "123456" not in repr(CommandAPDU(0, 0x20, data=b"123456"))

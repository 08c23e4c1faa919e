"""CPS builders and DGIs."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu import cps
from sscard.errors import MalformedData

dgis = st.tuples(st.integers(0, 0xFFFF), st.binary(max_size=600))


def test_initialize_update() -> None:
    command = cps.initialize_update(bytes(range(8)), key_version=3)
    assert bytes(command).hex() == "8050030008000102030405060700"
    with pytest.raises(ValueError, match="8 bytes"):
        cps.initialize_update(bytes(7))


@pytest.mark.parametrize(
    ("last", "encrypted", "p1"),
    [(False, False, "00"), (True, False, "80"), (False, True, "60"), (True, True, "e0")],
)
def test_store_data(last: bool, encrypted: bool, p1: str) -> None:
    command = cps.store_data(b"\x90\x10\x02\x03\x03", 5, last=last, encrypted=encrypted)
    assert bytes(command).hex() == f"80e2{p1}05059010020303"


def test_block_numbers_wrap() -> None:
    assert cps.store_data(b"", 256).p2 == 0


@pytest.mark.parametrize(
    ("length", "field"), [(0, "00"), (0xFE, "fe"), (0xFF, "ff00ff"), (0x1AF, "ff01af")]
)
def test_lengths(length: int, field: str) -> None:
    encoded = cps.encode_dgi(0x9104, bytes(length))
    assert encoded == bytes.fromhex("9104" + field) + bytes(length)
    assert list(cps.parse_dgis(encoded)) == [(0x9104, bytes(length))]


def test_what_is_no_dgi() -> None:
    with pytest.raises(ValueError, match="65535"):
        cps.encode_dgi(0x10000, b"")
    with pytest.raises(ValueError, match="65535"):
        cps.encode_dgi(1, bytes(0x10000))


@given(st.lists(dgis, max_size=4))
def test_round_trip(groups: list[tuple[int, bytes]]) -> None:
    raw = b"".join(cps.encode_dgi(*group) for group in groups)
    assert list(cps.parse_dgis(raw)) == groups
    assert cps.missing(raw) == 0


@given(st.one_of(st.binary(max_size=40), st.binary(max_size=20).map(b"\x91\x02\xff".__add__)))
def test_any_bytes_parse_or_are_malformed(raw: bytes) -> None:
    whole = cps.missing(raw) == 0
    with suppress(MalformedData):
        assert all(value in raw for _, value in cps.parse_dgis(raw))
        assert whole
        return
    assert not whole


@given(dgis, st.integers(0, 700))
def test_missing_never_asks_for_too_much(group: tuple[int, bytes], cut: int) -> None:
    raw = cps.encode_dgi(*group)
    part = raw[: min(cut, len(raw))]
    if part and part != raw:
        assert 0 < cps.missing(part) <= len(raw) - len(part)


def test_a_short_dgi_is_named_by_its_place() -> None:
    with pytest.raises(MalformedData, match="offset 4"):
        list(cps.parse_dgis(bytes.fromhex("01010100 01020500")))


@given(st.lists(st.tuples(dgis, st.booleans()), min_size=1, max_size=3), st.integers(1, 239))
def test_store_data_commands(groups: list[tuple[tuple[int, bytes], bool]], chunk: int) -> None:
    encoded = [(cps.encode_dgi(*dgi), secret) for dgi, secret in groups]
    commands = list(cps.store_data_commands(encoded, cps.Packing(chunk)))
    assert [c.p2 for c in commands] == [number & 0xFF for number in range(len(commands))]
    assert [bool(c.p1 & 0x80) for c in commands] == [False] * (len(commands) - 1) + [True]
    assert all(0 < len(c.data) <= chunk for c in commands)

    received, taken = b"", []
    for command in commands:
        received += command.data
        if not cps.missing(received):
            taken += [(dgi, bool(command.p1 & 0x60)) for dgi in cps.parse_dgis(received)]
            received = b""
    assert taken == groups


def test_nothing_to_store() -> None:
    assert list(cps.store_data_commands([])) == []

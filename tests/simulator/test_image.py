"""Card images: round trip; whatever is damaged is found out."""

from __future__ import annotations

import hashlib
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.image import VERSION, Image
from sscard.errors import MalformedData

CELLS = bytes(range(256)) * 4 + bytes(1024)
WEAR = (0, 1, 0xFFFFFFFF, *range(29))
IMAGE = Image("gen2-32k", CELLS, WEAR)
RAW = bytes(IMAGE)
#: Bytes before the body.
HEAD = 8 + 2 + 4 + 32
MEMORY = CELLS + b"".join(count.to_bytes(4, "big") for count in WEAR)


def signed(body: bytes, version: int = VERSION) -> bytes:
    """A frame whose length and checksum are right, whatever the body is."""
    frame = b"SSCCARD\0" + version.to_bytes(2, "big")
    length = len(body).to_bytes(4, "big") if version != 2 else b""
    return frame + length + hashlib.sha256(body).digest() + body


def body(memory: bytes, size: int, pages: int = 0, chip: bytes = b"gen2-32k") -> bytes:
    sizes = size.to_bytes(4, "big") + pages.to_bytes(4, "big")
    return len(chip).to_bytes(2, "big") + chip + sizes + memory


@given(
    st.text(max_size=20).filter(lambda text: text.isprintable()),
    st.binary(max_size=3000),
    st.lists(st.integers(0, 0xFFFFFFFF), max_size=50).map(tuple),
)
def test_round_trip(chip: str, cells: bytes, wear: tuple[int, ...]) -> None:
    image = Image(chip, cells, wear)
    assert Image.parse(bytes(image)) == image


def test_the_layout_is_what_this_test_thinks() -> None:
    assert signed(body(zlib.compress(MEMORY, 1), len(CELLS), len(WEAR))) == RAW


@pytest.mark.parametrize("mask", [0x01, 0x5F, 0x80, 0xFF])
def test_any_flipped_byte_is_found_out(mask: int) -> None:
    for at in range(len(RAW)):
        damaged = bytearray(RAW)
        damaged[at] ^= mask
        with pytest.raises(MalformedData):
            Image.parse(bytes(damaged))


def test_a_shorter_or_longer_file_is_found_out() -> None:
    whole = len(RAW) - HEAD
    for size in range(len(RAW)):
        there = f"has {size - HEAD} bytes of {whole}" if size >= HEAD else "only the beginning"
        with pytest.raises(MalformedData, match=there):
            Image.parse(RAW[:size])
    with pytest.raises(MalformedData, match=f"has {whole + 1} bytes of {whole}"):
        Image.parse(RAW + b"\0")


def test_an_image_of_the_version_before_is_read() -> None:
    older = signed(RAW[HEAD:], version=2)
    assert Image.parse(older) == IMAGE
    for size in range(len(older)):
        with pytest.raises(MalformedData):
            Image.parse(older[:size])


@given(st.integers(0, len(RAW) - 1), st.binary(min_size=1, max_size=8))
def test_overwritten_bytes_are_found_out(at: int, other: bytes) -> None:
    damaged = (RAW[:at] + other + RAW[at + len(other) :])[: len(RAW)]
    if damaged == RAW:
        return
    with pytest.raises(MalformedData):
        Image.parse(damaged)


@given(st.binary(max_size=100) | st.binary(max_size=60).map(signed))
def test_any_bytes_parse_or_are_malformed(raw: bytes) -> None:
    with suppress(MalformedData):
        Image.parse(raw)


@pytest.mark.parametrize("version", [0, 1, VERSION + 1, 0xFFFF])
def test_another_version_is_named(version: int) -> None:
    with pytest.raises(MalformedData, match=f"version {version}; this is for {VERSION}"):
        Image.parse(signed(b"laid out as nobody knows", version))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (body(zlib.compress(CELLS), len(CELLS) - 1), "another size"),
        (body(zlib.compress(CELLS), len(CELLS) + 1), "another size"),
        (body(zlib.compress(CELLS)[:-4], len(CELLS)), "another size"),
        (body(zlib.compress(CELLS) + b"\0", len(CELLS)), "another size"),
        (body(b"no stream", 9), "cannot be read"),
        (body(zlib.compress(bytes(1 << 23)), 1 << 23), "larger than any chip"),
        (body(zlib.compress(bytes(1 << 26)), 64), "another size"),
        (body(zlib.compress(MEMORY), len(CELLS), len(WEAR) - 1), "another size"),
        (body(zlib.compress(MEMORY), len(CELLS), 0xFFFFFFFF), "larger than any chip"),
        (body(zlib.compress(b""), 0, chip=b"\xff\xfe"), "not a card image"),
        (b"\0", "not a card image"),
    ],
)
def test_a_right_checksum_is_not_enough(content: bytes, message: str) -> None:
    with pytest.raises(MalformedData, match=message):
        Image.parse(signed(content))


def test_the_memory_is_not_shown() -> None:
    assert "x00" not in repr(IMAGE)
    assert "cells" not in repr(IMAGE)

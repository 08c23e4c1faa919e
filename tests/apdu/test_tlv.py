"""BER-TLV: vectors, round trip, any bytes."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu import tlv
from sscard.errors import MalformedData

VECTORS = tomllib.loads((Path(__file__).parents[1] / "vectors/tlv.toml").read_text("utf-8"))

tags = (
    st.integers(1, 0xFF).filter(lambda tag: tag & 0x1F != 0x1F)
    | st.builds(
        lambda first, last: (first | 0x1F) << 8 | last, st.integers(0, 0xFF), st.integers(0, 0x7F)
    )
    | st.builds(
        lambda first, middle, last: (first | 0x1F) << 16 | (middle | 0x80) << 8 | last,
        st.integers(0, 0xFF),
        st.integers(0, 0xFF),
        st.integers(0, 0x7F),
    )
)
values = st.binary(max_size=300) | st.sampled_from([127, 128, 255, 256, 65535]).map(bytes)


@pytest.mark.parametrize("vector", VECTORS["ber"], ids=lambda each: each["source"])
def test_vectors(vector: dict[str, Any]) -> None:
    value = tlv.find(bytes.fromhex(vector["hex"]), *vector["path"])
    assert value == (bytes.fromhex(vector["value"]) if "value" in vector else None)


@pytest.mark.parametrize("vector", VECTORS["no_ber"], ids=lambda each: each["source"])
def test_what_is_no_object(vector: dict[str, Any]) -> None:
    with pytest.raises(MalformedData):
        list(tlv.parse(bytes.fromhex(vector["hex"])))


@pytest.mark.parametrize("vector", VECTORS["no_tag"], ids=lambda each: each["source"])
def test_what_is_no_tag(vector: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="tag"):
        tlv.encode(vector["tag"], b"")


@given(st.lists(st.tuples(tags, values), max_size=4))
def test_round_trip(objects: list[tuple[int, bytes]]) -> None:
    raw = b"".join(tlv.encode(tag, value) for tag, value in objects)
    assert list(tlv.parse(raw)) == objects


@given(st.integers(0, 0x1FFFFFF), st.binary(max_size=3))
def test_whatever_can_be_written_can_be_read(tag: int, value: bytes) -> None:
    with suppress(ValueError):
        assert list(tlv.parse(tlv.encode(tag, value))) == [(tag, value)]


@given(st.binary(max_size=40))
def test_any_bytes_parse_or_are_malformed(raw: bytes) -> None:
    with suppress(MalformedData):
        assert sum(len(value) for _, value in tlv.parse(raw)) <= len(raw)


@given(st.binary(max_size=40), st.lists(tags, max_size=3))
def test_find_in_any_bytes(raw: bytes, path: list[int]) -> None:
    with suppress(MalformedData):
        tlv.find(raw, *path)


@pytest.mark.parametrize(
    ("count", "written"), [(0x7F, "7F"), (0x80, "8180"), (0xFF, "81FF"), (0x100, "820100")]
)
def test_lengths_are_short(count: int, written: str) -> None:
    assert tlv.length(count).hex().upper() == written


def test_the_longest() -> None:
    with pytest.raises(ValueError, match="65535"):
        tlv.encode(0x70, bytes(0x10000))

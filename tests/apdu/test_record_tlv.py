"""The one-byte TLV of records: vectors, round trip, any bytes."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu import record_tlv
from sscard.errors import MalformedData

VECTORS = tomllib.loads((Path(__file__).parents[1] / "vectors/tlv.toml").read_text("utf-8"))


@pytest.mark.parametrize("vector", VECTORS["records"], ids=lambda each: each["source"])
def test_vectors(vector: dict[str, Any]) -> None:
    raw = bytes.fromhex(vector["hex"])
    raw = raw[: len(raw) - vector["cut"]]
    items = [(tag, bytes.fromhex(value)) for tag, value in vector["items"]]
    assert list(record_tlv.parse(raw)) == items
    assert b"".join(record_tlv.encode(tag, value) for tag, value in items) == raw


@pytest.mark.parametrize("vector", VECTORS["no_records"], ids=lambda each: each["source"])
def test_what_is_no_record(vector: dict[str, Any]) -> None:
    with pytest.raises(MalformedData):
        list(record_tlv.parse(bytes.fromhex(vector["hex"])))


@given(st.lists(st.tuples(st.integers(0, 0xFF), st.binary(max_size=0xFF)), max_size=5))
def test_round_trip(items: list[tuple[int, bytes]]) -> None:
    raw = b"".join(record_tlv.encode(tag, value) for tag, value in items)
    assert list(record_tlv.parse(raw)) == items


@given(st.binary(max_size=40))
def test_any_bytes_parse_or_are_malformed(raw: bytes) -> None:
    with suppress(MalformedData):
        items = list(record_tlv.parse(raw))
        assert b"".join(record_tlv.encode(tag, value) for tag, value in items) == raw


@pytest.mark.parametrize(("tag", "size"), [(-1, 0), (0x100, 0), (1, 0x100)])
def test_one_byte_each(tag: int, size: int) -> None:
    with pytest.raises(ValueError, match="one byte"):
        record_tlv.encode(tag, bytes(size))

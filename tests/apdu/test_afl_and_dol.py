"""Application file locators and data object lists."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu import afl, dol
from sscard.apdu.dgi import DGI, record
from sscard.errors import MalformedData

DOCUMENT = tomllib.loads(
    (Path(__file__).parents[1] / "vectors/afl-and-dol.toml").read_text("utf-8")
)
entries = st.tuples(
    st.integers(1, 30), st.integers(1, 255), st.integers(0, 5), st.integers(0, 6)
).map(lambda each: (each[0], each[1], min(255, each[1] + each[2]), each[3]))


@pytest.mark.parametrize("vector", DOCUMENT["afl"], ids=lambda vector: vector["name"])
def test_file_locators(vector: dict[str, Any]) -> None:
    raw = bytes.fromhex(vector["hex"])
    if vector.get("expect") == "malformed":
        with pytest.raises(MalformedData):
            list(afl.records(raw))
        return
    assert [f"{record(*place):04X}" for place in afl.records(raw)] == vector["records"]


@pytest.mark.parametrize("vector", DOCUMENT["dol"], ids=lambda vector: vector["name"])
def test_data_object_lists(vector: dict[str, Any]) -> None:
    raw = bytes.fromhex(vector["hex"])
    if vector.get("expect") == "malformed":
        with pytest.raises(MalformedData):
            dol.size(raw)
        return
    assert [f"{tag:X} {size}" for tag, size in dol.entries(raw)] == vector["entries"]
    assert dol.size(raw) == sum(int(each.split()[1]) for each in vector["entries"])


@given(st.lists(entries, min_size=1, max_size=5))
def test_entries_are_expanded_in_order(parts: list[tuple[int, int, int, int]]) -> None:
    raw = b"".join(
        bytes((sfi << 3, first, last, min(signed, last - first + 1)))
        for sfi, first, last, signed in parts
    )
    expected = [(sfi, number) for sfi, first, last, _ in parts for number in range(first, last + 1)]
    assert list(afl.records(raw)) == expected


@given(st.binary(max_size=40))
def test_any_bytes_parse_or_are_malformed(raw: bytes) -> None:
    with suppress(MalformedData):
        list(afl.records(raw))
    with suppress(MalformedData):
        parsed = list(dol.entries(raw))
        again = (
            tag.to_bytes((tag.bit_length() + 7) // 8, "big") + bytes((size,))
            for tag, size in parsed
        )
        assert b"".join(again) == raw


def test_groupings_that_are_no_records_are_above_all_records() -> None:
    assert min(DGI) > record(30, 255)

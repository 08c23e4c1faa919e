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
VALUES = tomllib.loads(
    (Path(__file__).parents[1] / "vectors/emv-data-objects.toml").read_text("utf-8")
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


def tagged(row: dict[str, Any]) -> dict[int, bytes]:
    return {int(tag, 16): bytes.fromhex(value) for tag, value in row.get("values", {}).items()}


@pytest.mark.parametrize("row", VALUES["dol"], ids=lambda row: row["name"])
def test_published_values_for_lists(row: dict[str, Any]) -> None:
    raw, data = bytes.fromhex(row["dol"]), bytes.fromhex(row["data"])
    assert dol.fill(raw, tagged(row)) == data
    assert dol.split(raw, data) == tagged(row)
    for wrong in (data[:-1], data + b"\0"):
        with pytest.raises(MalformedData, match=f"{len(data)} bytes were asked for"):
            dol.split(raw, wrong)


@pytest.mark.parametrize("row", VALUES["fill"], ids=lambda row: row["name"])
def test_values_are_fitted_by_their_format(row: dict[str, Any]) -> None:
    assert dol.fill(bytes.fromhex(row["dol"]), tagged(row)) == bytes.fromhex(row["data"])


tags = st.sampled_from([0x5A, 0x95, 0x9A, 0x9F02, 0x9F37, 0x9F4E, 0x5F2A, 0xDF69])


@given(st.lists(st.tuples(tags, st.integers(0, 255)), max_size=6))
def test_lists_come_back(pairs: list[tuple[int, int]]) -> None:
    assert list(dol.entries(dol.build(pairs))) == pairs


@given(
    st.dictionaries(tags, st.integers(0, 12), max_size=6),
    st.dictionaries(tags, st.binary(max_size=14)),
)
def test_values_come_back_where_they_fit(sizes: dict[int, int], values: dict[int, bytes]) -> None:
    raw = dol.build(sizes.items())
    filled = dol.fill(raw, values)
    assert len(filled) == dol.size(raw)
    split = dol.split(raw, filled)
    assert list(split) == list(sizes)
    fitting = {tag for tag in sizes if len(values.get(tag, b"")) == sizes[tag]}
    assert all(split[tag] == values.get(tag, b"") for tag in fitting)
    assert all(split[tag] == bytes(sizes[tag]) for tag in sizes if tag not in values)


@given(st.binary(max_size=20), st.binary(max_size=40))
def test_any_bytes_are_split_or_malformed(raw: bytes, data: bytes) -> None:
    with suppress(MalformedData):
        assert all(value in data for value in dol.split(raw, data).values())
    with suppress(MalformedData):
        assert len(dol.fill(raw, {})) == dol.size(raw)


@pytest.mark.parametrize(
    "pair", [(0, 1), (0x10000, 1), (0x9A, 256), (0x9A, -1), (0x1F, 1), (0x100, 1)]
)
def test_lists_that_cannot_be(pair: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="1 or 2 bytes"):
        dol.build([pair])


@given(st.lists(entries, min_size=1, max_size=5))
def test_signed_records_are_the_first_of_an_entry(parts: list[tuple[int, int, int, int]]) -> None:
    made = [
        afl.Entry(sfi, first, last, min(signed, last - first + 1))
        for sfi, first, last, signed in parts
    ]
    raw = b"".join(map(bytes, made))
    assert list(afl.entries(raw)) == made
    expected = [
        (entry.sfi, number)
        for entry in made
        for number in range(entry.first, entry.last + 1)
        if number < entry.first + entry.signed
    ]
    assert list(afl.signed_records(raw)) == expected


def test_signed_records_of_the_test_card() -> None:
    # pboc 6.1, AFL of DGI 9104: one record of SFI 3
    raw = bytes.fromhex("08010200100103001801030120010100")
    assert list(afl.signed_records(raw)) == [(3, 1)]


def test_signed_content() -> None:
    # pboc 4.2: without the template for SFI 1 to 10
    record = bytes.fromhex("70045A026228")
    assert afl.signed_content(3, record) == afl.signed_content(10, record) == record[2:]
    assert afl.signed_content(11, record) == record
    long = bytes.fromhex("7081C8") + bytes(200)
    assert afl.signed_content(1, long) == bytes(200)
    for wrong in (b"", record[2:], record[:-1], record + record, record + b"\0"):
        with pytest.raises(MalformedData):
            afl.signed_content(1, wrong)


@pytest.mark.parametrize(
    "fields", [(0, 1, 1), (31, 1, 1), (1, 0, 1), (1, 2, 1), (1, 1, 256), (1, 1, 2, 3)]
)
def test_entries_that_cannot_be(fields: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="records"):
        afl.Entry(*fields)


def test_groupings_that_are_no_records_are_above_all_records() -> None:
    assert min(DGI) > record(10, 255), "of files with records of EMV"

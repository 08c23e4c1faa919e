"""TVR, TSI, AIP, ADA, TTQ, CTQ and 9F68: names of bits, and that none is lost."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu.ada import ADA
from sscard.apdu.aip import AIP
from sscard.apdu.bit_field import BitField
from sscard.apdu.card_processing import CardProcessing
from sscard.apdu.ctq import CTQ
from sscard.apdu.cvr import Fact
from sscard.apdu.tsi import TSI
from sscard.apdu.ttq import TTQ
from sscard.apdu.tvr import TVR
from sscard.errors import MalformedData

DOCUMENT = tomllib.loads(
    (Path(__file__).parents[1] / "vectors/emv-data-objects.toml").read_text("utf-8")
)

OBJECTS: dict[str, type[BitField]] = {
    each.__name__: each for each in (ADA, AIP, CTQ, CardProcessing, Fact, TSI, TTQ, TVR)
}
objects = pytest.mark.parametrize("kind", OBJECTS.values(), ids=OBJECTS)


@pytest.mark.parametrize("row", DOCUMENT["bits"], ids=lambda row: f"{row['object']} {row['hex']}")
def test_values_in_words(row: dict[str, Any]) -> None:
    raw = bytes.fromhex(row["hex"])
    parsed = OBJECTS[row["object"]].parse(raw)
    assert list(parsed.words()) == row["words"]
    assert bytes(parsed) == raw


def test_every_object_has_a_vector() -> None:
    assert {row["object"] for row in DOCUMENT["bits"]} == set(OBJECTS) - {"Fact"}


@objects
def test_members_are_single_bits_from_the_top_down(kind: type[BitField]) -> None:
    numbers = [member.value for member in kind]
    assert numbers
    assert [number for number in numbers if number.bit_count() != 1] == []
    assert numbers == sorted(set(numbers), reverse=True)
    assert numbers[0] < 1 << 8 * kind.size()


@objects
@given(data=st.data())
def test_any_bits_come_back(kind: type[BitField], data: st.DataObject) -> None:
    raw = data.draw(st.binary(min_size=kind.size(), max_size=kind.size()))
    parsed = kind.parse(raw)
    assert bytes(parsed) == raw
    assert len(parsed.words()) == int.from_bytes(raw, "big").bit_count()
    assert all((member in parsed) == (member.value & parsed.value != 0) for member in kind)


@objects
@given(raw=st.binary(max_size=7))
def test_any_bytes_parse_or_are_malformed(kind: type[BitField], raw: bytes) -> None:
    if len(raw) == kind.size():
        assert isinstance(kind.parse(raw), kind)
        return
    with pytest.raises(MalformedData, match=f"{kind.__name__} has {kind.size()} bytes"):
        kind.parse(raw)


def test_bits_are_combined_and_taken_away() -> None:
    seen = TVR.EXPIRED | TVR.NEW_CARD
    assert TVR.EXPIRED in seen
    assert TVR.SDA_FAILED not in seen
    assert bytes(seen).hex() == "0048000000"
    assert bytes(seen & ~TVR.NEW_CARD).hex() == "0040000000"
    assert bytes(TVR(0)) == bytes(5)


def test_the_base_has_no_size() -> None:
    with pytest.raises(NotImplementedError):
        BitField.size()

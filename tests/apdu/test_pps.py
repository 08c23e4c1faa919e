"""Protocol and parameters selection: examples, round trip, any bytes, and what a card agrees to."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu.atr import Atr
from sscard.apdu.pps import Pps, agreed
from sscard.errors import MalformedData

PLAIN = "3B6D000000814A444686605199000001AC"
FASTER = "3B7D940000008150220886431E10C9022736"
BOTH = "3BFD94000080010081544C868684000000000000F5"  # T=0 first, then T=1

BYTES = st.none() | st.integers(0, 0xFF)


@pytest.mark.parametrize(
    ("raw", "selection"),
    [
        ("FF00FF", Pps(0)),
        ("FF10947B", Pps(0, 0x94)),
        ("FF1118F6", Pps(1, 0x18)),
        ("FF71180001" + f"{0xFF ^ 0x71 ^ 0x18 ^ 0x01:02X}", Pps(1, 0x18, 0, 1)),
    ],
)
def test_examples(raw: str, selection: Pps) -> None:
    assert Pps.parse(bytes.fromhex(raw)) == selection
    assert bytes(selection).hex().upper() == raw


@pytest.mark.parametrize(
    "raw", ["", "FF", "FF00", "FE00FE", "FF80FF7F", "FF0FF0", "FF00FE", "FF10EF"]
)
def test_what_is_none(raw: str) -> None:
    with pytest.raises(MalformedData):
        Pps.parse(bytes.fromhex(raw))


@given(st.builds(Pps, st.integers(0, 14), BYTES, BYTES, BYTES))
def test_round_trip(selection: Pps) -> None:
    assert Pps.parse(bytes(selection)) == selection


@given(st.binary(max_size=8) | st.binary(max_size=7).map(b"\xff".__add__))
def test_any_bytes_are_one_or_malformed(raw: bytes) -> None:
    with suppress(MalformedData):
        assert bytes(Pps.parse(raw)) == raw


@pytest.mark.parametrize(
    "wrong", [{"protocol": 15}, {"protocol": -1}, {"protocol": 0, "fi_di": 256}]
)
def test_what_cannot_be_said(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError):
        Pps(**wrong)


@pytest.mark.parametrize(
    ("atr", "request_", "response"),
    [
        (PLAIN, Pps(0), Pps(0)),
        (PLAIN, Pps(0, 0x11), Pps(0, 0x11)),
        (PLAIN, Pps(0, 0x94), Pps(0)),  # it has no TA1: the speed stays
        (PLAIN, Pps(1), None),
        (FASTER, Pps(0, 0x94), Pps(0, 0x94)),
        (FASTER, Pps(0, 0x11), Pps(0, 0x11)),
        (FASTER, Pps(0, 0x95), Pps(0)),
        (FASTER, Pps(0, 0x94, 1, 2), Pps(0, 0x94)),
        (BOTH, Pps(0, 0x94), Pps(0, 0x94)),
        (BOTH, Pps(1, 0x94), Pps(1, 0x94)),
        (BOTH, Pps(2), None),
        ("3B90941000", Pps(0), None),  # TA2: there is nothing to select,
    ],
)
def test_what_a_card_agrees_to(atr: str, request_: Pps, response: Pps | None) -> None:
    raw = bytes.fromhex(atr)
    assert agreed(request_, Atr.parse(raw)) == response

"""The answer to reset: real ones, and any bytes."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu import atr
from sscard.apdu.atr import Atr, InterfaceBytes
from sscard.apdu.pcsc_atr import contactless_atr
from sscard.errors import MalformedData

VECTORS = tomllib.loads((Path(__file__).parents[1] / "vectors/atr.toml").read_text("utf-8"))


@pytest.mark.parametrize("vector", VECTORS["atr"], ids=lambda each: each["hex"])
def test_vectors(vector: dict[str, Any]) -> None:
    raw = bytes.fromhex(vector["hex"])
    historical = atr.historical_bytes(raw)
    assert historical.hex().upper() == vector["historical"]
    if vector["social_security"]:
        assert atr.build(historical) == raw


@pytest.mark.parametrize("vector", VECTORS["no_atr"], ids=lambda each: each["source"])
def test_what_is_no_atr(vector: dict[str, Any]) -> None:
    with pytest.raises(MalformedData):
        atr.historical_bytes(bytes.fromhex(vector["hex"]))


@given(st.binary(min_size=13, max_size=13))
def test_round_trip(historical: bytes) -> None:
    assert atr.historical_bytes(atr.build(historical)) == historical


@given(st.sampled_from([b"", b"\x3b", b"\x3f"]), st.binary(max_size=33))
def test_any_bytes_are_an_atr_or_malformed(start: bytes, rest: bytes) -> None:
    with suppress(MalformedData):
        assert atr.historical_bytes(start + rest) in start + rest


@pytest.mark.parametrize("historical", [bytes(12), bytes(14), b""])
def test_thirteen_historical_bytes(historical: bytes) -> None:
    with pytest.raises(ValueError, match="13"):
        atr.build(historical)


OCTET = st.integers(0, 0xFF)
MAYBE = st.none() | OCTET
LATER = st.builds(InterfaceBytes, st.integers(0, 15), MAYBE, MAYBE, MAYBE)
FIRST = st.builds(InterfaceBytes, st.none(), MAYBE, MAYBE, MAYBE)
ATRS = st.builds(
    lambda historical, first, later, inverse: Atr(historical, (first, *later), inverse),
    st.binary(max_size=15),
    FIRST,
    st.lists(LATER, max_size=3),
    st.booleans(),
)


@pytest.mark.parametrize("vector", VECTORS["atr"], ids=lambda each: each["hex"])
def test_vectors_by_their_parts(vector: dict[str, Any]) -> None:
    raw = bytes.fromhex(vector["hex"])
    found = Atr.parse(raw)
    assert bytes(found) == raw
    assert found.historical.hex().upper() == vector["historical"]


@given(ATRS)
def test_an_atr_reads_what_it_wrote(made: Atr) -> None:
    raw = bytes(made)
    assert Atr.parse(raw) == made
    assert atr.historical_bytes(raw) == made.historical
    assert atr.interface_bytes(raw) == made.levels
    for protocol in made.protocols:
        alone = made.only(protocol)
        assert alone.protocols == (protocol,)
        assert alone.historical == made.historical
        assert alone.fi_di == made.fi_di


@given(st.sampled_from([b"", b"\x3b", b"\x3f"]), st.binary(max_size=33))
def test_any_bytes_are_the_atr_they_say_or_malformed(start: bytes, rest: bytes) -> None:
    with suppress(MalformedData):
        assert bytes(Atr.parse(start + rest)) == start + rest


def test_the_parts_of_a_fast_card_with_two_protocols() -> None:
    raw = bytes.fromhex("3BFD94000080010081544C868684000000000000F5")
    found = Atr.parse(raw)
    assert (found.fi_di, found.first.tb, found.first.tc) == (0x94, 0, 0)
    assert (found.protocols, found.checked, found.specific_mode) == ((0, 1), True, None)
    for wrong in (raw[:-1], raw[:-1] + b"\xf4", raw + b"\0"):
        with pytest.raises(MalformedData):
            Atr.parse(wrong)
    assert bytes(found.only(0)).hex().upper() == "3B7D9400000081544C868684000000000000"
    assert bytes(found.only(1)).hex().upper() == "3BFD940000010081544C86868400000000000075"


@pytest.mark.parametrize(
    ("raw", "protocols", "specific"),
    [
        ("3B90941000", (0,), 0),
        ("3BF01100FF8131FE4515", (1,), None),
        ("3B801F009F", (0,), 0),  # T=15 is global bytes, no protocol
    ],
)
def test_protocols(raw: str, protocols: tuple[int, ...], specific: int | None) -> None:
    found = Atr.parse(bytes.fromhex(raw))
    assert (found.protocols, found.specific_mode) == (protocols, specific)


@pytest.mark.parametrize(
    ("historical", "levels"),
    [
        (bytes(16), (InterfaceBytes(),)),
        (b"", ()),
        (b"", (InterfaceBytes(0),)),
        (b"", (InterfaceBytes(), InterfaceBytes())),
        (b"", (InterfaceBytes(), InterfaceBytes(16))),
        (b"", (InterfaceBytes(ta=256),)),
        (bytes(15), (InterfaceBytes(None, 0, 0, 0), *[InterfaceBytes(1, 0, 0, 0)] * 4)),
    ],
)
def test_what_no_atr_can_say(historical: bytes, levels: tuple[InterfaceBytes, ...]) -> None:
    with pytest.raises(ValueError):
        Atr(historical, levels)


@pytest.mark.parametrize(
    ("historical", "made"),
    [
        ("", "3B80800101"),  # PC/SC part 3 supplement: type A without historical bytes
        ("0081544C9686845101C0666779", "3B8D80010081544C9686845101C0666779E9"),
        ("00" * 16, "3B8F8001" + "00" * 15 + "0E"),
    ],
)
def test_the_atr_of_a_contactless_card(historical: str, made: str) -> None:
    raw = contactless_atr(bytes.fromhex(historical))
    assert raw.hex().upper() == made
    assert Atr.parse(raw).protocols == (0, 1)

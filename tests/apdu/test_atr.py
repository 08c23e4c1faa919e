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

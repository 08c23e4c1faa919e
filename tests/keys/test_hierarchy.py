"""Diversification factors against the specification's examples."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from sscard.keys import Factors
from sscard.keys.hierarchy import card_factor, city_factor, province_factor

DOCUMENT = tomllib.loads((Path(__file__).parents[1] / "vectors/hierarchy.toml").read_text("utf-8"))


def rows(table: str) -> list[Any]:
    assert DOCUMENT["source"]
    return [pytest.param(row, id=row["name"]) for row in DOCUMENT[table]]


@pytest.mark.parametrize("row", rows("province"))
def test_province(row: dict[str, str]) -> None:
    assert province_factor(row["city"]) == bytes.fromhex(row["factor"])


@pytest.mark.parametrize("row", rows("city"))
def test_city(row: dict[str, str]) -> None:
    assert city_factor(row["city"]) == bytes.fromhex(row["factor"])


@pytest.mark.parametrize("row", rows("card"))
def test_card(row: dict[str, str]) -> None:
    assert card_factor(bytes.fromhex(row["historical"])) == bytes.fromhex(row["factor"])


def test_the_three_of_one_card() -> None:
    factors = Factors.of("371000", bytes(range(13)))
    assert factors == Factors(b"370000sh", b"371000sx", bytes(range(5, 13)))


@pytest.mark.parametrize("city", ["", "37100", "3710000", "37100a", "３７１０００", "-37100"])
def test_what_is_no_city_code(city: str) -> None:
    for factor in (province_factor, city_factor):
        with pytest.raises(ValueError, match="6 digits"):
            factor(city)


def test_historical_bytes_are_13() -> None:
    with pytest.raises(ValueError, match="13"):
        card_factor(bytes(8))

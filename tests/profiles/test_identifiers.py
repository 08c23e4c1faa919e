"""Card identification code, organization number, card number: vectors, round trips, any bytes."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.errors import MalformedData
from sscard.profiles.identifiers import (
    CardIdentification,
    InitializationOrganization,
    card_number_check,
)

VECTORS = tomllib.loads(
    (Path(__file__).parents[1] / "vectors" / "identifiers.toml").read_text(encoding="utf-8")
)
DIVISIONS = st.from_regex(r"[0-9]{6}", fullmatch=True)
FOUR_BYTES = st.binary(min_size=4, max_size=4)


def vectors(kind: str, *, good: bool) -> list[Any]:
    assert VECTORS["source"]
    wanted = [v for v in VECTORS[kind] if (v.get("expect") != "malformed") is good]
    return [pytest.param(v, id=v["name"]) for v in wanted]


@pytest.mark.parametrize("vector", vectors("card_number", good=True))
def test_check_character_of_card_numbers(vector: dict[str, Any]) -> None:
    own = vector["value"][:8] + card_number_check(vector["value"][:8])
    assert (own == vector["value"]) is vector["valid"]


def test_all_three_kinds_of_check_character_exist() -> None:
    found = {card_number_check(f"A000{n:04d}") for n in range(200)}
    assert found == set("0123456789X")


@pytest.mark.parametrize("body", ["", "1234567", "123456789", "abcdefgh", "１2345678", "A-145678"])
def test_a_body_that_is_none_has_no_check_character(body: str) -> None:
    with pytest.raises(ValueError, match="8 digits or capital"):
        card_number_check(body)


@pytest.mark.parametrize("vector", vectors("card_identification", good=True))
def test_card_identification(vector: dict[str, Any]) -> None:
    raw = bytes.fromhex(vector["hex"])
    code = CardIdentification.parse(raw)
    assert code.city == vector["city"]
    assert code.serial == bytes.fromhex(vector["serial"])
    assert code.authentication_code == bytes.fromhex(vector["authentication_code"])
    assert code.authenticated == raw[:12]
    assert bytes(code) == raw


@pytest.mark.parametrize("vector", vectors("organization", good=True))
def test_organization(vector: dict[str, Any]) -> None:
    number = InitializationOrganization.parse(bytes.fromhex(vector["hex"]))
    assert (number.issuing, number.initializing) == (vector["issuing"], vector["initializing"])
    assert number.sequence == vector["sequence"]
    assert bytes(number) == bytes.fromhex(vector["hex"])


@pytest.mark.parametrize("vector", vectors("card_identification", good=False))
def test_malformed_card_identification(vector: dict[str, Any]) -> None:
    with pytest.raises(MalformedData):
        CardIdentification.parse(bytes.fromhex(vector["hex"]))


@pytest.mark.parametrize("vector", vectors("organization", good=False))
def test_malformed_organization(vector: dict[str, Any]) -> None:
    with pytest.raises(MalformedData):
        InitializationOrganization.parse(bytes.fromhex(vector["hex"]))


def test_not_computed_authentication_code_is_all_ones() -> None:
    assert bytes(CardIdentification("510100", bytes(4)))[12:] == b"\xff" * 4


@pytest.mark.parametrize("city", ["51010", "5101000", "51010A", "５10100"])
def test_a_city_code_has_six_digits(city: str) -> None:
    with pytest.raises(ValueError, match="6 digits"):
        CardIdentification(city, bytes(4))
    with pytest.raises(ValueError, match="6 digits"):
        InitializationOrganization("510100", city, 1)


def test_fields_have_their_sizes() -> None:
    with pytest.raises(ValueError, match="4 bytes each"):
        CardIdentification("510100", bytes(3))
    with pytest.raises(ValueError, match="single byte"):
        InitializationOrganization("510100", "510100", 256)


@given(DIVISIONS, FOUR_BYTES, FOUR_BYTES)
def test_card_identification_round_trip(city: str, serial: bytes, code: bytes) -> None:
    value = CardIdentification(city, serial, code)
    assert CardIdentification.parse(bytes(value)) == value


@given(DIVISIONS, DIVISIONS, st.integers(0, 255))
def test_organization_round_trip(issuing: str, initializing: str, sequence: int) -> None:
    value = InitializationOrganization(issuing, initializing, sequence)
    assert InitializationOrganization.parse(bytes(value)) == value


@given(st.binary(max_size=20) | st.binary(min_size=12, max_size=12))
def test_any_bytes_parse_or_are_malformed(raw: bytes) -> None:
    for kind in (CardIdentification, InitializationOrganization):
        with suppress(MalformedData):
            assert bytes(kind.parse(raw)) == raw

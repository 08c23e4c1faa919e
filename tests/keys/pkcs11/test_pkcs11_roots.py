"""Tokens with a province's and a city's masters: no level above, no other area."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sscard.errors import KeyStoreError
from sscard.keys import Factors, KeyReference
from sscard.keys.operations import AUTHENTICATION_CODE_KEY, Mode, Request, card_request
from sscard.keys.roots import MINISTRY_ROOTS
from sscard.keys.stores import OperationsStore, load_social_security
from sscard.keys.stores.pkcs11 import Pkcs11Operations, open_pkcs11
from sscard.keys.stores.pkcs11.login import logged_in
from sscard.keys.stores.pkcs11.masters import bring_in, needs_left_half, require_levels
from sscard.keys.stores.pkcs11.pins import ask_on_terminal
from sscard.keys.stores.pkcs11.settings import token_settings
from sscard.keys.stores.store_file import StoreFile, checked
from sscard.keys.suite import SM4_SUITE, TDES_SUITE

HISTORICAL = bytes.fromhex("0081544C9686845101C0666779")
CARD = Factors.of("510100", HISTORICAL)
CHAIN = (CARD.province, CARD.city, CARD.card)
NEIGHBOUR = Factors.of("510300", HISTORICAL)
STRANGER = Factors.of("110100", HISTORICAL)
SOFTWARE = load_social_security()
CITY_KEY = KeyReference(AUTHENTICATION_CODE_KEY, 1)
CODED = bytes.fromhex("510100D156000005C0666779")
NAMES = ("IRK", "STK", "UK1DF01", "MKDF01", "DTK", AUTHENTICATION_CODE_KEY, "ledger-id-hash")


@pytest.fixture(scope="session", params=["province", "city"])
def level(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def of_names(document: dict[str, Any]) -> StoreFile:
    keys = {name: each for name, each in document["keys"].items() if name in NAMES}
    return checked({**document, "keys": keys}, "T")


@pytest.fixture(scope="session")
def held(
    level: str, of_level: Callable[..., Any], new_token: Callable[..., Any]
) -> Pkcs11Operations:
    """A token whose settings say the level."""
    document = of_level("3des", level, IRK="ministry")
    said = {name: document[name] for name in ("root_level", "area", "root_levels")}
    settings, file = {**new_token(f"of a {level}"), **said}, of_names(document)
    with logged_in(token_settings(settings, "T"), ask_on_terminal) as token:
        came = bring_in(token, file.keys, test=True, roots=file.roots)
        assert came == tuple(file.keys)
        assert bring_in(token, file.keys, test=True, roots=file.roots) == ()
    return open_pkcs11(settings, "T")


def test_keys_of_cards(held: Pkcs11Operations, level: str) -> None:
    assert held.roots.of("UK1DF01") == level
    references = [KeyReference(name, 1) for name in NAMES[:-1]]
    expected = SOFTWARE.card_keys(references, CARD, sizes={"STK": 8})
    assert held.card_keys(references, CARD, sizes={"STK": 8}) == expected


def test_keys_of_many_cards(held: Pkcs11Operations) -> None:
    cards = [Factors.of("510100", number.to_bytes(13, "big")) for number in range(300)]
    wanted = [KeyReference("UK1DF01", 2)]
    for card, keys in zip(cards, held.derive_many(wanted, cards), strict=True):
        assert dict(keys) == SOFTWARE.card_keys(wanted, card)


def test_operations_and_authentication_codes(held: Pkcs11Operations) -> None:
    request = card_request(KeyReference("UK1DF01", 1), CARD, Mode.MAC, bytes(20), bytes(8))
    assert held.compute(request) == SOFTWARE.compute(request)
    store = OperationsStore(held, {}, "token")
    assert store.authentication_code("510100", CODED) == SOFTWARE.authentication_code(
        "510100", CODED
    )
    for data in (b"", bytes(7), bytes(8), bytes(range(40))):
        asked = Request(CITY_KEY, CHAIN[:2], Mode.LOAD_MAC, data, b"\1\2\3\4")
        assert held.compute(asked) == SOFTWARE.compute(asked)


def test_check_values(held: Pkcs11Operations, level: str) -> None:
    depth = {"province": 1, "city": 2}[level]
    assert held.kcv("UK1DF01", 1) == SOFTWARE.kcv("UK1DF01", 1, CHAIN[:depth])
    assert held.kcv("IRK", 1) == SOFTWARE.kcv("IRK", 1)
    for length in range(depth, 4):
        value = SOFTWARE.kcv("UK1DF01", 1, CHAIN[:length])
        assert held.kcv("UK1DF01", 1, CHAIN[:length]) == value


def test_cards_of_others(held: Pkcs11Operations, level: str) -> None:
    card = NEIGHBOUR if level == "city" else STRANGER
    wanted = [KeyReference("UK1DF01", 1)]
    with pytest.raises(KeyStoreError, match=f"UK1DF01 is held for the {level} 51"):
        held.card_keys(wanted, card)
    for length in range(1, 4):
        with pytest.raises(KeyStoreError, match="is held"):
            held.kcv("UK1DF01", 1, (card.province, card.city, card.card)[:length])
    with pytest.raises(KeyStoreError, match="is held for"):
        held.compute(Request(CITY_KEY, (card.province, card.city), Mode.LOAD_MAC, CODED))
    irk = [KeyReference("IRK", 1)]
    assert held.card_keys(irk, card) == SOFTWARE.card_keys(irk, card)


def test_a_citys_code_key_without_its_half_is_no_missing_key(
    new_token: Callable[..., Any], of_level: Callable[..., Any]
) -> None:
    document = of_level("3des", "city")
    said = {name: document[name] for name in ("root_level", "area", "root_levels")}
    settings, file = {**new_token("half missing"), **said}, of_names(document)
    with logged_in(token_settings(settings, "T"), ask_on_terminal) as token:
        bring_in(token, {CITY_KEY: file.keys[CITY_KEY]}, test=True)  # as a ministry's
    store = OperationsStore(open_pkcs11(settings, "T"), {}, "token")
    with pytest.raises(KeyStoreError, match="left-half version 1; bring card-auth"):
        store.authentication_code("510100", CODED)


def test_what_is_not_made_inside(of_level: Callable[..., Any]) -> None:
    city, province = (checked(of_level("3des", each), "T").roots for each in ("city", "province"))
    assert needs_left_half(CITY_KEY, TDES_SUITE, city)
    assert not needs_left_half(CITY_KEY, SM4_SUITE, city)
    assert not needs_left_half(CITY_KEY, TDES_SUITE, province)
    assert not needs_left_half(KeyReference("IRK", 1), TDES_SUITE, city)


def test_keys_of_another_level_are_not_brought_in(of_level: Callable[..., Any]) -> None:
    city = checked(of_level("3des", "city"), "T").roots
    names = ("IRK", "ledger-id-hash")
    require_levels(city, city, names)
    with pytest.raises(KeyStoreError, match="IRK: the token has it at the level city, not minist"):
        require_levels(city, MINISTRY_ROOTS, names)
    other = checked({**of_level("3des", "city"), "area": "510300"}, "T").roots
    with pytest.raises(KeyStoreError, match="IRK: is of another area"):
        require_levels(city, other, names)
    require_levels(MINISTRY_ROOTS, MINISTRY_ROOTS, names)

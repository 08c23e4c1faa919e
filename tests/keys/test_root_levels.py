"""Stores of a province and of a city give what the ministry's gives, for their own cards only."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.errors import KeyStoreError
from sscard.keys import SUITES, TDES, TDES_SUITE, Factors, KeyReference
from sscard.keys.explain import explain
from sscard.keys.hierarchy import city_factor, province_factor
from sscard.keys.key_entry import Level
from sscard.keys.operations import Mode, card_request
from sscard.keys.roots import MINISTRY_ROOTS, Roots
from sscard.keys.stores import OperationsStore, SoftwareOperations, load_social_security
from sscard.keys.stores.root_levels import entries, roots_of
from sscard.keys.stores.sealed_file import Passphrase
from sscard.keys.stores.sealed_store import SealedStore
from sscard.keys.stores.store_file import checked

OfLevel = Callable[..., dict[str, Any]]
CITY, HISTORICAL = "510100", bytes.fromhex("0081544C9686845101C0666779")
CODE = bytes.fromhex("510100D15600000500C0666779000000")
CARD = Factors.of(CITY, HISTORICAL)
CHAIN = (CARD.province, CARD.city, CARD.card)
#: The same province, and another.
NEIGHBOUR, STRANGER = Factors.of("510300", HISTORICAL), Factors.of("110100", HISTORICAL)
UK1 = KeyReference("UK1DF01", 2)
CODED = bytes.fromhex("510100D156000005C0666779")
suites = pytest.mark.parametrize("suite", sorted(SUITES))
levels = pytest.mark.parametrize("level", ["province", "city"])


def store(document: dict[str, Any]) -> OperationsStore:
    return OperationsStore(SoftwareOperations(checked(document, "T")), {}, "T")


@suites
@levels
def test_all_keys_of_a_card_are_those_from_the_ministrys_root(
    of_level: OfLevel, suite: str, level: str
) -> None:
    held, ministry = of_level(suite, level), load_social_security(None, SUITES[suite])
    wanted = [KeyReference(name, 1) for name in held["keys"] if name != "ledger-id-hash"]
    sizes = {each.name: SUITES[suite].block for each in wanted if each.name.startswith("STK")}
    assert len(wanted) > 50
    found = store(held).card_keys(wanted, CARD, sizes=sizes)
    assert found == ministry.card_keys(wanted, CARD, sizes=sizes)
    software = SoftwareOperations(checked(held, "T"))
    (many,) = software.derive_many(wanted, [CARD], sizes=sizes)
    assert dict(many) == found


@suites
@levels
def test_operations_and_authentication_codes(of_level: OfLevel, suite: str, level: str) -> None:
    held, ministry = store(of_level(suite, level)), load_social_security(None, SUITES[suite])
    request = card_request(UK1, CARD, Mode.MAC, bytes(20), bytes(8))
    assert held.compute(request) == ministry.compute(request)
    code = ministry.authentication_code(CITY, CODED)
    assert code is not None
    assert held.authentication_code(CITY, CODED) == code
    assert held.person_hash("1") == ministry.person_hash("1")


def test_one_key_of_another_level(of_level: OfLevel) -> None:
    held = store(of_level("3des", "city", IRK="ministry", UK1DF01="province"))
    ministry = load_social_security()
    for name in ("IRK", "UK1DF01", "UK2DF01"):
        assert held.card_key(name, 1, CARD) == ministry.card_key(name, 1, CARD)
    held.card_key("IRK", 1, STRANGER)
    held.card_key("UK1DF01", 1, NEIGHBOUR)
    with pytest.raises(KeyStoreError, match="UK2DF01 is held for the city 510100 only"):
        held.card_key("UK2DF01", 1, NEIGHBOUR)


@pytest.mark.parametrize(
    ("level", "other", "message"),
    [
        ("city", NEIGHBOUR, "for the city 510100 only"),
        ("city", STRANGER, "for the city 510100 only"),
        ("province", STRANGER, "for the province 51 only"),
    ],
)
def test_cards_of_others_are_refused(
    of_level: OfLevel, level: str, other: Factors, message: str
) -> None:
    held, chain = store(of_level("3des", level)), (other.province, other.city, other.card)
    for work in (
        lambda: held.card_key("UK1DF01", 1, other),
        lambda: held.compute(card_request(UK1, other, Mode.MAC, b"", bytes(8))),
        lambda: held.kcv("UK1DF01", 1, chain),
    ):
        with pytest.raises(KeyStoreError, match=message):
            work()
    city = "510300" if other is NEIGHBOUR else "110100"
    with pytest.raises(KeyStoreError, match=message):  # and not None, as without a key
        held.authentication_code(city, CODED)


def test_a_provinces_store_serves_all_its_cities(of_level: OfLevel) -> None:
    held, ministry = store(of_level("3des", "province")), load_social_security()
    assert held.card_key("IRK", 1, NEIGHBOUR) == ministry.card_key("IRK", 1, NEIGHBOUR)


def test_no_factor_may_be_left_out(of_level: OfLevel) -> None:
    held = store(of_level("3des", "city"))
    request = card_request(UK1, CARD, Mode.MAC, b"", bytes(8))
    with pytest.raises(KeyStoreError, match="needs 3 factors"):
        held.compute(request._replace(factors=(CARD.card,)))


@suites
@levels
def test_check_values_from_the_key_held_on(of_level: OfLevel, suite: str, level: str) -> None:
    held, ministry = store(of_level(suite, level)), load_social_security(None, SUITES[suite])
    depth = {"province": 1, "city": 2}[level]
    assert held.kcv("IRK", 1) == ministry.kcv("IRK", 1, CHAIN[:depth])
    for length in range(depth, 4):
        assert held.kcv("IRK", 1, CHAIN[:length]) == ministry.kcv("IRK", 1, CHAIN[:length])
    if level == "city":
        with pytest.raises(KeyStoreError, match="held at the level city, and none above"):
            held.kcv("IRK", 1, CHAIN[:1])


@levels
def test_explained_as_it_is_done(of_level: OfLevel, level: str) -> None:
    found = explain(store(of_level("3des", level)), "UK1DF01", 1, CODE, HISTORICAL)
    whole = explain(load_social_security(), "UK1DF01", 1, CODE, HISTORICAL)
    count = {"province": 2, "city": 1}[level]
    assert (found.held, whole.held) == (level, "ministry")
    assert found.steps == whole.steps[-count:]
    assert found.root_kcv == whole.steps[-count].before
    assert any(f"this store holds the key at the level {Level(level).zh}" in n for n in found.notes)
    assert not any("this store holds" in note for note in whole.notes)
    with pytest.raises(KeyStoreError, match="only"):
        explain(store(of_level("3des", level)), "UK1DF01", 1, b"\x11" + CODE[1:], HISTORICAL)


def test_in_zhejiang_the_counties_of_a_city_are_one() -> None:
    roots = Roots(Level.CITY, "330100")
    card = Factors.of("330108", HISTORICAL)
    assert roots.below("IRK", (card.province, card.city, card.card)) == (card.card,)


def test_a_sealed_store_keeps_its_levels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = entries(Roots(Level.CITY, CITY, {"IRK": Level.MINISTRY}))
    path, words = tmp_path / "s.store", "correct horse battery"
    made = SealedStore.create(
        path, "social-security", TDES_SUITE, Passphrase(words), os.urandom, said
    )
    key = TDES(bytes.fromhex("0123456789ABCDEF1032547698BADCFE"))
    made.put("UK1DF01", 1, key)
    made.put("IRK", 1, key)
    monkeypatch.setenv("SSCARD_KEYSTORE_PASSPHRASE", words)
    loaded = load_social_security(path)
    assert loaded.card_key("UK1DF01", 1, CARD) == TDES_SUITE.diversify(key, CARD.card)
    assert loaded.card_key("IRK", 1, CARD) != loaded.card_key("UK1DF01", 1, CARD)
    with pytest.raises(KeyStoreError, match="510100"):
        loaded.card_key("UK1DF01", 1, NEIGHBOUR)


def test_no_sealed_store_of_impossible_levels(tmp_path: Path) -> None:
    path, words = tmp_path / "s.store", Passphrase("correct horse battery")
    with pytest.raises(KeyStoreError, match="area"):
        SealedStore.create(
            path, "social-security", TDES_SUITE, words, os.urandom, {"root_level": "city"}
        )
    assert not path.exists()


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"root_level": "city"}, "area"),
        ({"area": "510100"}, "area"),
        ({"root_level": "local", "area": "510100"}, "root_level must be one of ministry, prov"),
        ({"root_level": ["city"], "area": "510100"}, "root_level must be one of"),
        ({"root_level": "city", "area": "5101"}, "6 digits"),
        ({"root_level": "city", "area": 510100}, "6 digits"),
        ({"root_level": "city", "area": "510100", "root_levels": "IRK"}, "no table"),
        ({"area": "510100", "root_levels": {"IRK": "town"}}, "root_levels.IRK must be one of"),
        ({"area": "510100", "root_levels": {"IRKX": "city"}}, "root_levels.IRKX: there is no"),
        ({"root_level": "city", "area": "510100", "kind": "bank"}, "a bank's keys have no"),
    ],
)
def test_what_a_document_may_not_say(said: dict[str, Any], message: str) -> None:
    with pytest.raises(KeyStoreError, match=message):
        roots_of({"kind": "social-security", **said})


def test_exchange_keys_have_the_name_that_a_profile_gives() -> None:
    said = {"kind": "exchange", "area": "510100", "root_levels": {"XK": "city"}}
    assert roots_of(said).of("XK") is Level.CITY


@given(
    st.sampled_from(["ministry", "province", "city"]),
    st.from_regex(r"[0-9]{6}", fullmatch=True),
    st.dictionaries(st.sampled_from(["IRK", "STK"]), st.sampled_from(["ministry", "city"])),
)
def test_what_a_document_says_is_read_again(level: str, area: str, others: dict[str, str]) -> None:
    below = {level, *others.values()} != {"ministry"}
    document = {"root_level": level, "root_levels": others, **({"area": area} if below else {})}
    roots = roots_of(document)
    assert roots_of(json.loads(json.dumps(entries(roots)))) == roots
    chain = (province_factor(area), city_factor(area), bytes(8))
    assert roots.below("IRK", chain) == chain[roots.depth("IRK") :]


def test_nothing_said_is_the_ministry() -> None:
    assert roots_of({"kind": "bank"}) is MINISTRY_ROOTS
    assert entries(MINISTRY_ROOTS) == {}

"""The application for the general test: what may stand in it, what is compared with the card."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sscard.conformance.general_test.check import (
    CardFacts,
    KeyVersions,
    card_facts,
    compare,
    sample_number,
)
from sscard.conformance.general_test.pack import Pack, empty_pack, read_pack
from sscard.errors import ProfileError
from sscard.perso.plan import run
from sscard.profiles import load_profile

CODE = bytes.fromhex("510100D156000005C06667794ECBD102")
CARD = CardFacts(
    historical=bytes.fromhex("0081544C8686845101C0666779"),
    identification=CODE,
    spec_version="3.00",
    organization=bytes.fromhex("915600000251010051010001"),
    algorithm="sm4",
)
KEYS = KeyVersions(frozenset({1, 2, 3}), frozenset({1, 2, 3}))
TEXT = empty_pack("510100", "3.00", "sm4").replace("0" * 16, CODE[8:].hex().upper())


def pack(text: str = TEXT) -> Pack:
    return read_pack(text, "pack.toml")


def wrong(card: CardFacts, found: Pack | None = None) -> list[str]:
    return [line.what.en for line in compare(found or pack(), card, KEYS) if not line.agrees]


def test_an_application_that_agrees() -> None:
    assert wrong(CARD) == []
    assert sample_number(pack(), CARD) == 1
    assert len(compare(pack(), CARD, KEYS)) == 12


@pytest.mark.parametrize(
    ("tried", "taken", "agrees", "found"),
    [
        ({1, 2, 3}, {1, 2, 3}, True, "1, 2, 3"),
        ({1}, {1}, True, "1 (未试 not tried: 2, 3)"),
        ({1, 2, 3}, {1, 2}, False, "1, 2"),
        ({1}, set(), False, "(未试 not tried: 2, 3)"),
        (set(), set(), False, "(未试 not tried: 1, 2, 3)"),
    ],
)
def test_versions_of_keys_are_those_declared(
    tried: set[int], taken: set[int], agrees: bool, found: str
) -> None:
    keys = KeyVersions(frozenset(tried), frozenset(taken))
    (line,) = (each for each in compare(pack(), CARD, keys) if each.what.zh == "密钥版本")
    assert (line.declared, line.found, line.agrees) == ("1, 2, 3", found, agrees)


def test_more_versions_than_declared_do_not_agree() -> None:
    fewer = pack(TEXT.replace("[1, 2, 3]", "[1, 2]"))
    assert wrong(CARD, fewer) == ["versions of the keys"]


@pytest.mark.parametrize(
    ("change", "items"),
    [
        ({"spec_version": "2.00"}, ["specification version", "version and algorithm"]),
        ({"algorithm": "3des"}, ["algorithm", "version and algorithm"]),
        (
            {"historical": bytes.fromhex("0081544C8686845101C0666770")},
            ["serial number in the answer to reset"],
        ),
        (
            {"historical": bytes.fromhex("0081544C8686845102C0666779")},
            ["division in the answer to reset"],
        ),
        (
            {"organization": bytes.fromhex("915600000251010051010002")},
            ["initialization organization"],
        ),
        (
            {"organization": bytes.fromhex("915600000351010051010001")},
            ["initialization organization", "prefix of the initialization organization"],
        ),
        (
            {"identification": bytes.fromhex("510100D156000006C06667794ECBD102")},
            ["sample card", "registered identifier in the card identification"],
        ),
    ],
)
def test_what_does_not_agree_is_named(change: dict[str, Any], items: list[str]) -> None:
    assert wrong(replace(CARD, **change)) == items


def test_a_card_that_says_nothing_agrees_in_nothing() -> None:
    assert len(wrong(CardFacts())) == 11


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('division = "510100"', 'division = "5101"', "division"),
        ('issuer = "9156', 'issuer = "915Z', "issuer"),
        ('"sm4"', '"ssf33"', "algorithm"),
        ("[1, 2, 3]", "[4]", "key_versions.0"),
        (f'    "{CODE.hex().upper()}",\n', "", "samples"),
        ('unit = "单位 unit"', 'unit = ""', "contact.unit"),
        ("format = 1", "format = 2", "format"),
        ("format = 1", "form = 1", "form"),
        ("format = 1", "format =", "line 2"),
    ],
)
def test_a_mistake_is_named_with_its_place(old: str, new: str, place: str) -> None:
    assert old in TEXT
    with pytest.raises(ProfileError, match=r"^pack.toml: ") as caught:
        pack(TEXT.replace(old, new))
    assert place in str(caught.value)


def test_people_and_cards_do_not_print() -> None:
    said = repr(pack()) + repr(CARD)
    for hidden in ("联系人", "电话", CODE.hex(), CODE.hex().upper()):
        assert hidden not in said


@pytest.mark.parametrize("spec", ["gen1", "gen2", "gen3"])
def test_a_card_tells_what_the_profile_says(spec: str, make_desk: Callable[[str], Any]) -> None:
    desk = make_desk(spec)
    profile = load_profile(spec)
    facts = run(card_facts(), desk.card)
    assert facts.spec_version == profile.setting("spec_version").text
    assert facts.algorithm == profile.suite
    assert facts.identification is not None
    text = empty_pack(profile.setting("issuing_division").text, facts.spec_version, profile.suite)
    lines = compare(read_pack(text, "pack.toml"), facts, KEYS)
    assert [line.what.en for line in lines if not line.agrees] == ["sample card"]

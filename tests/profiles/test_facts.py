"""The list of everything that a profile says, against the tables it was made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from sscard.profiles import load_profile
from sscard.profiles.facts import (
    WHOLE,
    Stated,
    at_place,
    counted,
    hexadecimal,
    resting_on_assumption,
    stated,
)
from sscard.profiles.loader import compose, overlay_names, parse_profile, profile_names

OVERLAYS = [name for names in overlay_names().values() for name in names]
SPECS = [*profile_names(), *(f"gen3+{name}" for name in OVERLAYS), "gen3+sichuan+demo-bank"]
LISTS = ("keys", "files", "elements")


def parts(spec: str) -> dict[str, Stated]:
    return {part.place: part for part in stated(load_profile(spec))}


def tables(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every table of the document with its place."""
    for group in ("settings", "bank"):
        yield from ((f"{group}.{name}", table) for name, table in document[group].items())
    for directory in document["directories"]:
        yield directory["name"], directory
        yield from _below(directory["name"], directory)


def _below(place: str, holder: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for file in holder.get("files", ()):
        yield f"{place}/{file['fid']:04X}", file
        yield from _below(f"{place}/{file['fid']:04X}", file)
    for table in (*holder.get("keys", ()), *holder.get("elements", ())):
        yield f"{place}.{table['name']}", table
        yield from _below(f"{place}.{table['name']}", table)


@pytest.mark.parametrize("spec", SPECS)
def test_every_fact_is_as_it_stands_in_the_files(spec: str) -> None:
    found, seen = parts(spec), 0
    for place, table in tables(compose(spec).document):
        for name, value in table.items():
            if name in LISTS or value in ("", []):
                assert name not in found[place].facts
            elif name != "examples":  # the model fills them up
                assert found[place].facts[name] == value, (place, name)
                seen += 1
    assert seen > 1000


@pytest.mark.parametrize("spec", SPECS)
def test_what_rests_on_assumption_is_what_the_profile_says(spec: str) -> None:
    profile = load_profile(spec)
    resting = resting_on_assumption(stated(profile))
    assert sorted(part.place for part in resting) == sorted(profile.unconfirmed())
    assert all(part.mark in ("1", "I", "L", "assumed") for part in resting)


@pytest.mark.parametrize("outer", ["S", "assumed"])
def test_an_inner_item_less_sure_than_its_element_is_told(outer: str) -> None:
    """Production refuses what it names, and a supplement can confirm it."""
    place = "DF01/EF15.degree"
    profile = parse_profile(
        'extends = "gen2"\nname = "own"\n'
        f'[[changes]]\ntarget = "{place}"\nsource = "x"\nmark = "{outer}"\n'
        f'[[changes]]\ntarget = "{place}.school"\nsource = "x"\nmark = "assumed"\n',
        "own.toml",
    )
    found = [each for each in profile.unconfirmed() if each.startswith(place)]
    assert found == [f"{place}.school" if outer == "S" else place]
    resting = resting_on_assumption(stated(profile))
    assert [each.place for each in resting if each.place.startswith(place)] == found


@pytest.mark.parametrize("spec", SPECS)
def test_places_are_unique_and_stand_behind_what_they_are_in(spec: str) -> None:
    every = stated(load_profile(spec))
    places = [part.place for part in every]
    assert len(set(places)) == len(places)
    assert places[0] == WHOLE
    for at, part in enumerate(every[1:], start=1):
        assert part.above in places[:at], part.place


@pytest.mark.parametrize(
    "rule", ["RKSSSE", "UK1DF01 with MAC", "PIN and RKSSSE with MAC", "free with MAC", "never"]
)
def test_rules_are_written_as_they_were_read(rule: str) -> None:
    text = f"""
extends = "gen2"
name = "own"

[[changes]]
target = "DF01/EF05"
update = "{rule}"
source = "letter"
mark = "S"
"""
    every = stated(parse_profile(text, "own.toml"))
    [file] = [part for part in every if part.place == "DF01/EF05"]
    assert file.facts["update"] == rule


def test_parts_at_a_place() -> None:
    every = stated(load_profile("gen2"))
    assert at_place(every, WHOLE) == every
    file = [part.place for part in at_place(every, "DF01/EF15")]
    assert file[0] == "DF01/EF15"
    assert "DF01/EF15.degree.school" in file
    assert {part.kind for part in at_place(every, "settings")} == {"settings"}
    assert [part.place for part in at_place(every, "SSSE.STK")] == ["SSSE.STK"]
    assert at_place(every, "SSSE/EF99") == ()


@pytest.mark.parametrize("spec", ["gen2", "gen3"])
def test_parts_are_counted(spec: str) -> None:
    profile = load_profile(spec)
    counts = counted(stated(profile))
    files = [file for directory in profile.directories for file in directory.files]
    assert counts["directories"] == len(profile.directories)
    assert counts["files"] == len(files)
    assert counts["keys"] == sum(len(directory.keys) for directory in profile.directories)
    assert counts["settings"] == len(profile.settings)
    assert counts["elements"] > sum(len(file.elements) for file in files)


def test_identifiers_are_hexadecimal() -> None:
    assert hexadecimal("fid", 0x1E) == "001E"
    assert hexadecimal("tag", 7) == "07"
    assert hexadecimal("size", 30) == "30"
    assert hexadecimal("cid", True) == "True"

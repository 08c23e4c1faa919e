"""Differences between profiles: none to itself, the same both ways, and nothing is left out."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sscard.profiles import Profile, load_profile
from sscard.profiles.difference import Difference, Fact, differences
from sscard.profiles.facts import PROVENANCE, stated
from sscard.profiles.loader import overlay_names, profile_names

OVERLAYS = [name for names in overlay_names().values() for name in names]
SPECS = [*profile_names(), *(f"gen3+{name}" for name in OVERLAYS)]
PAIRED = ("gen1", "gen2", "gen3", "gen3+sichuan", "gen3+demo-bank")
MIRRORED = {"added": "removed", "removed": "added", "changed": "changed"}
Said = dict[str, dict[str, Any]]


def at(found: tuple[Difference, ...], place: str) -> Difference:
    return next(each for each in found if each.part.place == place)


def said(profile: Profile) -> Said:
    """Facts by place, source and mark of elements left out: they may follow from the file."""
    return {
        part.place: {
            name: value
            for name, value in part.facts.items()
            if part.kind != "elements" or name not in PROVENANCE
        }
        for part in stated(profile)
    }


def applied(before: Said, found: tuple[Difference, ...], wanted: Said) -> Said:
    """``before`` with every difference done."""
    after = {place: dict(facts) for place, facts in before.items()}
    for each in found:
        place = each.part.place
        if each.how == "removed":
            del after[place]
            continue
        facts = after.setdefault(place, {})
        for fact in each.facts:
            if fact.name in each.part.order or (
                each.part.kind == "elements" and fact.name in PROVENANCE
            ):
                continue
            assert facts.get(fact.name) == fact.before
            facts[fact.name] = fact.after
            if fact.after is None:
                del facts[fact.name]
    return after


def told(found: tuple[Difference, ...], *, mirrored: bool = False) -> set[object]:
    return {
        (
            MIRRORED[each.how] if mirrored else each.how,
            each.part.place,
            frozenset(
                (
                    f.name,
                    str(f.after if mirrored else f.before),
                    str(f.before if mirrored else f.after),
                )
                for f in each.facts
            ),
        )
        for each in found
    }


@pytest.mark.parametrize("spec", SPECS)
def test_a_profile_does_not_differ_from_itself(spec: str) -> None:
    assert differences(load_profile(spec), load_profile(spec)) == ()


@pytest.mark.parametrize(("one", "other"), list(permutations(PAIRED, 2)))
def test_differences_lead_from_one_to_the_other_and_back(one: str, other: str) -> None:
    before, after = load_profile(one), load_profile(other)
    found = differences(before, after)
    assert found
    assert applied(said(before), found, said(after)) == said(after)
    assert told(found) == told(differences(after, before), mirrored=True)


@st.composite
def changed(draw: st.DrawFn) -> Profile:
    """gen2 with parts taken out, put elsewhere, or with another fact."""
    profile = load_profile("gen2")
    directories = list(profile.directories)
    for _ in range(draw(st.integers(0, 4))):
        i = draw(st.integers(0, len(directories) - 1))
        name = draw(st.sampled_from(["keys", "files"]))
        parts = list(getattr(directories[i], name))
        if parts:
            j = draw(st.integers(0, len(parts) - 1))
            part = parts.pop(j)
            doing = draw(st.sampled_from(["drop", "move", "edit"]))
            if doing == "move":
                parts.insert(draw(st.integers(0, len(parts))), part)
            if doing == "edit":
                fact = {"source": draw(st.sampled_from(["a letter", "a call"]))}
                more = {"versions": 2} if name == "keys" else {"name_en": "another"}
                parts.insert(j, part.model_copy(update={**fact, **more}))
        directories[i] = directories[i].model_copy(update={name: tuple(parts)})
    return profile.model_copy(update={"directories": tuple(directories)})


@settings(max_examples=25, deadline=None)
@given(changed(), changed())
def test_no_difference_means_equal(one: Profile, other: Profile) -> None:
    found = differences(one, other)
    assert (found == ()) == (one == other)
    assert applied(said(one), found, said(other)) == said(other)
    assert told(found) == told(differences(other, one), mirrored=True)


def test_gen2_and_gen3() -> None:
    found = differences(load_profile("gen2"), load_profile("gen3"))
    facts = {fact.name: fact for fact in at(found, "profile").facts}
    assert facts["suite"] == Fact("suite", "3des", "sm4")
    assert Fact("read", "free", "RKSSSE") in at(found, "SSSE/EF06").facts
    assert at(found, "SSSE.STK").facts == (Fact("size", 8, 16),)
    assert at(found, "certificates").how == at(found, "contactless").how == "added"
    assert at(found, "SSSE/EF07").provenance_only
    assert not at(found, "SSSE/EF06").provenance_only
    assert [each.part.place for each in found if each.part.place.startswith("SSSE/001E")] == [
        "SSSE/001E"  # its entries follow from it
    ]


def test_an_order_is_a_difference() -> None:
    profile = load_profile("gen2")
    first, second, *others = profile.directories[0].keys
    turned = profile.directories[0].model_copy(update={"keys": (second, first, *others)})
    other = profile.model_copy(update={"directories": (turned, *profile.directories[1:])})
    [found] = differences(profile, other)
    assert (found.how, found.part.place) == ("changed", "SSSE")
    [fact] = found.facts
    assert (fact.name, fact.before[:2], fact.after[:2]) == (
        "keys",
        [first.name, second.name],
        [second.name, first.name],
    )

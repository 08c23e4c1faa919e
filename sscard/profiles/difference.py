"""What two profiles say differently, place by place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sscard.profiles.facts import PROVENANCE, Stated, stated
from sscard.profiles.model import Profile

How = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact before and after; None where nothing is said."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Difference:
    """One part that only one of the profiles has, or that says other things in both.

    A change of order is a fact of what holds the parts: the identities of those that both have.
    """

    how: How
    part: Stated
    facts: tuple[Fact, ...]

    @property
    def provenance_only(self) -> bool:
        """Whether the card is the same and only source, mark or note are not."""
        names = {fact.name for fact in self.facts}
        return self.how == "changed" and names <= {*PROVENANCE, "note"}


def differences(before: Profile, after: Profile) -> tuple[Difference, ...]:
    """Everything that differs, in the order of the profiles; nothing for a profile and itself.

    Of a directory or file that only one has, each part is told as well.  Where an element differs
    in nothing but source and mark, and as its file does, the file is enough: entries of DIR follow
    from it.
    """
    old = {part.place: part for part in stated(before)}
    new = {part.place: part for part in stated(after)}
    found: dict[str, Difference] = {}
    inherited: dict[str, tuple[Fact, ...]] = {}
    for each in _differences(old, new):
        above = found[each.part.above].facts if each.part.above in found else ()
        said = inherited.get(each.part.above, above)
        if _follows(each, said):
            inherited[each.part.place] = said
        else:
            found[each.part.place] = each
    return tuple(found.values())


def _follows(each: Difference, said: Sequence[Fact]) -> bool:
    """Whether an element differs as ``said`` of what it is in, and in nothing else."""
    inside = each.part.kind == "elements" and each.provenance_only
    return inside and all(fact in said for fact in each.facts)


def _differences(old: Mapping[str, Stated], new: Mapping[str, Stated]) -> Iterator[Difference]:
    for place in _merged(tuple(old), tuple(new)):
        if place not in new:
            yield Difference("removed", old[place], tuple(_facts(old[place].facts, {})))
        elif place not in old:
            yield Difference("added", new[place], tuple(_facts({}, new[place].facts)))
        elif facts := tuple(_changed(old[place], new[place])):
            yield Difference("changed", new[place], facts)


def _merged(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """The places of both; one that is only in ``new`` stands behind the one before it there."""
    merged, known = list(old), set(old)
    for at, place in enumerate(new):
        if place not in known:
            merged.insert(merged.index(new[at - 1]) + 1 if at else 0, place)
    return merged


def _changed(old: Stated, new: Stated) -> Iterator[Fact]:
    yield from _facts(old.facts, new.facts)
    for name in old.order.keys() & new.order.keys():
        both = set(old.order[name]) & set(new.order[name])
        orders = [[each for each in part.order[name] if each in both] for part in (old, new)]
        if orders[0] != orders[1]:
            yield Fact(name, *orders)


def _facts(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Fact]:
    for name in dict.fromkeys((*old, *new)):
        if old.get(name) != new.get(name):
            yield Fact(name, old.get(name), new.get(name))

"""What differs between two cards' memories, object by object; of values only that they do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum, unique

from simulator.contents import Entry, contents, numbered
from simulator.simulated_card import SimulatedCard
from sscard.cos.memory_map import Kind


@unique
class How(StrEnum):
    """Who has the object."""

    ONLY_FIRST = "only first"
    ONLY_SECOND = "only second"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact of the first and of the second card; empty where there is none."""

    name: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One object: which facts differ, and which of its values.

    ``values`` of a file say how much of which record, ``record 3: 12 of 50 bytes``; of keys, PINs
    and data groupings nothing is told but that they differ.
    """

    place: str
    kind: Kind
    how: How
    facts: tuple[Fact, ...] = ()
    values: tuple[str, ...] = ()


def differences(first: SimulatedCard, second: SimulatedCard) -> tuple[Difference, ...]:
    """Everything that differs, in the order of the memory; nothing for a card and its copy.

    Where an object lies, wear, the journal and what is left in free memory are no differences.
    """
    old, new = numbered(contents(first)), numbered(contents(second))
    return tuple(_differences(old, new))


def _differences(old: dict[str, Entry], new: dict[str, Entry]) -> Iterator[Difference]:
    for place, entry in old.items():
        if place not in new:
            yield Difference(place, entry.region.kind, How.ONLY_FIRST)
            continue
        facts = tuple(_facts(entry, new[place]))
        values = tuple(_values(entry, new[place]))
        if facts or values:
            yield Difference(place, entry.region.kind, How.CHANGED, facts, values)
    for place, entry in new.items():
        if place not in old:
            yield Difference(place, entry.region.kind, How.ONLY_SECOND)


def _facts(old: Entry, new: Entry) -> Iterator[Fact]:
    for name in {**old.facts, **new.facts}:
        first, second = old.facts.get(name, ""), new.facts.get(name, "")
        if first != second:
            yield Fact(name, first, second)


def _values(old: Entry, new: Entry) -> Iterator[str]:
    first, second = dict(old.values), dict(new.values)
    for name in {**first, **second}:
        one, other = first.get(name), second.get(name)
        if one != other:
            amount = _amount(one, other) if old.region.kind is Kind.FILE else "differs"
            yield f"{name}: {amount}" if name else amount


def _amount(one: object, other: object) -> str:
    """How many bytes of a record are other ones; it never says which."""
    if not isinstance(one, bytes) or not isinstance(other, bytes) or len(one) != len(other):
        return "differs"
    count = sum(a != b for a, b in zip(one, other, strict=True))
    return f"{count} of {len(one)} bytes"

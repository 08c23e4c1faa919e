"""Everything a profile says, as a list: each part with its place and its facts.

It follows the fields of the model, whatever they are: a part that the model gets tomorrow is here
tomorrow.  Places are those that ``[[changes]]`` name: ``settings.pin_tries``, ``SSSE``,
``SSSE.STK``, ``SSSE/EF06``, ``SSSE/EF05.spec_version``, ``DF01/EF15.degree.school``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

from sscard.dialects.rights import AccessRule
from sscard.profiles.codes import CodeTable
from sscard.profiles.element import UNCONFIRMED
from sscard.profiles.model import Directory, Profile

#: Of every part: where a fact is from, and how sure it is.
PROVENANCE = ("source", "mark")
#: The place of what the profile says of itself: its name, its suite, its chip.
WHOLE = "profile"
#: What tells a part of a list from the others, the first that it has.
_IDENTITIES = ("name", "target", "fid")
_PLACES: Mapping[str, str] = MappingProxyType(
    {
        "directories": "{identity}",
        "keys": "{above}.{identity}",
        "files": "{above}/{identity}",
        "elements": "{above}.{identity}",
        "removals": "removed {identity}",
    }
)
_HEX = {"fid": 4, "adf_fid": 4, "dgi": 4, "last": 4}
_HEX |= dict.fromkeys(("kid", "tag", "filler", "reference"), 2)


@dataclass(frozen=True, slots=True)
class Stated:
    """One part.  ``kind`` is the list or table it stands in, ``above`` the place that holds it.

    ``facts`` are its values by the names of the model: text, numbers, bytes as hexadecimal, access
    rules and code tables by name.  What is empty or not said is not there.  ``order`` has the
    identities of the parts of each list below; of a table (settings) they have no order.  ``usual``
    names the facts that are what they are where nothing is said.
    """

    place: str
    kind: str
    above: str
    model: str
    facts: Mapping[str, Any]
    order: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    usual: frozenset[str] = frozenset()

    @property
    def mark(self) -> str | None:
        """How sure its facts are; None for the profile as a whole, which has many marks."""
        return self.facts.get("mark")

    @property
    def unconfirmed(self) -> bool:
        """Whether a real card may not rest on this without its issuer's word."""
        return self.mark in UNCONFIRMED


def stated(profile: Profile) -> tuple[Stated, ...]:
    """Every part of ``profile``, itself first, each before what is in it."""
    return tuple(_stated(profile, WHOLE, WHOLE, "", _Reader(profile)))


def at_place(parts: tuple[Stated, ...], place: str) -> tuple[Stated, ...]:
    """The part at ``place`` and everything in it; of a table (``settings``) its entries."""
    found = {part.place for part in parts if part.place == place}
    if not found:
        return tuple(part for part in parts if part.kind == place)
    below = []
    for part in parts:
        if part.place in found or part.above in found:
            found.add(part.place)
            below.append(part)
    return tuple(below)


def resting_on_assumption(parts: tuple[Stated, ...]) -> tuple[Stated, ...]:
    """What no real card may rest on without its issuer's word, as ``Profile.unconfirmed`` says.

    The inner items of such an element go with it.
    """
    told: set[str] = set()
    for part in parts:
        if part.kind == "elements" and (part.unconfirmed or part.above in told):
            told.add(part.place)
    return tuple(part for part in parts if part.unconfirmed and part.above not in told)


def counted(parts: tuple[Stated, ...]) -> Mapping[str, int]:
    """How many parts there are: in directories of each kind, inner elements included; elsewhere of
    each table.
    """
    roots: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for part in parts[1:]:
        root = part.kind if part.above == WHOLE else roots[part.above]
        roots[part.place] = root
        counts[part.kind if root == "directories" else root] += 1
    return counts


def hexadecimal(name: str, value: object) -> str:
    """A fact for people: identifiers and tags in hexadecimal, everything else as it is."""
    return f"{value:0{_HEX[name]}X}" if name in _HEX and type(value) is int else str(value)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Values as plain data.  ``key`` finds the name of a key of a directory."""

    profile: Profile
    key: Callable[[int], str] = "{:02X}".format

    def within(self, directory: Directory) -> _Reader:
        """For rules of this directory: they name its keys, and those of its parent (ssc 3.4)."""
        parents = [d for d in self.profile.directories if d.name == directory.parent]
        keys = (key for owner in (*parents, directory) for key in owner.keys)
        names = {key.kid: key.name for key in keys if key.type == "external"}
        return _Reader(self.profile, lambda kid: names.get(kid, f"{kid:02X}"))

    def plain(self, value: Any) -> Any:
        if isinstance(value, bytes):
            return value.hex().upper()
        if isinstance(value, AccessRule):
            return self._rule(value)
        if isinstance(value, CodeTable):
            return value.name
        if isinstance(value, Enum):
            return value.value
        if isinstance(value, Mapping):
            return {name: self.plain(each) for name, each in value.items()}
        return [self.plain(each) for each in value] if isinstance(value, list | tuple) else value

    def _rule(self, rule: AccessRule) -> str:
        """The rule as profiles write it."""
        words = rule.condition.value
        if rule.kid is not None:
            words = words.removesuffix("key") + self.key(rule.kid)
        return words + " with MAC" * rule.secured


def _stated(part: BaseModel, kind: str, place: str, above: str, read: _Reader) -> Iterator[Stated]:
    if isinstance(part, Directory):
        read = read.within(part)
    facts: dict[str, Any] = {}
    below: dict[str, list[tuple[str, BaseModel]]] = {}
    for name in type(part).model_fields:
        value = getattr(part, name)
        parts = _parts(value)
        if parts is not None:
            below[name] = parts
        elif not _empty(value):
            facts[name] = read.plain(value)
    order = {
        name: tuple(identity for identity, _ in parts)
        for name, parts in below.items()
        if isinstance(getattr(part, name), tuple)
    }
    fields = type(part).model_fields
    usual = frozenset(name for name in facts if getattr(part, name) == fields[name].default)
    yield Stated(place, kind, above, type(part).__name__, facts, order, usual)
    for name, parts in below.items():
        for identity, each in parts:
            yield from _stated(each, name, _place(name, place, identity), place, read)


def _parts(value: object) -> list[tuple[str, BaseModel]] | None:
    """What is a part itself or made of parts, by identity; None for a fact."""
    if isinstance(value, BaseModel):
        return [("", value)]
    if isinstance(value, Mapping):
        named = list(value.items())
    elif isinstance(value, tuple):
        named = [(_identity(each, i), each) for i, each in enumerate(value, start=1)]
    else:
        return None
    return named if named and all(isinstance(each, BaseModel) for _, each in named) else None


def _identity(part: object, number: int) -> str:
    name = next((name for name in _IDENTITIES if hasattr(part, name)), None)
    return str(number) if name is None else hexadecimal(name, getattr(part, name))


def _place(kind: str, above: str, identity: str) -> str:
    if kind in _PLACES:
        return _PLACES[kind].format(above=above, identity=identity)
    return ".".join(step for step in (above if above != WHOLE else "", kind, identity) if step)


def _empty(value: object) -> bool:
    return value is None or value in ("", b"", (), [], {})

"""Assumed facts: which case shows them on a card, and why nothing shows the others.

The table is ``tables/assumed.toml``.  A fact is a place of a profile that rests on inferred,
single-source or assumed knowledge, as ``Profile.unconfirmed()`` names it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from sscard.conformance import packaged
from sscard.conformance.case import Text
from sscard.profiles import Profile

_TABLE = "tables/assumed.toml"
_UNKNOWN = Text("", "")


@dataclass(frozen=True, slots=True)
class Fact:
    """A place, the patterns of the cases that show it, or the reason why none does."""

    place: str
    cases: tuple[str, ...] = ()
    reason: Text = _UNKNOWN

    @property
    def settled(self) -> bool:
        """Whether the table says anything of it."""
        return bool(self.cases) or self.reason != _UNKNOWN


def facts(profile: Profile) -> tuple[Fact, ...]:
    """Every unconfirmed place of a profile, in its order; a place that no entry fits is bare."""
    entries = tuple(_entries())
    return tuple(_fact(place, entries, "places") for place in profile.unconfirmed())


def code_fact(path: str) -> Fact:
    """What shows an assumption that a file of the library makes, named as the docs name it."""
    return _fact(path, tuple(packaged.document(_TABLE).document["code"]), "paths")


def _entries() -> Iterator[Mapping[str, Any]]:
    """Both kinds of entries; those that are narrower stand first in the file."""
    document = packaged.document(_TABLE).document
    yield from document["outside"]
    yield from document["probed"]


def _fact(place: str, entries: tuple[Mapping[str, Any], ...], field: str) -> Fact:
    for entry in entries:
        if any(fnmatchcase(place, pattern) for pattern in entry[field]):
            return Fact(place, tuple(entry.get("cases", ())), Text(*entry.get("reason", _UNKNOWN)))
    return Fact(place)

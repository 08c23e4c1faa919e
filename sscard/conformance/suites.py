"""Suites: named choices of cases, by their ids and groups."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any, NamedTuple

from sscard.conformance import packaged
from sscard.conformance.case import Case
from sscard.errors import ProfileError

FULL = "full"


class Suite(NamedTuple):
    """Patterns of ids, and names of groups; either is enough."""

    cases: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


class Label(NamedTuple):
    """What a case is chosen by: all that is known of it before it is made."""

    id: str
    group: str
    suites: tuple[str, ...] = ()


def suites() -> Mapping[str, Suite]:
    """The suites of ``suites.toml`` by name.  Raises ProfileError."""
    source = packaged.document("suites.toml")
    found = {FULL: Suite()}
    for name, table in source.document.items():
        found[name] = _suite(f"{source.name}: {name}", table)
    return MappingProxyType(found)


def require_suite(name: str, known: Mapping[str, Suite]) -> None:
    """Raises ProfileError for none of that name."""
    if name not in known:
        raise ProfileError(f"there is no suite {name!r}; there are: {', '.join(known)}")


def in_suite(case: Case | Label, suite: str, known: Mapping[str, Suite]) -> bool:
    """Whether a case is in a suite that is there.

    A case that names its suites is in those and in no other; ``full`` has all the rest.
    """
    if case.suites and suite not in case.suites:
        return False
    if suite in case.suites or suite == FULL:
        return True
    chosen = known[suite]
    return case.group in chosen.groups or any(fnmatchcase(case.id, each) for each in chosen.cases)


def _suite(place: str, table: Any) -> Suite:
    if not isinstance(table, Mapping) or table.keys() - set(Suite._fields):
        raise ProfileError(f"{place}: a suite has cases and groups")
    return Suite(*(tuple(table.get(field, ())) for field in Suite._fields))

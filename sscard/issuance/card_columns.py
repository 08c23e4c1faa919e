"""Columns of a list that go straight onto the card: those named after elements of the profile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sscard.issuance.columns import folded
from sscard.profiles.codes import CodeTable
from sscard.profiles.columns import columns, nest
from sscard.profiles.element import Element
from sscard.profiles.model import Profile
from sscard.profiles.names import split_name

#: Elements that follow from the core fields, the chip or the issuer; a column could only
#: contradict them.
DERIVED = (
    "id_number",
    "name",
    "name_extension",
    "sex",
    "card_number",
    "card_identification_code",
    "spec_version",
    "initialization_organization",
    "issue_date",
    "expiry_date",
)


@dataclass(frozen=True, slots=True)
class CardColumns:
    """What a profile adds to a list: accepted spellings, and the code tables of its columns."""

    profile: Profile
    spellings: Mapping[str, str]  # folded spelling to column
    codes: Mapping[str, CodeTable]

    @classmethod
    def of(cls, profile: Profile) -> CardColumns:
        """The columns of ``profile``: by element name, and by Chinese name where it is unique."""
        leaves = {
            column: _steps(profile, column)
            for column in columns(profile)
            if column.partition(".")[0] not in DERIVED
        }
        chinese = {column: _chinese(column, steps) for column, steps in leaves.items()}
        times = Counter(chinese.values())
        unique = {folded(zh): column for column, zh in chinese.items() if times[zh] == 1}
        tables = {column: steps[-1].codes for column, steps in leaves.items()}
        return cls(
            profile,
            unique | {folded(column): column for column in leaves},
            {column: table for column, table in tables.items() if table is not None},
        )

    def without(self, names: Collection[str]) -> CardColumns:
        """The same columns but for these, whose cells do not hold the element's value."""
        others = {text: each for text, each in self.spellings.items() if each not in names}
        return replace(self, spellings=others)

    def values(self, cells: Mapping[str, str]) -> dict[str, Any]:
        """Element values of one record.  A code's meaning (已婚) may stand for the code."""
        own = {column: self._code(column, cells[column]) for column in cells if column in self}
        return nest(own)

    def known(self, values: Mapping[str, object]) -> dict[str, object]:
        """Those of ``values`` that the profile has an element for."""
        return {name: value for name, value in values.items() if name in self.profile.elements}

    def split_name(self, name: str) -> tuple[str, str]:
        """Name and extension, cut where this profile's elements end.  Raises FieldError."""
        sizes = [self._size("name"), self._size("name_extension")]
        first = self.profile.elements.get("name")
        filler = first.field.padding if first else 0
        return split_name(name, room=sizes[0], more=sizes[1], filler=filler)

    def __contains__(self, column: str) -> bool:
        return self.spellings.get(column) == column

    def _size(self, name: str) -> int:
        element = self.profile.elements.get(name)
        return element.size if element else 0

    def _code(self, column: str, text: str) -> str:
        table = self.codes.get(column)
        return (table.find(text) if table else None) or text


def _steps(profile: Profile, column: str) -> list[Element]:
    """The element a path names, and the part of it; the copy numbers are passed over."""
    name, *path = column.split(".")
    steps = [profile.elements[name]]
    for part in path:
        if not part.isdigit():
            steps.append(next(each for each in steps[-1].elements if each.name == part))
    return steps


def _chinese(column: str, steps: list[Element]) -> str:
    names = iter(steps)
    return ".".join(each if each.isdigit() else next(names).zh for each in column.split("."))

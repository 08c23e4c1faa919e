"""At which level a store holds its keys: not everybody has the ministry's root (ssc 12 [1]).

A province's HSM derives twice, a city's once (ssc-more 6.3 [1]).  What asks a store gives all three
factors all the same; the store leaves out those that are in its key already (decision 20).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from sscard.errors import KeyStoreError
from sscard.keys.hierarchy import city_factor, province_factor
from sscard.keys.key_entry import Level

#: Diversifications between the ministry's root and a key of each level (ssc 4 [S]).
DEPTH: Mapping[Level, int] = MappingProxyType({Level.MINISTRY: 0, Level.PROVINCE: 1, Level.CITY: 2})
_NO_EXCEPTIONS: Mapping[str, Level] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Roots:
    """The level of every key that a store holds: ``level``, and others by name.

    ``area`` is the city (6 digits) that keys below the ministry are of; of a province's its first
    two digits count.  ValueError for a level without an area, an area without such a level, and a
    level that is not one of the three.
    """

    level: Level = Level.MINISTRY
    area: str | None = None
    exceptions: Mapping[str, Level] = field(default_factory=lambda: _NO_EXCEPTIONS)

    def __post_init__(self) -> None:
        levels = {self.level, *self.exceptions.values()}
        if not levels <= DEPTH.keys():
            raise ValueError(f"keys are held at the levels {', '.join(DEPTH)}")
        if (self.area is None) != (levels == {Level.MINISTRY}):
            raise ValueError("keys below the ministry are of one area, and the ministry's of none")
        if self.area is not None:
            province_factor(self.area)  # ValueError for another form

    def of(self, name: str) -> Level:
        """The level of the key of this name."""
        return self.exceptions.get(name, self.level)

    def depth(self, name: str) -> int:
        """How many of a card's factors are in the key of this name already."""
        return DEPTH[self.of(name)]

    def below(self, name: str, factors: Sequence[bytes]) -> tuple[bytes, ...]:
        """The factors, which begin with the province's, that lead on from the key that is held.

        Raises KeyStoreError for another province's or city's, and where they end above the key.
        """
        depth = self.depth(name)
        if len(factors) < depth:
            raise KeyStoreError(f"key {name} is held at the level {self.of(name)}, and none above")
        if tuple(factors[:depth]) != self._area_factors()[:depth]:
            raise KeyStoreError(f"key {name} is held for {self._where(name)} only")
        return tuple(factors[depth:])

    def same_area(self, other: Roots, name: str) -> bool:
        """Whether both hold the key of this name for the same province or city."""
        depth = self.depth(name)
        return self._area_factors()[:depth] == other._area_factors()[:depth]

    def _area_factors(self) -> tuple[bytes, ...]:
        return (province_factor(self.area), city_factor(self.area)) if self.area else ()

    def _where(self, name: str) -> str:
        area = self.area or ""
        province = self.of(name) is Level.PROVINCE
        return f"the province {area[:2]}" if province else f"the city {area}"


#: Every key is the ministry's root, as in TEST stores.
MINISTRY_ROOTS = Roots()

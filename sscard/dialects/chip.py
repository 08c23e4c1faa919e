"""A chip as its maker describes it: size, the split of its memory, the lot it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sscard.errors import ProfileError

#: Bytes that one physical step programs.
PAGE = 64
#: The parts of the memory, in the order in which they lie behind the journal.
PARTITIONS = ("system", "exchange", "ssse", "pse")


@dataclass(frozen=True, slots=True)
class Chip:
    """Sizes are bytes.  ``partitions`` names the part of the memory each application gets."""

    name: str
    size: int
    partitions: Mapping[str, int]
    cos_version: str
    lot: str
    transport_tries: int
    mark: str

    @classmethod
    def from_table(cls, table: Mapping[str, Any], place: str) -> Chip:
        """The chip in a parsed TOML file.  Raises ProfileError naming ``place`` and the entry."""
        try:
            chip = cls(**{name: table[name] for name in cls.__slots__})
        except KeyError as missing:
            raise ProfileError(f"{place}: {missing.args[0]} is missing") from None
        if set(chip.partitions) != set(PARTITIONS):
            raise ProfileError(f"{place}: partitions must be {', '.join(PARTITIONS)}")
        for name, size in {"size": chip.size, **chip.partitions}.items():
            if not isinstance(size, int) or size <= 0 or size % PAGE:
                raise ProfileError(f"{place}: {name} is not a number of whole {PAGE}-byte pages")
        if sum(chip.partitions.values()) > chip.size:
            raise ProfileError(f"{place}: the partitions are larger than the chip")
        return chip

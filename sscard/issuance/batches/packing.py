"""Cards into boxes, in the order of the unit, and what stands on them (issuance 3, flow A, step 9).

Only counts and places: no label names a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

#: Cards in a box where the office says nothing (assumed).
CARDS_IN_BOX = 200


@dataclass(frozen=True, slots=True)
class Packed:
    """Where the finished cards of one batch go: places in the unit, in order."""

    batch: str
    unit: str
    destination: str
    positions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """One box; ``number`` of ``boxes`` of its batch; ``first`` and ``last`` are places."""

    batch: str
    unit: str
    destination: str
    number: int
    boxes: int
    first: int
    last: int
    cards: int

    @property
    def facts(self) -> dict[str, str]:
        """The same under the names of ``fields.FIELDS``."""
        return {
            "batch": self.batch,
            "unit": self.unit,
            "destination": self.destination,
            "box": str(self.number),
            "boxes": str(self.boxes),
            "first": str(self.first),
            "last": str(self.last),
            "cards": str(self.cards),
        }


def boxes(packed: Packed, capacity: int = CARDS_IN_BOX) -> tuple[Box, ...]:
    """The boxes of one batch, filled one after the other.

    Raises ValueError for a capacity below 1.
    """
    if capacity < 1:
        raise ValueError("a box holds at least one card")
    fillings = list(_pieces(packed.positions, capacity))
    return tuple(
        Box(
            packed.batch,
            packed.unit,
            packed.destination,
            number,
            len(fillings),
            filling[0],
            filling[-1],
            len(filling),
        )
        for number, filling in enumerate(fillings, start=1)
    )


def box_of(position: int, found: Sequence[Box]) -> int:
    """In which box a place of the unit is.  Raises ValueError for none."""
    for box in found:
        if box.first <= position <= box.last:
            return box.number
    raise ValueError("no box holds this place")


def _pieces(positions: tuple[int, ...], size: int) -> Iterator[tuple[int, ...]]:
    for start in range(0, len(positions), size):
        yield positions[start : start + size]

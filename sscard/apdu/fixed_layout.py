"""Data fields of fixed layout: one ``struct`` format says how they are built and parsed."""

from __future__ import annotations

import struct
from dataclasses import dataclass, fields
from typing import ClassVar, Self

from sscard.errors import MalformedData


@dataclass(frozen=True, slots=True)
class FixedLayout:
    """Base of frozen dataclasses whose fields stand one behind the other, in their order.

    Raises ValueError for a number or for bytes that do not fit their place.
    """

    LAYOUT: ClassVar[struct.Struct]

    def __post_init__(self) -> None:
        values = self._values()
        try:
            # `struct` fills up and cuts off bytes silently: what comes back tells.
            fits = self.LAYOUT.unpack(self.LAYOUT.pack(*values)) == values
        except struct.error:
            fits = False
        if not fits:
            raise ValueError(f"a field of {type(self).__name__} does not fit its place")

    def __bytes__(self) -> bytes:
        return self.LAYOUT.pack(*self._values())

    def __repr__(self) -> str:
        # Amounts are somebody's business; subclasses say repr=False to inherit this.
        return f"<{type(self).__name__} {self.LAYOUT.size} bytes>"

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """The fields in ``raw``.  Raises MalformedData unless it has exactly their length."""
        if len(raw) != cls.LAYOUT.size:
            raise MalformedData(f"{cls.__name__} has {cls.LAYOUT.size} bytes, not {len(raw)}")
        return cls(*cls.LAYOUT.unpack(raw))

    def _values(self) -> tuple[object, ...]:
        return tuple(getattr(self, each.name) for each in fields(self))

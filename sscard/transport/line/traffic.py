"""What one exchange puts on a line: characters each way, and how often the direction changes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Traffic:
    """``to_card`` and ``from_card`` count characters (bytes), framing included.

    ``turns`` counts the changes of direction, the one back to the reader included: each costs the
    line's turnaround.
    """

    to_card: int = 0
    from_card: int = 0
    turns: int = 0

    def __add__(self, other: Traffic) -> Traffic:
        return Traffic(
            self.to_card + other.to_card,
            self.from_card + other.from_card,
            self.turns + other.turns,
        )

    @property
    def total(self) -> int:
        """Characters in both directions."""
        return self.to_card + self.from_card

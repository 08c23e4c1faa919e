"""The images in ``cards/``: which kinds there are, what they are called, whose there are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from sscard.issuance.numbering import require_card_number


class Kind(Enum):
    """What an image is of; the value is the end of its name, behind the card number."""

    AUDITED = ".card"
    WAITING = ".card.half"  # behind the first station
    DEAD = ".card.dead"  # given up half-done, kept for whoever examines the chip


_NAME = re.compile(r"(?P<number>[0-9A-Z]{9})(?P<kind>\.card(\.half|\.dead)?)")


@dataclass(frozen=True, slots=True)
class Images:
    """Card numbers of the images in a directory, by kind."""

    of: Mapping[Kind, frozenset[str]]

    @classmethod
    def found(cls, folder: Path) -> Images:
        """What is there; files that are no images of ours are passed over.  Raises OSError."""
        matches = [match for each in folder.iterdir() if (match := _NAME.fullmatch(each.name))]
        return cls(
            {
                kind: frozenset(each["number"] for each in matches if each["kind"] == kind.value)
                for kind in Kind
            }
        )

    @property
    def numbers(self) -> frozenset[str]:
        """All card numbers of which there is an image."""
        return frozenset().union(*self.of.values())


def place(folder: Path, card_number: str, kind: Kind) -> Path:
    """Where an image belongs.  ValueError for a number that is unsafe as a file name."""
    return folder / f"{require_card_number(card_number)}{kind.value}"

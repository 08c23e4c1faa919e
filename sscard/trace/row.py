"""An explained trace: one row per command and per answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique


@dataclass(frozen=True, slots=True)
class Detail:
    """One data object or element in words; ``value`` is hexadecimal, masked where it must be.

    ``tag`` is None where there is none; ``value`` is empty for a template; ``reading`` for what
    reads no better than its bytes.
    """

    depth: int
    tag: int | None
    zh: str
    en: str
    value: str
    reading: str = ""


@unique
class Direction(Enum):
    """Who speaks."""

    TO_CARD = ">"
    FROM_CARD = "<"


@dataclass(frozen=True, slots=True)
class Row:
    """One command or answer: its bytes in hexadecimal, masked, and what they mean.

    ``details`` are the data objects inside, in order, with their depth.
    """

    direction: Direction
    shown: str
    meaning: str
    details: tuple[Detail, ...] = ()

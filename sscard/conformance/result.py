"""What a run found out about a card."""

from __future__ import annotations

from dataclasses import dataclass, field

from sscard.conformance.case import Case, Text
from sscard.conformance.expectation import Verdict
from sscard.keys.hierarchy import Factors


@dataclass(frozen=True, slots=True)
class Exchange:
    """One command and its answer; ``command`` is empty for power up, ``response`` None for none.

    Both may hold PINs and personal data: they never show.
    """

    command: bytes = field(repr=False)
    response: bytes | None = field(repr=False)
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """One step as it went: ``phase`` is ``setup``, ``test``, ``restore``; ``number`` counts from 1.

    ``expected`` and ``got`` are words for people, without values.
    """

    number: int
    phase: str
    words: Text
    exchanges: tuple[Exchange, ...]
    expected: str
    got: str
    verdict: Verdict
    why: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """One case; ``unrestored`` says what could not be put back."""

    case: Case
    verdict: Verdict
    reason: str = ""
    seen: tuple[Seen, ...] = ()
    seconds: float = 0.0
    unrestored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Identity:
    """Which card it is: its ATR, and the card identification code where it can be read."""

    atr: bytes
    historical: bytes
    card_id: bytes
    city: str

    @property
    def factors(self) -> Factors:
        """Of its keys.  ValueError for a card that has no 13 historical bytes or no city."""
        return Factors.of(self.city, self.historical)

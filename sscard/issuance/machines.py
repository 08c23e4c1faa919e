"""What a line is given from outside: chips, the time, a stopwatch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Protocol, TypeAlias

from sscard.perso.plan import Connection

#: Dates on cards are those of the place where they are issued.
CHINA = timezone(timedelta(hours=8), "UTC+8")

#: Gives aware times.
Clock: TypeAlias = Callable[[], datetime]


class Chip(Connection, Protocol):
    """A card in a machine of the line, whose state between the stations can be kept."""

    def save(self, path: Path, /) -> None:
        """Keep the card as it is now."""
        ...


@dataclass(frozen=True, slots=True)
class Machines:
    """Where chips come from: a blank one, or the one that waited behind the first station.

    Either raises TransportError when there is none to be had, which stops the line; ``waiting`` a
    MalformedData when what was kept of the card is damaged.
    """

    blank: Callable[[], Chip]
    waiting: Callable[[Path], Chip]


@dataclass(slots=True)
class Timing:
    """Seconds per phase, summed over all cards.  ``clock`` counts seconds."""

    clock: Callable[[], float]
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    @contextmanager
    def of(self, phase: str) -> Iterator[None]:
        """Add the time that the block takes."""
        started = self.clock()
        try:
            yield
        finally:
            self.seconds[phase] += self.clock() - started

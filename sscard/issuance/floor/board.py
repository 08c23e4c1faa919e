"""What all readers of a station do, as people and programs are shown it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sscard.issuance.floor.reader_loop import View
from sscard.issuance.floor.states import ReaderState

#: Rates are of so much time past.
_WINDOW = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Line:
    """One reader in the table.  ``rate`` is cards per hour, ``since`` when its state began."""

    view: View
    since: datetime
    rate: float


@dataclass(slots=True)
class _Seen:
    view: View
    since: datetime
    first: datetime
    made: deque[datetime] = field(default_factory=deque)

    def rate(self, now: datetime) -> float:
        while self.made and now - self.made[0] > _WINDOW:
            self.made.popleft()
        hours = min(now - self.first, _WINDOW).total_seconds() / 3600
        return len(self.made) / hours if hours > 0 else 0.0


class Board:
    """Told by all readers; read by the live table.  ``heard`` gets every change as it comes."""

    def __init__(
        self,
        now: Callable[[], datetime],
        heard: Callable[[View, datetime], None] = lambda _view, _at: None,
    ) -> None:
        self._now = now
        self._heard = heard
        self._seen: dict[str, _Seen] = {}
        self._lock = threading.Lock()

    def told(self, view: View) -> None:
        """A reader came into another state."""
        at = self._now()
        with self._lock:
            seen = self._seen.setdefault(view.name, _Seen(view, at, at))
            if view.made > seen.view.made:
                seen.made.append(at)
            seen.view, seen.since = view, at
            self._heard(view, at)

    def lines(self) -> tuple[Line, ...]:
        """Every reader, in the order in which they began."""
        now = self._now()
        with self._lock:
            return tuple(Line(s.view, s.since, s.rate(now)) for s in self._seen.values())

    def totals(self) -> tuple[int, int]:
        """Cards made and failed."""
        with self._lock:
            views = [seen.view for seen in self._seen.values()]
        return sum(v.made for v in views), sum(v.failed for v in views)

    def counts(self) -> Mapping[ReaderState, int]:
        """How many readers are in each state that any is in."""
        with self._lock:
            views = [seen.view.state for seen in self._seen.values()]
        return {state: views.count(state) for state in ReaderState if state in views}

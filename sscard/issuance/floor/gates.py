"""Quality gates of a station: first article (首件), patrol (巡检), final sample (终检).

The first card of a batch at a station is checked and signed before the second is begun.  Then every
so many cards, or minutes, one is drawn; work goes on, but not past the next one that is due.  A
check that fails stops the station; who starts it again has found the cause, and begins with another
first card.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, unique
from typing import Protocol

from sscard.errors import SscardError


@unique
class What(Enum):
    """What is checked; the word is the ledger's."""

    FIRST_ARTICLE = "first_article"
    PATROL = "patrol"
    FINAL = "final"
    GENERAL_TEST = "general_test"

    @property
    def zh(self) -> str:
        """In Chinese."""
        return _ZH[self]


_ZH = {
    What.FIRST_ARTICLE: "首件检验",
    What.PATROL: "巡检",
    What.FINAL: "终检",
    What.GENERAL_TEST: "通用测试",
}


@unique
class Verdict(Enum):
    """What came of a check; DUE until somebody signs."""

    DUE = "due"
    PASSED = "passed"
    FAILED = "failed"


class CheckFailed(SscardError):
    """A check failed: the station makes no more cards of this batch until somebody decides."""


@dataclass(frozen=True, slots=True)
class GateRules:
    """How often; no public source says: all assumed, all options of ``sscard station``."""

    first_article: bool = True
    #: A card is drawn after so many, and after so many minutes; None: not for this reason.
    patrol_cards: int | None = 500
    patrol_minutes: float | None = 120
    #: Of a batch, one card in so many is checked at the end, and at least one; None: none.
    final_one_in: int | None = 1000

    def final_sample(self, made: int) -> int:
        """How many cards of a batch have to pass the final check."""
        if not made or self.final_one_in is None:
            return 0
        return -(-made // self.final_one_in)


@dataclass(frozen=True, slots=True)
class Check:
    """One check of this station and batch: demanded ``at``, signed at ``signed_at``."""

    what: What
    verdict: Verdict
    subject: str
    at: datetime
    signed_at: datetime | None = None


class CheckBook(Protocol):
    """Where checks of this station and batch are written down."""

    def checks(self) -> Sequence[Check]:
        """All of them, oldest first."""
        ...

    def demand(self, what: What, subject: str) -> None:
        """This card has to be checked."""
        ...


@dataclass(slots=True)
class Gate:
    """Who may begin a card now; asked by all readers of a station."""

    rules: GateRules
    book: CheckBook
    now: Callable[[], datetime]
    started: datetime
    _first_by: str | None = None
    _since: int = 0
    _last: datetime | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def hold(self, reader: str) -> str | None:
        """Why this reader may not begin a card; None: it may.  Raises CheckFailed."""
        with self._lock:
            checks = self._since_failure(self.book.checks())
            return self._first(checks, reader) or self._patrol(checks)

    def made(self, reader: str, subject: str) -> None:
        """A card was made; it may be one that has to be checked."""
        with self._lock:
            self._since += 1
            if self._first_by == reader:
                self._draw(What.FIRST_ARTICLE, subject)
            elif self._is_due() and not self._open(self.book.checks()):
                self._draw(What.PATROL, subject)

    def lost(self, reader: str) -> None:
        """The reader made no card of what it was let begin."""
        with self._lock:
            if self._first_by == reader:
                self._first_by = None

    def _since_failure(self, checks: Sequence[Check]) -> Sequence[Check]:
        """What counts still.  Raises CheckFailed for a check that failed since the start."""
        failed = [(c.signed_at, c) for c in checks if c.verdict is Verdict.FAILED and c.signed_at]
        if not failed:
            return checks
        last, check = max(failed, key=lambda each: each[0])
        if last >= self.started:
            raise CheckFailed(f"{check.subject}: {check.what.zh}不合格 the check failed")
        return [each for each in checks if each.at > last]

    def _first(self, checks: Sequence[Check], reader: str) -> str | None:
        mine = [c for c in checks if c.what is What.FIRST_ARTICLE]
        if not self.rules.first_article or any(c.verdict is Verdict.PASSED for c in mine):
            return None
        if mine:
            return f"{mine[-1].subject}: 首件待签 the first card waits to be checked and signed"
        if self._first_by in (None, reader):
            self._first_by = reader
            return None
        return f"首件由{self._first_by}制作 the first card is being made at {self._first_by}"

    def _patrol(self, checks: Sequence[Check]) -> str | None:
        due = self._open(checks)
        if due is None or not self._is_due():
            return None
        return f"{due.subject}: 巡检待签 a patrol sample waits to be checked and signed"

    def _open(self, checks: Sequence[Check]) -> Check | None:
        patrols = (c for c in checks if c.what is What.PATROL and c.verdict is Verdict.DUE)
        return next(patrols, None)

    def _is_due(self) -> bool:
        self._last = self._last or self.now()
        cards, minutes = self.rules.patrol_cards, self.rules.patrol_minutes
        by_cards = cards is not None and self._since >= cards
        passed = self.now() - self._last
        return by_cards or (minutes is not None and passed >= timedelta(minutes=minutes))

    def _draw(self, what: What, subject: str) -> None:
        self.book.demand(what, subject)
        self._first_by, self._since, self._last = None, 0, self.now()

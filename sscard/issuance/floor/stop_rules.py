"""When failures are no longer the cards': a reader is taken out, or the whole line halts."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class StopRules:
    """No public source settles these numbers: all assumed, all options of ``sscard station``."""

    #: Failures one after the other that take a reader out.
    in_a_row: int = 3
    #: Of so many cards made last …
    window: int = 50
    #: … so many may fail; one more takes the reader out.
    tolerated: int = 5

    def __post_init__(self) -> None:
        if self.in_a_row < 1 or self.window < 1 or self.tolerated < 0:
            raise ValueError("stop rules count cards: in a row and window from 1, tolerated from 0")


@dataclass(slots=True)
class Failures:
    """What a reader's last cards came to, and whether it may go on."""

    rules: StopRules
    row: int = 0
    _last: deque[bool] = field(default_factory=deque)

    def made(self) -> None:
        """A good card."""
        self.row = 0
        self._note(failed=False)

    def failed(self) -> None:
        """A card failed here."""
        self.row += 1
        self._note(failed=True)

    @property
    def out(self) -> str | None:
        """Why the reader has to be taken out; None while it may go on."""
        if self.row >= self.rules.in_a_row:
            return f"连续{self.row}张失败 {self.row} cards failed in a row"
        bad, seen = sum(self._last), len(self._last)
        if bad > self.rules.tolerated:
            return f"最近{seen}张中{bad}张失败 {bad} of the last {seen} cards failed"
        return None

    def _note(self, *, failed: bool) -> None:
        self._last.append(failed)
        if len(self._last) > self.rules.window:
            self._last.popleft()

"""Ctrl-C between two cards, or two cases: the first one lets the one at hand be finished."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_AFTER_CARD = "完成当前卡后停止 stopping after this card"


class Interruption:
    """Whether Ctrl-C was pressed.  A second one is raised at once."""

    def __init__(self, said: str = _AFTER_CARD) -> None:
        self.requested = False
        self._said = said

    def note(self, _signal: int, _frame: FrameType | None) -> None:
        """The signal handler."""
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True
        sys.stderr.write(f"\n{self._said} (Ctrl-C again: at once)\n")


@contextmanager
def noted_interruption(said: str = _AFTER_CARD) -> Iterator[Interruption]:
    """While open, Ctrl-C is noted instead of raised; only the main thread gets signals."""
    interruption = Interruption(said)
    if threading.current_thread() is not threading.main_thread():
        yield interruption
        return
    before = signal.signal(signal.SIGINT, interruption.note)
    try:
        yield interruption
    finally:
        signal.signal(signal.SIGINT, before)

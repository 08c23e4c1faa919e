"""Ctrl-C between two cards: the first one lets the card in the machine be finished."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interruption:
    """Whether Ctrl-C was pressed.  A second one is raised at once."""

    def __init__(self) -> None:
        self.requested = False

    def note(self, _signal: int, _frame: FrameType | None) -> None:
        """The signal handler."""
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True
        sys.stderr.write("\n完成当前卡后停止 stopping after this card (Ctrl-C again: at once)\n")


@contextmanager
def noted_interruption() -> Iterator[Interruption]:
    """While open, Ctrl-C is noted instead of raised; only the main thread gets signals."""
    interruption = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield interruption
        return
    before = signal.signal(signal.SIGINT, interruption.note)
    try:
        yield interruption
    finally:
        signal.signal(signal.SIGINT, before)

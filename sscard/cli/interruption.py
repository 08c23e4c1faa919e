"""Ctrl-C between two cards: the first one lets the card in the machine be finished."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import AbstractContextManager
from types import FrameType, TracebackType
from typing import Any


class Interruption(AbstractContextManager["Interruption"]):
    """While open, Ctrl-C is noted instead of raised; a second one is raised at once."""

    def __init__(self) -> None:
        self.requested = False
        self._before: Any = None

    def __enter__(self) -> Interruption:
        if threading.current_thread() is threading.main_thread():  # others get no signals
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _note(self, _signal: int, _frame: FrameType | None) -> None:
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True
        sys.stderr.write("\n完成当前卡后停止 stopping after this card (Ctrl-C again: at once)\n")

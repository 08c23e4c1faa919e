"""One terminal's driver for programs in other languages: every call ends in a code.

Calls come one after the other, whoever makes them: a terminal has one keypad and one slot.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Sequence
from logging import Logger
from types import TracebackType
from typing import Protocol

from sscard.errors import SscardError, TransportError
from sscard.terminal.driver import FUNCTIONS, ErrorCode


class Calls(Protocol):
    """The driver's one entry."""

    def call(self, name: str, args: Sequence[bytes | int]) -> tuple[int, bytes]:
        """Code and output of a function, by its exported name."""
        ...


class Held(Protocol):
    """A reader that can be let go."""

    def power_off(self) -> None:
        """Let go of it, if it is open."""
        ...


class Session:
    """``driver`` behind a lock, with a bound on what it gives and a log without data.

    ``longest`` is the size of an answer with its NUL, ``log`` is told function, code and time.
    ``test_keys``: what of it has keys that the whole world knows.
    """

    def __init__(
        self,
        driver: Calls,
        slots: Sequence[Held],
        log: Logger,
        *,
        longest: int,
        test_keys: tuple[str, ...] = (),
    ) -> None:
        self.test_keys = test_keys
        self._driver = driver
        self._slots = slots
        self.log = log
        self._longest = longest
        self._lock = threading.Lock()

    def call(self, name: str, args: Sequence[bytes | int]) -> tuple[int, bytes]:
        """Code and output; nothing is raised, whatever happens inside."""
        with self._lock:
            answer = Answer(self.log)
            begun = time.monotonic()
            with answer:
                answer.give(*self._driver.call(name, args))
            code, out = self._bounded(*answer.given)
            known = name if name in FUNCTIONS else "unknown function"
            spent = 1000 * (time.monotonic() - begun)
            self.log.info("%s: %d, %.0f ms, %d bytes", known, code, spent, len(out))
            return code, out

    def close(self) -> None:
        """Let go of every reader and of the log; calls after this one open readers again."""
        with self._lock:
            for slot in self._slots:
                slot.power_off()
            for handler in self.log.handlers:
                handler.close()

    def _bounded(self, code: int, out: bytes) -> tuple[int, bytes]:
        if len(out) < self._longest:
            return code, out
        self.log.warning("an answer of %d bytes: answers.longest is %d", len(out), self._longest)
        return int(TOO_LONG), b""


#: Code of an answer that is longer than the configuration lets it be (assumed; ssc 7 has none).
TOO_LONG = ErrorCode.DATA_LENGTH
#: Code of whatever is wrong with the library itself: its configuration, its keys, a bug (assumed).
BROKEN = ErrorCode.LIBRARY


class Answer:
    """What a call gives.  As a context it turns what is raised inside into a code.

    Beyond it is a program in C, which knows no exceptions: so this is the one place where even a
    bug of ours is only a code and a line in the log, which has its type and place, and no message:
    that could name a person.
    """

    def __init__(self, log: Logger) -> None:
        self._log = log
        self.given: tuple[int, bytes] = (int(BROKEN), b"")
        #: What was raised on purpose says; of anything else the type alone.
        self.said = ""

    def give(self, code: int, out: bytes) -> None:
        """The answer."""
        self.given = (code, out)

    def __enter__(self) -> None:
        """Nothing is given yet."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> bool:
        if error is None:
            return False
        if isinstance(error, TransportError):
            self.given = (int(ErrorCode.READER), b"")
        place = traceback.extract_tb(where)[-1]
        name = type(error).__name__
        self.said = str(error) if isinstance(error, SscardError) else name
        self._log.error("%s at %s:%s: %s", name, place.filename, place.lineno, self.said)
        return isinstance(error, Exception)

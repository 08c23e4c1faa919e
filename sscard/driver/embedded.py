"""The Python side of ``libsscarddriver.so``: one driver in the process, made at its first call."""

from __future__ import annotations

import logging
import sys
import threading
from types import TracebackType

from sscard.driver.configuration import configured
from sscard.driver.frames import LENGTH, parse_call
from sscard.driver.opening import open_session
from sscard.driver.session import BROKEN, Answer, Session

#: Bytes of an explanation in the output, with its NUL: programs have room for less than an answer.
_EXPLANATION = 256


_SILENT = logging.Logger("sscard.driver", logging.CRITICAL + 1)


class Library:
    """The driver of this process, by the configuration that the environment names."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._session: Session | None = None
        self._wrong = ""

    def dispatch(self, frame: bytes) -> tuple[int, bytes]:
        """Code and output of a call; where the driver cannot be made, what is wrong with it.

        The next call tries to make it again, so that a configuration can be corrected.
        """
        call = parse_call(frame[LENGTH.size :])
        session, wrong = self._opened()
        if session is None:
            return int(BROKEN), _cut(wrong)
        return session.call(call.name, call.arguments)

    def _opened(self) -> tuple[Session | None, str]:
        with self._lock:
            if self._session is not None:
                return self._session, ""
            failing = Answer(_SILENT)
            with failing:
                self._session = open_session(configured())
            if failing.said != self._wrong:  # once, not at each call
                sys.stderr.write(f"sscard: {failing.said}\n")
            self._wrong = failing.said
            return self._session, self._wrong


def _cut(text: str) -> bytes:
    """The beginning of a text in GBK, no character torn."""
    whole = text.encode("gbk", "replace")[: _EXPLANATION - 1]
    return whole.decode("gbk", "ignore").encode("gbk")


_library = Library()


def dispatch(frame: bytes) -> tuple[int, bytes]:
    """The code, and the output with the NUL that C wants."""
    code, out = _library.dispatch(frame)
    return code, out.partition(b"\0")[0] + b"\0"


def tell(kind: type[BaseException], _error: BaseException, where: TracebackType | None) -> None:
    """Says on stderr that something nobody foresaw happened, without what it says of itself."""
    del where
    sys.stderr.write(f"sscard: {kind.__name__}\n")

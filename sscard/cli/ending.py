"""How a command ends: exit codes, and one message for whatever it could not do."""

from __future__ import annotations

import sys
from types import TracebackType

DONE, NOT_FOR_EVERYBODY, CONFIGURATION, INTERRUPTED = 0, 1, 2, 130


class Ending:
    """Turns what sscard raises on purpose into a message on stderr and an exit code.

    A Python bug is no expected ending and keeps its traceback.
    """

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            return
        from sscard.errors import SscardError  # imported where used: --help stays light

        if isinstance(error, SscardError):
            sys.stderr.write(f"错误 error: {error}\n")
            sys.exit(CONFIGURATION)
        if isinstance(error, OSError):
            sys.stderr.write(f"错误 error: {error}\n")
            sys.exit(CONFIGURATION)

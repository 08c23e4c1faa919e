"""How a command ends: exit codes, and one message for whatever it could not do."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sscard.errors import SscardError

DONE, NOT_FOR_EVERYBODY, CONFIGURATION, INTERRUPTED = 0, 1, 2, 130


@contextmanager
def one_message() -> Iterator[None]:
    """Turns what sscard raises on purpose into a message on stderr and exit code 2.

    So does an operating system's refusal.  A Python bug is no expected ending: it keeps its
    traceback.
    """
    try:
        yield
    except (SscardError, OSError) as error:
        sys.stderr.write(f"错误 error: {error}\n")
        sys.exit(CONFIGURATION)

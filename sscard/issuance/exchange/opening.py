"""Files that other parties put somewhere: opened where they are files, and nothing else.

A pipe would be waited for, a device never ends, and a link leads to what the other party chose.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from sscard.issuance.exchange.fault import Fault
from sscard.issuance.exchange.finding import ListError

#: What Windows has not is nothing there; its links need rights that other parties do not have.
_WITHOUT_WAITING = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)


def open_regular(path: Path) -> BinaryIO:
    """A regular file, opened to be read.

    Raises ListError naming the file: UNREADABLE for what is not there or forbidden, NO_FILE for a
    folder, a link, a pipe or a device.
    """
    try:
        if path.is_symlink():
            raise ListError.because(path.name, Fault.NO_FILE)
        descriptor = os.open(path, _WITHOUT_WAITING | getattr(os, "O_NOFOLLOW", 0))
    except OSError as error:
        detail = error.strerror or ""
        raise ListError.because(path.name, Fault.UNREADABLE, detail) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ListError.because(path.name, Fault.NO_FILE)
    return os.fdopen(descriptor, "rb")


def read_whole(path: Path, largest: int) -> bytes:
    """The content of a regular file of at most ``largest`` bytes.  Raises ListError as above."""
    with open_regular(path) as file:
        raw = file.read(largest + 1)
    if len(raw) > largest:
        raise ListError.because(path.name, Fault.TOO_LARGE, f"> {largest}")
    return raw

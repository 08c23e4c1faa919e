"""Files that are either the old ones or the new ones, never half of either, also in a power cut."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

#: Windows would translate line ends without O_BINARY, which exists only there.
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
#: What a crash leaves of a file that was being written; nobody reads it again.
DRAFT = re.compile(r"\.(?P<name>.+)\.\d+\.new")


def replace_file(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path`` in one step: whoever reads it finds the old file or the new one.

    Raises OSError naming ``path``.
    The file is readable by its owner only: what is written here holds personal data or keys.
    """
    with new_file(path) as file:
        file.write(content)


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """What is written in the block stands at ``path`` behind it, in one step, or not at all.

    Raises OSError naming ``path``; after any error inside the block the old file is left.  Readable
    by its owner only, as with ``replace_file``.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with _created(draft) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        sync_directory(path.parent)
    except OSError as error:
        draft.unlink(missing_ok=True)
        # The draft, which the error names if anything, means nothing to whoever reads the message.
        raise OSError(error.errno, error.strerror, str(path)) from None
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def sync_directory(directory: Path) -> None:
    """Put names created, changed or removed in ``directory`` on the disk.  Raises OSError."""
    if os.name == "nt":
        return  # Windows has no descriptor of a directory; NTFS journals its names itself.
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _created(path: Path) -> BinaryIO:
    path.unlink(missing_ok=True)  # an old one would keep its owner and its mode
    return os.fdopen(os.open(path, _NEW_FILE, 0o600), "wb")

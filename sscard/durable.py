"""Files that are either the old ones or the new ones, never half of either, also in a power cut."""

from __future__ import annotations

import os
import re
from pathlib import Path

#: Windows would translate line ends without O_BINARY, which exists only there.
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
#: What a crash leaves of a file that was being written; nobody reads it again.
DRAFT = re.compile(r"\.(?P<name>.+)\.\d+\.new")


def replace_file(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path`` in one step: whoever reads it finds the old file or the new one.

    Raises OSError naming ``path``.
    The file is readable by its owner only: what is written here holds personal data or keys.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        _write(draft, content)
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


def _write(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)  # an old one would keep its owner and its mode
    with os.fdopen(os.open(path, _NEW_FILE, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())

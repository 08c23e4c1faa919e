"""Files that are either the old ones or the new ones, never half of either, also in a power cut."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO

#: Windows would translate line ends without O_BINARY, which exists only there.
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
#: What file systems without second names for a file say: FAT, and some over a network.
_NO_LINKS = frozenset({errno.EPERM, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})
#: What a crash leaves of a file that was being written; nobody reads it again.
DRAFT = re.compile(r"\.(?P<name>.+)\.\d+\.new")


def replace_file(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path`` in one step: whoever reads it finds the old file or the new one.

    Raises OSError naming ``path``.
    The file is readable by its owner only: what is written here holds personal data or keys.
    """
    with new_file(path) as file:
        file.write(content)


def create_file(path: Path, content: bytes) -> None:
    """The same for a new ``path``: of two who create it one does, and the other changes nothing.

    Raises FileExistsError, also for a link to nowhere; OSError.  Both name ``path``.
    """
    with _put(path, _name) as file:
        file.write(content)


def new_file(path: Path) -> AbstractContextManager[BinaryIO]:
    """What is written in the block stands at ``path`` behind it, in one step, or not at all.

    Raises OSError naming ``path``; after any error inside the block the old file is left.  Readable
    by its owner only, as with ``replace_file``.
    """
    return _put(path, os.replace)


@contextmanager
def _put(path: Path, place: Callable[[Path, Path], None]) -> Iterator[BinaryIO]:
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with _created(draft) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        place(draft, path)
        sync_directory(path.parent)
    except OSError as error:
        draft.unlink(missing_ok=True)
        # The draft, which the error names if anything, means nothing to whoever reads the message.
        raise OSError(error.errno, error.strerror, str(path)) from None
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _name(draft: Path, path: Path) -> None:
    """Give the draft its name, unless something has it."""
    if os.name == "nt":
        draft.rename(path)  # Windows replaces nothing here, and FAT has no second names
        return
    try:
        os.link(draft, path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # The empty file keeps others away; a power cut here leaves it, and no half image.
        os.close(os.open(path, _NEW_FILE, 0o600))
        draft.replace(path)
    draft.unlink(missing_ok=True)


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

"""Files that are either the old ones or the new ones, never half of either, also in a power cut."""

from __future__ import annotations

import os
from pathlib import Path


def replace_file(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path`` in one step.  Raises OSError; the old file then stands.

    The file is readable by its owner only: what issuance writes holds personal data.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        sync_directory(path.parent)
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

"""Names of files that survive a power cut, beside contents that do (``files``)."""

from __future__ import annotations

import os
from pathlib import Path


def sync_directory(directory: Path) -> None:
    """Put names created, changed or removed in ``directory`` on the disk.  Raises OSError."""
    if os.name == "nt":
        return  # Windows has no descriptor of a directory; NTFS journals its names itself.
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

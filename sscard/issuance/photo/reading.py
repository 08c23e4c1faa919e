"""Files are read up to a limit: how long one says it is decides nothing."""

from __future__ import annotations

from pathlib import Path

from sscard.issuance.photo.faults import Fault, PhotoRefused, Problem
from sscard.issuance.photo.rules import PhotoRules


def read_whole(path: Path, most: int) -> bytes:
    """The content, at most one byte more than ``most``.  Raises PhotoRefused, naming no file."""
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as failed:
        raise PhotoRefused(Problem(Fault.UNREADABLE, failed.strerror or "")) from None


def read_photo(path: Path, rules: PhotoRules) -> bytes:
    """The file, unless it is longer than anything to look at.  Raises PhotoRefused."""
    raw = read_whole(path, rules.read_bytes)
    if len(raw) > rules.read_bytes:
        size = f"> {rules.read_bytes:,} bytes"
        raise PhotoRefused(Problem(Fault.FILE_SIZE, size, wanted_bytes(rules)))
    return raw


def wanted_bytes(rules: PhotoRules) -> str:
    """What FILE_SIZE says."""
    return f"{rules.min_bytes:,}–{rules.max_bytes:,} bytes"

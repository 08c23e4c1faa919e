"""Card images: the whole memory of a card in a file, versioned, checksummed, replaced atomically.

An image holds the card's keys and PIN in clear, as the chip does.  It is readable by its owner
only.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from construct import (
    Bytes,
    Const,
    Construct,
    ConstructError,
    GreedyBytes,
    Int16ub,
    Int32ub,
    PascalString,
    Struct,
)

from sscard.errors import MalformedData

_FORMAT: Construct = Struct(
    "magic" / Const(b"SSCCARD\0"),
    "version" / Int16ub,
    "sha256" / Bytes(32),
    "chip" / PascalString(Int16ub, "utf-8"),
    "size" / Int32ub,
    "cells" / GreedyBytes,
)
VERSION = 1
#: No chip is larger; a damaged size field must not make us allocate more.
_LARGEST = 1 << 22


@dataclass(frozen=True, slots=True)
class Image:
    """``chip`` is the name of the chip file; ``cells`` the memory, byte for byte."""

    chip: str
    cells: bytes = field(repr=False)

    def __bytes__(self) -> bytes:
        parts = {
            "version": VERSION,
            "sha256": _checksum(self.chip, self.cells),
            "chip": self.chip,
            "size": len(self.cells),
            "cells": zlib.compress(self.cells, 1),
        }
        return bytes(_FORMAT.build(parts))

    @classmethod
    def parse(cls, raw: bytes) -> Image:
        """The image in ``raw``.  Raises MalformedData: no image, newer version, damaged."""
        try:
            parts = _FORMAT.parse(raw)
        except (ConstructError, UnicodeDecodeError):
            raise MalformedData("this is not a card image") from None
        if parts.version != VERSION:
            raise MalformedData(f"card image of version {parts.version}; this is for {VERSION}")
        cells = _inflated(parts.cells, parts.size)
        if _checksum(parts.chip, cells) != parts.sha256:
            raise MalformedData("the card image is damaged: its checksum is another")
        return cls(parts.chip, cells)

    def save(self, path: Path) -> None:
        """Replace ``path`` as a whole or not at all; only its owner may read it."""
        part = path.with_name(path.name + ".part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(bytes(self))
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        _sync_folder(path.parent)


def _inflated(packed: bytes, size: int) -> bytes:
    if size > _LARGEST:
        raise MalformedData("the card image names a memory larger than any chip's")
    try:
        cells = zlib.decompressobj().decompress(packed, size + 1)
    except zlib.error:
        raise MalformedData("the card image is damaged: its memory cannot be read") from None
    if len(cells) != size:
        raise MalformedData("the card image is damaged: its memory has another size")
    return cells


def _checksum(chip: str, cells: bytes) -> bytes:
    return hashlib.sha256(chip.encode() + b"\0" + cells).digest()


def _sync_folder(folder: Path) -> None:
    """Make the new name permanent; Windows has no such call and needs none."""
    with suppress(PermissionError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

"""Card images: the whole memory of a card in a file, versioned, checksummed, replaced atomically.

An image holds the card's keys and PIN in clear, as the chip does.  It is readable by its owner
only.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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

from sscard.durable import replace_file
from sscard.errors import MalformedData

_FRAME: Construct = Struct(
    "magic" / Const(b"SSCCARD\0"),
    "version" / Int16ub,
    "sha256" / Bytes(32),  # of the body
    "body" / GreedyBytes,
)
_BODY: Construct = Struct(
    "chip" / PascalString(Int16ub, "utf-8"),
    "size" / Int32ub,
    "cells" / GreedyBytes,  # compressed
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
        packed = zlib.compress(self.cells, 1)
        body = _BODY.build({"chip": self.chip, "size": len(self.cells), "cells": packed})
        frame = {"version": VERSION, "sha256": _checksum(body), "body": body}
        return bytes(_FRAME.build(frame))

    @classmethod
    def parse(cls, raw: bytes) -> Image:
        """The image in ``raw``.  Raises MalformedData: no image, newer version, damaged."""
        frame = _parsed(_FRAME, raw)
        if frame.version != VERSION:
            raise MalformedData(f"card image of version {frame.version}; this is for {VERSION}")
        if _checksum(frame.body) != frame.sha256:
            raise MalformedData("the card image is damaged: its checksum is another")
        body = _parsed(_BODY, frame.body)
        return cls(body.chip, _inflated(body.cells, body.size))

    def save(self, path: Path) -> None:
        """Replace ``path`` as a whole or not at all; only its owner reads it.  Raises OSError."""
        replace_file(path, bytes(self))


def _parsed(layout: Construct, raw: bytes) -> Any:
    try:
        return layout.parse(raw)
    except (ConstructError, UnicodeDecodeError):
        raise MalformedData("this is not a card image") from None


def _inflated(packed: bytes, size: int) -> bytes:
    if size > _LARGEST:
        raise MalformedData("the card image names a memory larger than any chip's")
    stream = zlib.decompressobj()
    try:
        cells = stream.decompress(packed, size + 1)
    except zlib.error:
        raise MalformedData("the card image is damaged: its memory cannot be read") from None
    if len(cells) != size or not stream.eof or stream.unused_data:
        raise MalformedData("the card image is damaged: its memory has another size")
    return cells


def _checksum(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()

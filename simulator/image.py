"""Card images: the whole memory of a card in a file, versioned, checksummed, replaced atomically.

With the memory goes its wear: how often each page was programmed.

An image holds the card's keys and PIN in clear, as the chip does.  It is readable by its owner
only.
"""

from __future__ import annotations

import hashlib
import struct
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
    If,
    Int16ub,
    Int32ub,
    PascalString,
    StreamError,
    Struct,
    this,
)

from sscard.durable import create_file, replace_file
from sscard.errors import MalformedData, TransportError

#: 2: with wear.  3: with the length, so that a file which was cut short is told from a damaged one.
VERSION = 3
_WITHOUT_LENGTH = 2
READABLE = (_WITHOUT_LENGTH, VERSION)

FRAME: Construct = Struct(
    "magic" / Const(b"SSCCARD\0") * "`SSCCARD` and a zero byte",
    "version" / Int16ub * f"version of the format, {VERSION}",
    "length" / If(this.version != _WITHOUT_LENGTH, Int32ub) * "bytes of the body; not in version 2",
    "sha256" / Bytes(32) * "SHA-256 of the body",
    "body" / GreedyBytes * "see below; it ends with the file",
)
BODY: Construct = Struct(
    "chip" / PascalString(Int16ub, "utf-8") * "name of the chip file, its length (2) before it",
    "size" / Int32ub * "bytes of the memory",
    "pages" / Int32ub * "pages of the memory",
    "memory" / GreedyBytes * "zlib: the memory, then 4 bytes for each page, its wear",
)
#: No chip is larger; a damaged size field must not make us allocate more.
_LARGEST = 1 << 22
_COUNT_SIZE = 4


@dataclass(frozen=True, slots=True)
class Image:
    """``chip`` is the name of the chip file; ``cells`` the memory, byte for byte.

    ``wear`` has a count for each page.
    """

    chip: str
    cells: bytes = field(repr=False)
    wear: tuple[int, ...] = field(repr=False)

    def __bytes__(self) -> bytes:
        size, pages = len(self.cells), len(self.wear)
        memory = zlib.compress(self.cells + struct.pack(f">{pages}I", *self.wear), 1)
        body = BODY.build({"chip": self.chip, "size": size, "pages": pages, "memory": memory})
        frame = {"version": VERSION, "length": len(body), "sha256": _checksum(body), "body": body}
        return bytes(FRAME.build(frame))

    @classmethod
    def parse(cls, raw: bytes) -> Image:
        """The image in ``raw``, also one of version 2.

        Raises MalformedData with the reason: no image, other version, cut short, damaged.
        """
        frame = _parsed(FRAME, raw)
        if frame.version not in READABLE:
            raise MalformedData(f"card image of version {frame.version}; this is for {VERSION}")
        if frame.length is not None and len(frame.body) != frame.length:
            raise MalformedData(
                f"the card image is damaged: its body has {len(frame.body)} bytes of {frame.length}"
            )
        if _checksum(frame.body) != frame.sha256:
            raise MalformedData("the card image is damaged: its checksum is another")
        body = _parsed(BODY, frame.body)
        memory = _inflated(body.memory, body.size + body.pages * _COUNT_SIZE)
        counts = struct.unpack_from(f">{body.pages}I", memory, body.size)
        return cls(body.chip, memory[: body.size], counts)

    def save(self, path: Path) -> None:
        """Replace ``path`` as a whole or not at all; only its owner reads it.  Raises OSError."""
        replace_file(path, bytes(self))

    def create(self, path: Path) -> None:
        """The same at a new ``path``.  Raises TransportError when there is something; OSError."""
        try:
            create_file(path, bytes(self))
        except FileExistsError:
            why = "文件已存在 is there already; nothing was written"
            raise TransportError(f"{path}: {why}") from None


def _parsed(layout: Construct, raw: bytes) -> Any:
    try:
        return layout.parse(raw)
    except StreamError:
        raise MalformedData("this is not a card image, or only the beginning of one") from None
    except (ConstructError, UnicodeDecodeError):
        raise MalformedData("this is not a card image") from None


def _inflated(packed: bytes, size: int) -> bytes:
    if size > _LARGEST:
        raise MalformedData("the card image names a memory larger than any chip's")
    stream = zlib.decompressobj()
    try:
        memory = stream.decompress(packed, size + 1)
    except zlib.error:
        raise MalformedData("the card image is damaged: its memory cannot be read") from None
    if len(memory) != size or not stream.eof or stream.unused_data:
        raise MalformedData("the card image is damaged: its memory has another size")
    return memory


def _checksum(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()

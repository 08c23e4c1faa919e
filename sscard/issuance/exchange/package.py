"""What a workbook is packed in: a ZIP whose parts are looked at before any of them is believed."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator

from sscard.issuance.exchange.fault import Fault
from sscard.issuance.exchange.finding import ListError
from sscard.issuance.exchange.part_bounds import require_bounds

#: Bytes of all parts together, unpacked, and how many times those packed.
LARGEST_UNPACKED, MOST_TIMES = 256 << 20, 200
#: Below this size a part may be as well packed as it likes.
_SMALL = 4 << 20
#: Bytes of the directory of a ZIP: some thousand parts, each of which costs memory.
_LARGEST_DIRECTORY = 1 << 20
#: The end record of a ZIP without comment; no spreadsheet program writes one.
_END, _END_SIZE = b"PK\5\6", 22
_CHUNK = 1 << 16
#: What zipfile raises for what is none: RuntimeError for passwords, ValueError for places outside.
_NO_PACKAGE = (
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)
_OVERLAP = 16
_XML = (".xml", ".rels", ".vml")
_FOREIGN = re.compile(
    r"(^|/)(vbaProject|externalLinks|embeddings|activeX|connections\.xml|queryTables)",
    re.IGNORECASE,
)
_DECLARED = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([^\"']*)[\"']")


def require_plain(raw: bytes, source: str) -> None:
    """Raises ListError for a package that is none, is a bomb, or has more than a table in it."""
    _require_directory(raw, source)
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as package:
            parts = package.infolist()
            if "xl/workbook.xml" not in package.namelist():
                raise ListError.because(source, Fault.WORKBOOK, "a ZIP of other files")
            _require_sizes(parts, len(raw), source)
            for part in parts:
                _require_table(package, part, source)
                if part.filename.lower().endswith(_XML):
                    require_bounds(_plain(package, part), part.filename, source)
    except _NO_PACKAGE:
        raise ListError.because(source, Fault.WORKBOOK, "its ZIP is damaged") from None


def _require_directory(raw: bytes, source: str) -> None:
    """Before zipfile reads all of the directory: how large is it said to be?"""
    end = raw[-_END_SIZE:]
    if not raw.startswith(b"PK") or not end.startswith(_END):
        raise ListError.because(source, Fault.WORKBOOK, "no ZIP, or cut")
    if int.from_bytes(end[12:16], "little") > _LARGEST_DIRECTORY:
        raise ListError.because(source, Fault.WORKBOOK_BOMB, "too many parts")


def _require_sizes(parts: list[zipfile.ZipInfo], packed: int, source: str) -> None:
    """By what the directory says: zipfile unpacks no more of a part than that."""
    unpacked = sum(part.file_size for part in parts)
    if unpacked > LARGEST_UNPACKED or unpacked > max(_SMALL, packed * MOST_TIMES):
        raise ListError.because(source, Fault.WORKBOOK_BOMB, f"{packed} to {unpacked} bytes")


def _require_table(package: zipfile.ZipFile, part: zipfile.ZipInfo, source: str) -> None:
    if _FOREIGN.search(part.filename):
        raise ListError.because(source, Fault.WORKBOOK_CONTENT)
    if not part.filename.lower().endswith(_XML):
        with package.open(part) as file:
            if file.read(4) == b"PK\3\4":
                raise ListError.because(source, Fault.WORKBOOK_CONTENT)
        return
    for piece in _overlapping(_plain(package, part)):
        declared = _DECLARED.match(piece.removeprefix(b"\xef\xbb\xbf"))
        other = declared and declared[1].lower() not in (b"utf-8", b"us-ascii")
        if other or b"<!DOCTYPE" in piece or b"\0" in piece:
            raise ListError.because(source, Fault.WORKBOOK_DOCTYPE)


def _plain(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    with package.open(part) as file:
        while piece := file.read(_CHUNK):
            yield piece


def _overlapping(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """No word is cut."""
    last = b""
    for piece in pieces:
        yield last + piece
        last = piece[-_OVERLAP:]

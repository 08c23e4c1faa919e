"""What a JPEG file says before its pixels (ITU-T T.81 B): read without decoding anything.

Sizes are known from here before memory is spent on them.  Nothing is taken from a comment, a
colour profile or a thumbnail.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import IntEnum, unique

from sscard.errors import MalformedData


@unique
class Marker(IntEnum):
    """The second byte of the markers that this reader knows."""

    DHT = 0xC4
    JPG = 0xC8
    DAC = 0xCC
    SOI = 0xD8
    EOI = 0xD9
    SOS = 0xDA
    DQT = 0xDB
    APP0 = 0xE0
    APP1 = 0xE1
    APP14 = 0xEE
    APP15 = 0xEF
    COM = 0xFE


#: Markers that begin a frame: SOF0 to SOF15 without those that stand between them.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {Marker.DHT, Marker.JPG, Marker.DAC}
#: Markers without a length: a stuffed zero, TEM, the restart markers and a second SOI.
_ALONE = frozenset({0x00, 0x01, *range(0xD0, 0xD8), Marker.SOI})
#: A photo has a dozen segments, a progressive one some dozens; more only cost memory.
_MOST_SEGMENTS = 1_000
#: In the entropy-coded data FF00 is a stuffed byte, FFD0 to FFD7 restart, FFFF is fill.
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Component:
    """One colour component: its identifier and the number of its quantization table."""

    identifier: int
    table: int


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame header: ``process`` 0 is baseline, 1 extended, 2 progressive Huffman coding."""

    process: int
    bits: int
    width: int
    height: int
    components: tuple[Component, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """Marker and content of a segment, and where it lies in the file."""

    marker: int
    content: bytes = field(repr=False)
    start: int
    end: int  # of the whole, the coded data behind an SOS included


@dataclass(frozen=True, slots=True)
class Jpeg:
    """A JPEG file from SOI to EOI.  ``end`` is behind EOI; more bytes may follow."""

    frame: Frame
    tables: dict[int, tuple[int, ...]] = field(repr=False)  # by number, in zigzag order
    segments: tuple[Segment, ...] = field(repr=False)
    end: int

    def contents(self, marker: Marker, start: bytes = b"") -> list[bytes]:
        """What segments with this marker hold, behind ``start``, in their order."""
        return [
            each.content.removeprefix(start)
            for each in self.segments
            if each.marker == marker and each.content.startswith(start)
        ]

    @property
    def scans(self) -> int:
        """How often the picture is gone through; 1 in a baseline file of one scan."""
        return sum(each.marker == Marker.SOS for each in self.segments)

    def pixels_only(self, raw: bytes) -> bytes:
        """The file without applications' segments and comments.

        APP0 and APP14 stay, because they say which colours the components are.
        """
        kept = (
            raw[each.start : each.end] for each in self.segments if each.marker not in _LEFT_OUT
        )
        return b"".join((raw[:2], *kept, bytes((0xFF, Marker.EOI))))


_LEFT_OUT = {*range(Marker.APP1, Marker.APP15 + 1), Marker.COM} - {Marker.APP14}


def parse_jpeg(raw: bytes) -> Jpeg:
    """The file's structure.  Raises MalformedData saying where it is broken or ends too early."""
    if raw[:2] != bytes((0xFF, Marker.SOI)):
        raise MalformedData("no JPEG file")
    segments: list[Segment] = []
    at = 2
    while (found := _segment(raw, at)).marker != Marker.EOI:
        segments.append(found)
        if len(segments) > _MOST_SEGMENTS:
            raise MalformedData(f"more than {_MOST_SEGMENTS:,} segments")
        at = found.end
    return Jpeg(_frame(segments), _tables(segments), tuple(segments), found.end)


def _segment(raw: bytes, start: int) -> Segment:
    at = start
    while raw[at : at + 2] == b"\xff\xff":  # fill bytes
        at += 1
    if len(raw) < at + 2:
        raise MalformedData(f"cut off at byte {len(raw)}: no end marker")
    marker = raw[at + 1]
    if raw[at] != 0xFF or marker in _ALONE:
        raise MalformedData(f"no marker at byte {at}")
    if marker == Marker.EOI:
        return Segment(marker, b"", at, at + 2)
    length = int.from_bytes(raw[at + 2 : at + 4], "big")
    end = at + 2 + length
    if length < 2 or end > len(raw):
        raise MalformedData(f"cut off in the segment at byte {at}")
    content = raw[at + 4 : end]
    return Segment(marker, content, at, _behind_scan(raw, end) if marker == Marker.SOS else end)


def _behind_scan(raw: bytes, at: int) -> int:
    found = _NEXT_MARKER.search(raw, at)
    if found is None:
        raise MalformedData(f"cut off at byte {len(raw)}, inside the pixels")
    return found.start()


def _frame(segments: list[Segment]) -> Frame:
    frames = [each for each in segments if each.marker in _FRAMES]
    if len(frames) != 1:
        raise MalformedData(f"{len(frames)} frames instead of one")
    if not any(each.marker == Marker.SOS for each in segments):
        raise MalformedData("no pixels")
    marker, content = frames[0].marker, frames[0].content
    if len(content) < 6 or len(content) != 6 + 3 * content[5]:
        raise MalformedData("frame header of a wrong length")
    return Frame(
        process=marker - 0xC0,
        bits=content[0],
        height=int.from_bytes(content[1:3], "big"),
        width=int.from_bytes(content[3:5], "big"),
        components=tuple(Component(content[i], content[i + 2]) for i in range(6, len(content), 3)),
    )


def _tables(segments: list[Segment]) -> dict[int, tuple[int, ...]]:
    tables: dict[int, tuple[int, ...]] = {}
    for each in segments:
        if each.marker != Marker.DQT:
            continue
        rest = each.content
        while rest:
            bytes_each, number = (rest[0] >> 4) + 1, rest[0] & 0x0F
            size = 1 + 64 * bytes_each
            if bytes_each > 2 or len(rest) < size:
                raise MalformedData("broken quantization table")
            values = (rest[i : i + bytes_each] for i in range(1, size, bytes_each))
            tables[number] = tuple(int.from_bytes(value, "big") for value in values)
            rest = rest[size:]
    return tables

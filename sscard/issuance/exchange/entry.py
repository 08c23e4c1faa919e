"""What a form finds in a file, before fields are judged: texts by field name, and where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from sscard.issuance.exchange.finding import Finding
from sscard.issuance.exchange.layout import Section


@dataclass(frozen=True, slots=True)
class Entry:
    """A line or element, and the texts of its fields."""

    section: Section
    line: int
    texts: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that is read: bytes of a line (or of one record), and records."""

    line: int = 1 << 16
    records: int = 20_000_000


#: Forms yield entries, and findings for what is none.
Found = Iterator[Entry | Finding]


def lines(stream: BinaryIO, limits: Limits) -> Iterator[tuple[int, bytes, bytes]]:
    """Number, bytes and end of each line; the last one may have no end.

    Of a line longer than ``limits.line`` only a piece that is too long comes: whoever reads stops.
    """
    number = 0
    while raw := stream.readline(limits.line + 2):
        number += 1
        bare = raw.removesuffix(b"\n").removesuffix(b"\r")
        yield number, bare, raw[len(bare) :] if raw.endswith(b"\n") else b""

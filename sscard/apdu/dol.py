"""Data object lists: tags and lengths that a card asks a terminal for (PDOL, CDOL; pboc 5 [H])."""

from __future__ import annotations

from collections.abc import Iterator

from sscard.errors import MalformedData


def entries(dol: bytes) -> Iterator[tuple[int, int]]:
    """The (tag, length) pairs of ``dol``, in order.  Raises MalformedData.

    Tags have one or two bytes; a length has one.
    """
    at = 0
    while at < len(dol):
        width = 2 if dol[at] & 0x1F == 0x1F else 1
        end = at + width + 1
        if dol[at] == 0 or end > len(dol):
            raise MalformedData(f"no tag and length at offset {at}")
        yield int.from_bytes(dol[at : at + width], "big"), dol[end - 1]
        at = end


def size(dol: bytes) -> int:
    """How many bytes of data ``dol`` asks for.  Raises MalformedData."""
    return sum(length for _, length in entries(dol))

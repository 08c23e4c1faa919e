"""What a terminal answers to a card's data object list."""

from __future__ import annotations

from collections.abc import Mapping

from sscard.apdu import dol
from sscard.errors import MalformedData

#: Bytes that fit into a short command, also in template 83.
_MOST = 252


def told(wanted: bytes, values: Mapping[int, bytes]) -> bytes:
    """The values that the list asks for.  Raises MalformedData, also for one that asks too much."""
    if dol.size(wanted) > _MOST:
        raise MalformedData(f"a data object list asks for at most {_MOST} bytes")
    return dol.fill(wanted, values)

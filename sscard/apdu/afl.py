"""The application file locator, tag 94: which records a terminal reads (pboc 5, 6.1 [H])."""

from __future__ import annotations

from collections.abc import Iterator

from sscard.errors import MalformedData

_ENTRY = 4


def records(afl: bytes) -> Iterator[tuple[int, int]]:
    """The (SFI, record number) pairs that ``afl`` names, in reading order.

    An entry is SFI in the high five bits, first and last record, number of records under the
    static signature.  Raises MalformedData for anything else.
    """
    if not afl or len(afl) % _ENTRY:
        raise MalformedData("an AFL is whole entries of 4 bytes")
    for at in range(0, len(afl), _ENTRY):
        place, first, last, signed = afl[at : at + _ENTRY]
        if place & 0x07 or not 1 <= place >> 3 <= 30 or not 1 <= first <= last:
            raise MalformedData(f"AFL entry at offset {at}: no such records")
        if signed > last - first + 1:
            raise MalformedData(f"AFL entry at offset {at}: more records signed than named")
        yield from ((place >> 3, number) for number in range(first, last + 1))

"""The application file locator, tag 94: which records a terminal reads (pboc 5, 6.1 [H])."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sscard.apdu import tlv
from sscard.errors import MalformedData

_ENTRY = 4
_RECORD = 0x70
#: Records of files up to this one are signed without their template (pboc 4.2 [H, V]).
_LAST_OF_EMV = 10


@dataclass(frozen=True, slots=True)
class Entry:
    """Records ``first`` to ``last`` of one file, of which the first ``signed`` are signed."""

    sfi: int
    first: int
    last: int
    signed: int = 0

    def __post_init__(self) -> None:
        if not (1 <= self.sfi <= 30 and 1 <= self.first <= self.last <= 0xFF):
            raise ValueError("no such records")
        if not 0 <= self.signed <= self.last - self.first + 1:
            raise ValueError("more records signed than named")

    def __bytes__(self) -> bytes:
        return bytes((self.sfi << 3, self.first, self.last, self.signed))


def entries(afl: bytes) -> Iterator[Entry]:
    """The entries of ``afl``: SFI in the high five bits, first and last record, number of records
    under the static signature.  Raises MalformedData for anything else.
    """
    if not afl or len(afl) % _ENTRY:
        raise MalformedData("an AFL is whole entries of 4 bytes")
    for at in range(0, len(afl), _ENTRY):
        place, first, last, signed = afl[at : at + _ENTRY]
        try:
            # The low three bits are 0; an SFI of 0 is refused like any that is none.
            yield Entry(0 if place & 0x07 else place >> 3, first, last, signed)
        except ValueError as wrong:
            raise MalformedData(f"AFL entry at offset {at}: {wrong}") from None


def records(afl: bytes) -> Iterator[tuple[int, int]]:
    """The (SFI, record number) pairs that ``afl`` names, in reading order.

    Raises MalformedData.
    """
    for entry in entries(afl):
        yield from ((entry.sfi, number) for number in range(entry.first, entry.last + 1))


def signed_records(afl: bytes) -> Iterator[tuple[int, int]]:
    """Those of them whose contents the issuer signed, in the same order.  Raises MalformedData."""
    for entry in entries(afl):
        signed = range(entry.first, entry.first + entry.signed)
        yield from ((entry.sfi, number) for number in signed)


def signed_content(sfi: int, record: bytes) -> bytes:
    """What is signed of a record as it is read: of SFI 1 to 10 what is in its template 70.

    Raises MalformedData for such a record that is not exactly one template.
    """
    if sfi > _LAST_OF_EMV:
        return record
    objects = list(tlv.parse(record))
    if [tag for tag, _ in objects] != [_RECORD]:
        raise MalformedData("a record of SFI 1 to 10 is one template 70")
    return objects[0][1]

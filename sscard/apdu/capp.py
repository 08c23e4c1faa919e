"""Files and records of extended applications (CAPP), and their commands (pboc 1.8, 3, 5 [M])."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.errors import MalformedData

#: Kinds of files.
VARIABLE, CYCLIC = 0x01, 0x02
_ENTRY = 7
_FILES = range(0x15, 0x1F)


@dataclass(frozen=True, slots=True)
class File:
    """One entry of DGI A001.

    ``record_size`` is the most a record has in a variable file, each record's in a cyclic one.
    ``size`` is a variable file's in bytes, 0 for no limit; ``count`` the records of a cyclic one.
    """

    sfi: int
    kind: int
    record_size: int
    size: int = 0
    count: int = 0


def files(raw: bytes) -> tuple[File, ...]:
    """The files that A001 lists, in order.  Raises MalformedData."""
    if len(raw) % _ENTRY:
        raise MalformedData("the list of files has entries of 7 bytes")
    found = tuple(_file(raw[at : at + _ENTRY]) for at in range(0, len(raw), _ENTRY))
    if len({each.sfi for each in found}) != len(found):
        raise MalformedData("a file is listed twice")
    return found


def _file(entry: bytes) -> File:
    sfi, kind, _, _, longest, high, low = entry
    if sfi not in _FILES or kind not in (VARIABLE, CYCLIC) or not longest:
        raise MalformedData("no such file of an extended application")
    if kind == VARIABLE:
        return File(sfi, kind, longest, size=high << 8 | low)
    if low != longest or not high:
        raise MalformedData("a cyclic file has a number of records of one size")
    return File(sfi, kind, longest, count=high)


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a variable file: number (2), length (1), data."""

    number: int
    data: bytes

    def __bytes__(self) -> bytes:
        return self.number.to_bytes(2, "big") + bytes((len(self.data),)) + self.data

    @classmethod
    def parse(cls, raw: bytes) -> Record:
        """What ``bytes`` made.  Raises MalformedData."""
        if len(raw) < 3 or raw[2] != len(raw) - 3:
            raise MalformedData("a record is number, length and so many bytes")
        return cls(int.from_bytes(raw[:2], "big"), raw[3:])


def append_record(enciphered_key: bytes, content: bytes, *, sfi: int) -> CommandAPDU:
    """A new record with its key, 16 bytes under the file's; before the MAC."""
    return CommandAPDU(0x04, INS.STORE_DATA, 0x00, sfi << 3, enciphered_key + content)


def read_capp_data(number: int, *, sfi: int) -> CommandAPDU:
    """One record of a variable file."""
    data = number.to_bytes(2, "big")
    return CommandAPDU(0x80, INS.READ_CAPP_DATA, 0x00, sfi << 3, data, 256)


def update_capp_data_cache(content: bytes, *, sfi: int) -> CommandAPDU:
    """A whole record of a variable file, or one more of a cyclic one; before the MAC."""
    return CommandAPDU(0x84, INS.UPDATE_CAPP_DATA_CACHE, 0x00, sfi << 3, content)


def get_trans_prove(atc: bytes) -> CommandAPDU:
    """The cryptogram of a completed transaction."""
    return CommandAPDU(0x80, INS.GET_TRANS_PROVE, data=atc, ne=256)


def listed(found: tuple[File, ...]) -> Iterator[bytes]:
    """The entries of A001 for these files."""
    for each in found:
        tail = each.size.to_bytes(2, "big")
        if each.kind == CYCLIC:
            tail = bytes((each.count, each.record_size))
        yield bytes((each.sfi, each.kind, 0, 0, each.record_size)) + tail

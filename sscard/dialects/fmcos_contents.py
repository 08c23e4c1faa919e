"""A neutral file in the words of FMCOS: its creation and its first content."""

from __future__ import annotations

from collections.abc import Iterator

from sscard.apdu import iso7816
from sscard.apdu.command import CommandAPDU
from sscard.dialects.fmcos_operations import CreateEf, FileType, Protection
from sscard.dialects.fmcos_rights import LineProtection
from sscard.dialects.fmcos_states import States
from sscard.dialects.operations import CreateFile, Structure
from sscard.errors import ProfileError

APPEND_RECORD = 0xE2
#: The most that one command carries, and the longest record (dialects 2.1 [S]).
CHUNK, LONGEST_RECORD = 239, 248
_SFIS = range(1, 31)
_TYPES = {
    Structure.TRANSPARENT: FileType.BINARY,
    Structure.FIXED: FileType.FIXED,
    Structure.VARIABLE: FileType.VARIABLE,
    Structure.CYCLIC: FileType.CYCLIC,
}


def created(file: CreateFile, states: States, place: str) -> CreateEf:
    """CREATE FILE.  Raises ProfileError naming ``place`` for what an FMCOS file cannot be."""
    if file.fid not in _SFIS:
        raise ProfileError(f"{place}: FMCOS has short identifiers for the FIDs 0001 to 001E only")
    if file.structure not in _TYPES:
        raise ProfileError(f"{place}: FMCOS has no {file.structure.name.lower()} files")
    records = _records(file)
    if file.structure != Structure.TRANSPARENT and max(map(len, records)) > LONGEST_RECORD:
        raise ProfileError(f"{place}: a record has at most {LONGEST_RECORD} bytes")
    return CreateEf(
        file.fid,
        _TYPES[file.structure],
        Protection.NONE,
        _size(file, records, place),
        states.right(file.read),
        states.right(file.update),
        LineProtection(),
    )


def contents(file: CreateFile) -> Iterator[CommandAPDU]:
    """The commands that write the first content; the file is named by its short identifier."""
    if file.structure == Structure.TRANSPARENT:
        body = file.records[0]
        yield iso7816.select_fid(file.fid)
        for at in range(0, len(body), CHUNK):
            yield iso7816.update_binary(body[at : at + CHUNK], offset=at)
        return
    for record in _records(file):
        yield CommandAPDU(0x00, APPEND_RECORD, 0x00, file.fid << 3 | 4, record)


def _records(file: CreateFile) -> tuple[bytes, ...]:
    return file.records * file.count if file.structure == Structure.CYCLIC else file.records


def _size(file: CreateFile, records: tuple[bytes, ...], place: str) -> int:
    if file.structure in (Structure.TRANSPARENT, Structure.VARIABLE):
        size = sum(map(len, records))
        if file.structure == Structure.VARIABLE and any(_no_tlv(record) for record in records):
            raise ProfileError(f"{place}: a variable record is one tag, one length byte, a value")
        return size
    if len(records) < 2 or len(set(map(len, records))) > 1:
        raise ProfileError(f"{place}: FMCOS wants two or more records of one length")
    return len(records) << 8 | len(records[0])


def _no_tlv(record: bytes) -> bool:
    return len(record) < 2 or record[1] != len(record) - 2

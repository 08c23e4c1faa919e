"""READ, UPDATE and APPEND RECORD (dialects 2.1, 2.6 [S])."""

from __future__ import annotations

from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.fmcos.objects import Ef
from sscard.cos.fmcos.protection import read_line, unprotected
from sscard.cos.fmcos.session import Session
from sscard.dialects.fmcos_operations import FileType

_BY_NUMBER, _BY_TAG, _LAST, _NEXT, _PREVIOUS = 4, 0, 1, 2, 3
#: What the low three bits of P2 may say; the manual's examples use more forms than its tables.
READS, UPDATES = (_BY_NUMBER, _BY_TAG), (_BY_NUMBER, _BY_TAG, _LAST, _NEXT, _PREVIOUS)
APPENDS = (_BY_NUMBER, 0)
_STRUCTURES = (FileType.FIXED, FileType.VARIABLE, FileType.CYCLIC)
_LONGEST_RECORD = 248
_WHOLE = 256

Place = tuple[int, int]  # address and size


def read_record(session: Session, command: CommandAPDU) -> bytes:
    """A record by number or, in a variable file, by tag; a smaller Le reads its beginning.

    Raises StatusError 6A83, and 6Cxx with the right length for a larger Le.
    """
    file = _record_file(session, command)
    line = read_line(session, file, command)
    session.require_unless_free(file.read)
    at, size = _existing(session, file, command.p1, command.p2 & 7)
    if size < command.ne != _WHOLE:
        raise StatusError(StatusWord(0x6C00 | size))
    data = session.content(at, min(size, command.ne))
    return line.wrap_answer(data) if line else data


def update_record(session: Session, command: CommandAPDU) -> bytes:
    """Write a record over another; a cyclic file, and P1 00 in a variable one, gain a record."""
    file = _record_file(session, command)
    plain = unprotected(session, file, command)
    session.require_unless_free(file.write)
    how = command.p2 & 7
    if file.type == FileType.VARIABLE:
        _update_variable(session, file, command.p1, how, plain.data)
    elif file.type == FileType.CYCLIC and how in (_NEXT, _PREVIOUS):
        _append_counted(session, file, plain.data)
    elif file.type == FileType.FIXED and how == _BY_NUMBER:
        _write_counted(session, _slot(session, file, command.p1), plain.data)
    else:
        raise StatusError(StatusWord.WRONG_FILE_STRUCTURE)
    return b""


def append_record(session: Session, command: CommandAPDU) -> bytes:
    """Add a record at the end.  Raises StatusError 6A84 when a file that does not turn is full."""
    file = _record_file(session, command)
    plain = unprotected(session, file, command)
    session.require_unless_free(file.write)
    if file.type == FileType.VARIABLE:
        _append_variable(session, file, plain.data)
    else:
        _append_counted(session, file, plain.data)
    return b""


def _record_file(session: Session, command: CommandAPDU) -> Ef:
    file = session.file(command.p2 >> 3)
    if file.type not in _STRUCTURES:
        raise StatusError(StatusWord.WRONG_FILE_STRUCTURE)
    return file


def _existing(session: Session, file: Ef, p1: int, how: int) -> Place:
    """A record that was written.  Raises StatusError 6981, 6A83."""
    if file.type == FileType.VARIABLE:
        return _found(_records(session, file), session, p1, how)
    if how != _BY_NUMBER:
        raise StatusError(StatusWord.WRONG_FILE_STRUCTURE)
    at, size = _slot(session, file, p1)
    if not session.nvm.image[at - 1]:
        raise StatusError(StatusWord.RECORD_NOT_FOUND)
    return at, size


def _slot(session: Session, file: Ef, number: int) -> Place:
    """Where a record of a fixed or cyclic file stands; number 1 of a cyclic file is the newest."""
    newest, length = session.content(file.state, 2)
    count = file.size // (length + 1)
    if not 1 <= number <= count:
        raise StatusError(StatusWord.RECORD_NOT_FOUND)
    slot = (newest - number) % count if file.type == FileType.CYCLIC else number - 1
    return file.body + slot * (length + 1) + 1, length


def _write_counted(session: Session, place: Place, data: bytes) -> None:
    at, size = place
    if len(data) != size:
        raise StatusError(StatusWord.WRONG_LENGTH)
    session.nvm.write(at - 1, b"\1" + data)


def _append_counted(session: Session, file: Ef, data: bytes) -> None:
    """The state byte is the number of the slot behind the newest record."""
    following, length = session.content(file.state, 2)
    count = file.size // (length + 1)
    at = file.body + following * (length + 1) + 1
    if file.type == FileType.FIXED:
        at = _first_unwritten(session, file, count, length)
    _write_counted(session, (at, length), data)
    if file.type == FileType.CYCLIC:
        session.nvm.write(file.state, bytes(((following + 1) % count,)))


def _first_unwritten(session: Session, file: Ef, count: int, length: int) -> int:
    for slot in range(count):
        at = file.body + slot * (length + 1)
        if not session.nvm.image[at]:
            return at + 1
    raise StatusError(StatusWord.NOT_ENOUGH_SPACE)


def _records(session: Session, file: Ef) -> list[Place]:
    """The records of a variable file: tag, length, value, one behind the other."""
    end = file.body + int.from_bytes(session.content(file.state, 2), "big")
    places, at = [], file.body
    while at < end:
        size = 2 + session.nvm.image[at + 1]
        places.append((at, size))
        at += size
    return places


def _found(places: list[Place], session: Session, p1: int, how: int) -> Place:
    if how == _BY_NUMBER and 1 <= p1 <= len(places):
        return places[p1 - 1]
    tagged = [place for place in places if session.nvm.image[place[0]] == p1]
    if how not in (_BY_TAG, _LAST) or not tagged:
        raise StatusError(StatusWord.RECORD_NOT_FOUND)
    return tagged[-1 if how == _LAST else 0]


def _update_variable(session: Session, file: Ef, p1: int, how: int, data: bytes) -> None:
    """Over a record of the same length; the number behind the last, or P1 00, is a new record."""
    places = _records(session, file)
    new = how == _BY_NUMBER and p1 == len(places) + 1
    if new or (p1 == 0 and how in (_NEXT, _PREVIOUS)):
        _append_variable(session, file, data)
        return
    at, size = _found(places, session, p1, how)
    if len(data) != size:
        raise StatusError(StatusWord.WRONG_LENGTH)
    _require_tlv(data)
    session.nvm.write(at, data)


def _append_variable(session: Session, file: Ef, data: bytes) -> None:
    _require_tlv(data)
    used = int.from_bytes(session.content(file.state, 2), "big")
    if used + len(data) > file.size:
        raise StatusError(StatusWord.NOT_ENOUGH_SPACE)
    session.nvm.write(file.body + used, data)
    session.nvm.write(file.state, (used + len(data)).to_bytes(2, "big"))


def _require_tlv(data: bytes) -> None:
    if not 2 <= len(data) <= _LONGEST_RECORD:
        raise StatusError(StatusWord.WRONG_LENGTH)
    if data[1] != len(data) - 2:
        raise StatusError(StatusWord.WRONG_DATA)

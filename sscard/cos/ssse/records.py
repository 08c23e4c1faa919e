"""READ and UPDATE of records and transparent files (ssc 1.3, 5.1 [S])."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel import ssc
from sscard.cos.environment import Environment
from sscard.cos.files import ElementaryFile
from sscard.cos.ssse.maintenance import current_stk
from sscard.dialects.operations import Structure

_FIRST, _LAST, _NEXT, _PREVIOUS, _BY_NUMBER, _TO_LAST = range(6)
_APPEND = _PREVIOUS  # to a cyclic file, whose records have no identifier
#: What the low three bits of P2 may say (ssc 1.3, 5.1 [S]).
READS, UPDATES = range(6), range(5)
_HEAD = 2  # tag and length of a record
_BODIES = (Structure.TRANSPARENT, Structure.INTERNAL)  # one body, no records


def read_record(env: Environment, command: CommandAPDU) -> bytes:
    """By number, from a number to the last record, or by an occurrence of an identifier."""
    file, how = _record_file(env, command)
    env.require(file.read)
    if how == _TO_LAST:
        first = _number(file, command.p1)
        numbers = range(first, len(file.places) + 1)
        places = [_find(env, file, number, _BY_NUMBER) for number in numbers]
    else:
        places = [_find(env, file, command.p1, how)]
    return b"".join(_read(env, place) for place in places)


def update_record(env: Environment, command: CommandAPDU) -> bytes:
    """Write a whole record; a cyclic file only gains records."""
    plain = _unsecured(env, command)
    file, how = _record_file(env, command)
    _require_mac(file, command)
    env.require(file.update)
    if file.structure == Structure.CYCLIC:
        if how != _APPEND:
            raise StatusError(StatusWord.WRONG_FILE_STRUCTURE)
        append(env, file, plain.data)
        return b""
    at, size = _find(env, file, command.p1, how)
    if len(plain.data) != size:
        raise StatusError(StatusWord.WRONG_LENGTH)
    head = min(_HEAD, size)
    if file.structure == Structure.VARIABLE and plain.data[:head] != _read(env, (at, head)):
        raise StatusError(StatusWord.WRONG_DATA)  # a record keeps its tag and its length
    env.nvm.write(at, plain.data)
    return b""


def read_binary(env: Environment, command: CommandAPDU) -> bytes:
    """Part of a transparent file from an offset on; at its end there may be less than Le asks."""
    file, offset = body(env, command)
    env.require(file.read)
    return part(env, file, offset, command.ne)


def update_binary(env: Environment, command: CommandAPDU) -> bytes:
    """Write into a transparent file.  Raises StatusError 6B00, 6700 past its end."""
    plain = _unsecured(env, command)
    file, offset = body(env, command)
    _require_mac(file, command)
    env.require(file.update)
    write_part(env, file, offset, plain.data)
    return b""


def body(env: Environment, command: CommandAPDU) -> tuple[ElementaryFile, int]:
    """The transparent file that a command names, and the offset.  Raises StatusError 6981 …"""
    by_sfi = command.p1 & 0x80
    file = env.file(command.p1 & 0x1F if by_sfi else 0)
    if file.structure != Structure.TRANSPARENT:
        raise StatusError(StatusWord.WRONG_FILE_STRUCTURE)
    return file, command.p2 if by_sfi else command.p1 << 8 | command.p2


def part(env: Environment, file: ElementaryFile, offset: int, ne: int) -> bytes:
    """Up to ``ne`` bytes from an offset on.  Raises StatusError 6B00."""
    at, size = file.places[0]
    if offset >= size:
        raise StatusError(StatusWord.WRONG_OFFSET)
    return _read(env, (at + offset, min(ne, size - offset)))


def write_part(env: Environment, file: ElementaryFile, offset: int, data: bytes) -> None:
    """Write from an offset on.  Raises StatusError 6B00, 6700 past the end."""
    at, size = file.places[0]
    if offset >= size:
        raise StatusError(StatusWord.WRONG_OFFSET)
    if offset + len(data) > size:
        raise StatusError(StatusWord.WRONG_LENGTH)
    env.nvm.write(at + offset, data)


def append(env: Environment, file: ElementaryFile, record: bytes) -> None:
    """Make ``record`` the newest of a cyclic file.  Raises StatusError 6981, 6700."""
    if file.structure != Structure.CYCLIC:
        raise StatusError(StatusWord.WRONG_FILE_STRUCTURE)
    slot = (env.nvm.image[file.newest_at] + 1) % len(file.places)
    at, size = file.places[slot]
    if len(record) != size:
        raise StatusError(StatusWord.WRONG_LENGTH)
    env.nvm.write(at, record)
    env.nvm.write(file.newest_at, bytes((slot,)))


def _unsecured(env: Environment, command: CommandAPDU) -> CommandAPDU:
    """The command without its MAC.  Raises StatusError 6984, 6987, 6988, 6A88."""
    if not command.cla & ssc.SECURE:
        return command
    challenge = env.challenges.take()
    return ssc.unwrap(command, env.suite, env.secret(current_stk(env)), challenge)


def _require_mac(file: ElementaryFile, command: CommandAPDU) -> None:
    """Raises StatusError 6987 where the issuer asks for a MAC and the command has none."""
    if file.update.secured and not command.cla & ssc.SECURE:
        raise StatusError(StatusWord.MAC_MISSING)


def _record_file(env: Environment, command: CommandAPDU) -> tuple[ElementaryFile, int]:
    file = env.file(command.p2 >> 3)
    if file.structure in _BODIES:
        raise StatusError(StatusWord.WRONG_FILE_STRUCTURE)
    return file, command.p2 & 7


def _find(env: Environment, file: ElementaryFile, p1: int, how: int) -> tuple[int, int]:
    if how < _BY_NUMBER:
        return _occurrence(env, file, p1, how)
    number = _number(file, p1)
    if file.structure == Structure.CYCLIC:
        newest = env.nvm.image[file.newest_at]
        return file.places[(newest - number + 1) % len(file.places)]
    return file.places[number - 1]


def _occurrence(env: Environment, file: ElementaryFile, tag: int, how: int) -> tuple[int, int]:
    """The record with this identifier; it becomes the one that "next" and "previous" start from.

    Counted from the ends where no record is current (ISO/IEC 7816-4, 11.3.3).
    """
    if file.structure == Structure.CYCLIC:
        raise StatusError(StatusWord.WRONG_FILE_STRUCTURE)
    image = env.nvm.image
    found = [slot for slot, (at, _) in enumerate(file.places) if image[at] == tag]
    chosen = _CHOICE[how](found, env.record)
    if not chosen:
        raise StatusError(StatusWord.RECORD_NOT_FOUND)
    env.record = chosen[0]
    return file.places[chosen[0]]


#: P2 → of the slots with the identifier, none or one, seen from the current record.
_CHOICE: Mapping[int, Callable[[list[int], int | None], list[int]]] = MappingProxyType(
    {
        _FIRST: lambda found, _: found[:1],
        _LAST: lambda found, _: found[-1:],
        _NEXT: lambda found, here: [s for s in found if here is None or s > here][:1],
        _PREVIOUS: lambda found, here: [s for s in found if here is None or s < here][-1:],
    }
)


def _number(file: ElementaryFile, p1: int) -> int:
    if not 1 <= p1 <= len(file.places):
        raise StatusError(StatusWord.RECORD_NOT_FOUND)
    return p1


def _read(env: Environment, place: tuple[int, int]) -> bytes:
    at, size = place
    return bytes(env.nvm.image[at : at + size])

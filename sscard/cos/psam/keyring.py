"""The keys that a terminal uses, as records of the files 0011 to 0013 (ssc 5.3 [S]).

A file has room for so many records of 24 bytes; FF is an empty one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.files import ElementaryFile
from sscard.cos.psam.environment import PsamEnvironment
from sscard.dialects.operations import Structure
from sscard.keys import SecretKey
from sscard.keys.load_forms import PSAM_ALGORITHM, PSAM_HEAD, SINGLE_DES, PsamRecord

#: Key files of the ministry, the province and the city.
FILES = (0x0011, 0x0012, 0x0013)
_VALUE, _HALF = 16, 8
RECORD_SIZE = PSAM_HEAD + _VALUE
_EMPTY = b"\xff" * PSAM_HEAD
_TYPE = 0x1F

#: What a key is for: bits 5 to 1 of its usage byte (ssc 3.4, 5.3 [S]).
PURCHASE, MAC, ENCIPHER, BOTH, LOAD, TAC = 0x02, 0x06, 0x07, 0x08, 0x09, 0x0C
TYPES = frozenset({PURCHASE, MAC, ENCIPHER, BOTH, LOAD, TAC})


class Kept(NamedTuple):
    """A key and where its record lies."""

    at: int
    record: PsamRecord

    @property
    def type(self) -> int:
        """What the key is for."""
        return self.record.usage & _TYPE

    @property
    def levels(self) -> int:
        """Diversifications down to a card's key."""
        return self.record.usage >> 5


def file(env: PsamEnvironment, low: int) -> ElementaryFile:
    """The key file with this low byte.  Raises StatusError 6A82."""
    found = env.current().by_fid.get(low)
    if found is None or low not in FILES or found.structure is not Structure.INTERNAL:
        raise StatusError(StatusWord.FILE_NOT_FOUND)
    return found


def find(env: PsamEnvironment, type_: int, key_id: int) -> Kept:
    """The key of this type and id or version.

    Raises StatusError 6985 where the current directory has no key files, 6A88.
    """
    for each in _all(env):
        if (each.type, each.record.key_id) == (type_, key_id):
            return each
    raise StatusError(StatusWord.KEY_NOT_FOUND)


def has(env: PsamEnvironment, record: PsamRecord) -> bool:
    """Whether there is a key of this type and id, whatever its levels."""
    wanted = record.usage & _TYPE, record.key_id
    return any((each.type, each.record.key_id) == wanted for each in _all(env))


def add(env: PsamEnvironment, target: ElementaryFile, record: PsamRecord) -> None:
    """Write a new record.  Raises StatusError 6A84."""
    for at in _slots(target):
        if _raw(env, at)[:PSAM_HEAD] == _EMPTY:
            env.nvm.write(at, record.build().ljust(RECORD_SIZE, b"\xff"))
            return
    raise StatusError(StatusWord.NOT_ENOUGH_SPACE)


def change(env: PsamEnvironment, kept: Kept, key: SecretKey) -> None:
    """Another value in the place of the old one.  Raises StatusError 6A80 for another kind."""
    if type(key) is not type(kept.record.key):
        raise StatusError(StatusWord.WRONG_DATA)
    record = PsamRecord(kept.record.usage, kept.record.key_id, key)
    env.nvm.write(kept.at, record.build().ljust(RECORD_SIZE, b"\xff"))


def inside(env: PsamEnvironment, target: ElementaryFile) -> Iterator[Kept]:
    """The keys of one file."""
    for at in _slots(target):
        raw = _raw(env, at)
        if raw[:PSAM_HEAD] != _EMPTY:
            single = raw[PSAM_ALGORITHM] == SINGLE_DES
            size = RECORD_SIZE - (_HALF if single else 0)
            yield Kept(at, PsamRecord.parse(raw[:size], env.suite))


def _all(env: PsamEnvironment) -> Iterator[Kept]:
    for fid in FILES:
        yield from inside(env, env.own_file(fid))


def _slots(target: ElementaryFile) -> range:
    at, size = target.places[0]
    return range(at, at + size - RECORD_SIZE + 1, RECORD_SIZE)


def _raw(env: PsamEnvironment, at: int) -> bytes:
    return bytes(env.nvm.image[at : at + RECORD_SIZE])

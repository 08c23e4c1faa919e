"""Directories, elementary files and keys of one application, as they lie in its partition.

The objects are found once at power-up and kept as small records of addresses; what can change
(record contents, counters, life cycle) is always read from the memory itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sscard.apdu import tlv
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.life_cycle import (
    DIRECTORY_TRANSITIONS,
    DirectoryEvent,
    DirectoryState,
    after,
)
from sscard.cos.partition import Partition, Stored
from sscard.dialects.operations import CreateDirectory, CreateFile, KeyType, LoadKey, Structure
from sscard.dialects.rights import AccessRule, Condition

_DIRECTORY, _FCI, _FILE, _KEY = 0xD1, 0xD2, 0xD3, 0xD4
_CONDITIONS = tuple(Condition)
_SECURED = 0x80  # beside a condition: the command must carry a MAC
_CONTACTS_ONLY = 0x40  # beside a condition: there is no such right over the antenna
_SFIS = range(1, 31)
_SHOWN = (KeyType.EXTERNAL, KeyType.LOCK)
_SINGLE = (Structure.INTERNAL, Structure.TRANSPARENT, Structure.CYCLIC)


@dataclass(slots=True)
class ElementaryFile:
    """One EF: ``places`` are (address, size) of its records in record order.

    A transparent or internal file has one place.  In a cyclic file record 1 is the newest:
    ``newest_at`` is the address of the byte that holds its slot.
    """

    fid: int
    structure: Structure
    read: AccessRule
    update: AccessRule
    places: tuple[tuple[int, int], ...]
    newest_at: int

    @property
    def sfi(self) -> int:
        """The short identifier: the low five bits of the FID (ssc 1.1 [2+])."""
        return self.fid & 0x1F


@dataclass(frozen=True, slots=True)
class StoredKey:
    """One key or PIN; the counter byte and the value are read where ``at`` points."""

    type: KeyType
    kid: int
    version: int
    at: int  # limit (1), failures so far (1), value; the version stands before it
    size: int  # of the value


@dataclass(slots=True)
class Directory:
    """MF, DDF or ADF with what lies in it; its state byte is read where ``state_at`` points."""

    fid: int
    name: bytes
    state_at: int
    proprietary: bytes = b""
    #: What SELECT answers.
    fci: bytes = b""
    by_fid: dict[int, ElementaryFile] = field(default_factory=dict)
    by_sfi: dict[int, ElementaryFile] = field(default_factory=dict)
    keys: dict[tuple[KeyType, int, int], StoredKey] = field(default_factory=dict)


class Files:
    """The file system of one partition.  ``load`` reads it again from the memory."""

    def __init__(self, partition: Partition) -> None:
        self.partition = partition
        self.nvm = partition.nvm
        self.directories: dict[int, Directory] = {}
        self._free = 0
        self._read = b""
        self.load()

    def load(self) -> None:
        """Find all objects again: at power-up and after a roll-back that took objects away.

        Nothing is looked for in bytes that are still those it was found in.
        """
        read = self.partition.content()
        if read == self._read:
            return
        self.directories, self._read = {}, read
        for stored in self.partition.objects():
            self._know(stored)
        self._free = self.partition.free

    def forget_lost(self) -> bool:
        """Load again if a roll-back took objects or versions of keys away; whether it did."""
        if self.partition.free == self._free and self._versions_stand():
            return False
        self.load()
        return True

    def create_directory(self, operation: CreateDirectory) -> Directory:
        """Add a directory.  Raises StatusError 6A89, 6A84."""
        names = {each.name for each in self.directories.values() if each.name}
        if operation.fid in self.directories or operation.name in names:
            raise StatusError(StatusWord.FILE_EXISTS)
        if len(operation.name) > 16:
            raise StatusError(StatusWord.WRONG_DATA)
        self._add(_DIRECTORY, operation.fid, bytes((DirectoryState.CREATED,)) + operation.name)
        return self.directories[operation.fid]

    def state(self, directory: Directory) -> DirectoryState:
        """How far the life of a directory is."""
        return DirectoryState(self.nvm.image[directory.state_at])

    def happen(self, directory: Directory, event: DirectoryEvent) -> None:
        """Change a directory's state.  Raises StatusError 6985 when the table does not allow it."""
        before = self.state(directory)
        state = after(DIRECTORY_TRANSITIONS, before, event)
        if state is not before:
            self.nvm.write(directory.state_at, bytes((state,)))

    def set_fci(self, directory: Directory, proprietary: bytes) -> None:
        """Store the content of template A5.  Raises StatusError 6A89, 6A84."""
        if directory.proprietary:
            raise StatusError(StatusWord.FILE_EXISTS)
        self._add(_FCI, directory.fid, proprietary)

    def create_file(self, directory: Directory, operation: CreateFile) -> None:
        """Add an EF with its first content.  Raises StatusError 6A89, 6A80, 6A84."""
        if operation.fid & 0x1F not in _SFIS or operation.fid in self.directories:
            raise StatusError(StatusWord.WRONG_DATA)
        if operation.fid in directory.by_fid or operation.fid & 0x1F in directory.by_sfi:
            raise StatusError(StatusWord.FILE_EXISTS)
        records = _expanded(operation)
        head = b"".join(
            (
                operation.fid.to_bytes(2, "big"),
                bytes((operation.structure, 0)),
                _rule(operation.read),
                _rule(operation.update),
                bytes((len(records),)),
                b"".join(len(record).to_bytes(2, "big") for record in records),
            )
        )
        self._add(_FILE, directory.fid, head + b"".join(records))

    def load_key(self, directory: Directory, operation: LoadKey) -> None:
        """Add a key or PIN.  Raises StatusError 6A89, 6A84."""
        if (operation.type, operation.kid, operation.version) in directory.keys:
            raise StatusError(StatusWord.FILE_EXISTS)
        if operation.type in _SHOWN and any(
            key.kid == operation.kid and key.type in _SHOWN and key.type is not operation.type
            for key in directory.keys.values()
        ):
            raise StatusError(StatusWord.FILE_EXISTS)  # one id, two keys: which would be shown?
        head = (operation.type, operation.kid, operation.version, operation.limit, 0)
        self._add(_KEY, directory.fid, bytes(head) + operation.value)

    def key_value(self, key: StoredKey) -> bytes:
        """The bytes of a key; only the card's own cryptography asks."""
        return bytes(self.nvm.image[key.at + 2 : key.at + 2 + key.size])

    def replace_key(self, key: StoredKey, value: bytes) -> None:
        """Overwrite a key's value.  Raises StatusError 6700 when the size differs."""
        if len(value) != key.size:
            raise StatusError(StatusWord.WRONG_LENGTH)
        self.nvm.write(key.at + 2, value)

    def change_version(
        self, directory: Directory, key: StoredKey, version: int, value: bytes
    ) -> None:
        """Another version of a key in its place; its failures are forgotten, its limit stays.

        Raises StatusError 6700 when the size differs.
        """
        if len(value) != key.size:
            raise StatusError(StatusWord.WRONG_LENGTH)
        limit = self.nvm.image[key.at]
        self.nvm.write(key.at - 1, bytes((version, limit, 0)) + value)
        self._read = b""
        del directory.keys[key.type, key.kid, key.version]
        directory.keys[key.type, key.kid, version] = replace(key, version=version)

    def _versions_stand(self) -> bool:
        """Whether all keys are known by the version that the memory says."""
        return all(
            self.nvm.image[key.at - 1] == key.version
            for directory in self.directories.values()
            for key in directory.keys.values()
        )

    def _add(self, kind: int, fid: int, content: bytes) -> None:
        self._read = b""
        self._know(self.partition.add(kind, fid.to_bytes(2, "big") + content))
        self._free = self.partition.free

    def _know(self, stored: Stored) -> None:
        raw = self.partition.read(stored)
        fid, content, at = int.from_bytes(raw[:2], "big"), raw[2:], stored.at + 2
        if stored.kind == _DIRECTORY:
            self.directories[fid] = Directory(fid, content[1:], at, fci=_fci(content[1:], b""))
        elif stored.kind == _FCI:
            directory = self.directories[fid]
            directory.proprietary, directory.fci = content, _fci(directory.name, content)
        elif stored.kind == _FILE:
            file = _file(content, at)
            self.directories[fid].by_fid[file.fid] = file
            self.directories[fid].by_sfi[file.sfi] = file
        else:
            key = StoredKey(KeyType(content[0]), content[1], content[2], at + 3, len(content) - 5)
            self.directories[fid].keys[key.type, key.kid, key.version] = key


def _fci(name: bytes, proprietary: bytes) -> bytes:
    """``6F { 84 name, A5 … }`` (ssc 1.2 [S]); nothing for a directory without a name."""
    if not name:
        return b""
    more = tlv.encode(0xA5, proprietary) if proprietary else b""
    return tlv.encode(0x6F, tlv.encode(0x84, name) + more)


def _file(content: bytes, at: int) -> ElementaryFile:
    count = content[8]
    sizes = [int.from_bytes(content[i : i + 2], "big") for i in range(9, 9 + 2 * count, 2)]
    places, body = [], at + 9 + 2 * count
    for size in sizes:
        places.append((body, size))
        body += size
    return ElementaryFile(
        fid=int.from_bytes(content[:2], "big"),
        structure=Structure(content[2]),
        newest_at=at + 3,
        read=_parse_rule(content[4:6]),
        update=_parse_rule(content[6:8]),
        places=tuple(places),
    )


def _expanded(operation: CreateFile) -> tuple[bytes, ...]:
    records = operation.records
    if operation.structure == Structure.CYCLIC:
        records *= operation.count
    single = operation.structure in _SINGLE
    equal = operation.structure in (Structure.FIXED, Structure.CYCLIC)
    if (
        not 1 <= len(records) <= 0xFF
        or (single and len(operation.records) != 1)
        or (equal and len(set(map(len, records))) != 1)
        or any(not 1 <= len(record) <= 0xFFFF for record in records)
    ):
        raise StatusError(StatusWord.WRONG_DATA)
    return records


def _rule(rule: AccessRule) -> bytes:
    extra = _SECURED * rule.secured | _CONTACTS_ONLY * rule.contacts_only
    return bytes((_CONDITIONS.index(rule.condition) | extra, rule.kid or 0))


def _parse_rule(raw: bytes) -> AccessRule:
    condition = _CONDITIONS[raw[0] & ~_SECURED & ~_CONTACTS_ONLY]
    kid = raw[1] if condition.needs_key else None
    return AccessRule(condition, kid, bool(raw[0] & _SECURED), bool(raw[0] & _CONTACTS_ONLY))

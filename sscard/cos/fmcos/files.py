"""The file system of an FMCOS card: CREATE, ERASE and what is found at power-up."""

from __future__ import annotations

from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.fmcos.memory import Memory
from sscard.cos.fmcos.objects import HEAD, PURSE_BODY, Directory, Ef, KeyFile
from sscard.cos.partition import Stored
from sscard.dialects.fmcos_operations import (
    MAIN_FID,
    MAIN_NAME,
    NO_NAME,
    CreateDirectory,
    CreateEf,
    CreateKeyFile,
    CreatePurse,
    FileType,
    Protection,
)
from sscard.dialects.fmcos_rights import LineProtection, Right

_LEVELS = 3
_LONGEST_RECORD = 248
#: Of the two reserved bytes of a DF, what makes its FCI carry a version (dialects 2.6 [I]).
_VERSIONED = 0x7FFF
_COUNTED = (FileType.FIXED, FileType.CYCLIC)
_UNUSED = 0xFF


class Files:
    """All directories by number; ``load`` reads them again from the memory."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.nvm = memory.nvm
        self.directories: dict[int, Directory] = {}
        self.load()

    def load(self) -> None:
        """Find all living objects again: at power-up and after ERASE."""
        self.directories = {}
        self._numbers = 0
        for stored in self.memory.objects():
            self._know(stored)

    @property
    def main(self) -> Directory | None:
        """The MF, if there is one."""
        return self.directories.get(0)

    def create_directory(self, parent: Directory | None, operation: CreateDirectory) -> Directory:
        """Add the MF or a DF.  Raises StatusError 6A80, 6A86, 6A84.

        Its space is not a limit: the vendor's own script puts more into its DF, and a card took it
        (dialects 2.7 [S], [1]).
        """
        if parent is not None and self._level(parent) >= _LEVELS:
            raise StatusError(StatusWord.WRONG_DATA)
        if self._numbers > 0xFE:
            raise StatusError(StatusWord.NOT_ENOUGH_SPACE)
        self._refuse_known(parent, operation.fid)
        default = operation.fid == MAIN_FID and operation.name == NO_NAME
        name = MAIN_NAME if default else operation.name
        rights = (int(operation.create), int(operation.erase), operation.application)
        versioned = operation.reserved == _VERSIONED
        head = self._head(parent, operation.fid, rights, bytes((0, versioned)))
        self._know(self.memory.add(FileType.DIRECTORY, head + bytes(2) + name))
        return self.directories[self._numbers - 1]

    def create_file(
        self, parent: Directory, operation: CreateKeyFile | CreateEf | CreatePurse
    ) -> None:
        """Add an EF, a purse or the KEY file.  Raises StatusError 6A80, 6A86, 6A84."""
        self._refuse_known(parent, operation.fid)
        match operation:
            case CreateKeyFile(_, space, directory, add):
                if parent.keys is not None:
                    raise StatusError(StatusWord.WRONG_P1P2)
                if not parent.empty:
                    raise StatusError(StatusWord.WRONG_DATA)
                kind, rights, body = int(FileType.KEYS), (directory, int(add), 0), bytes(space)
                state = bytes(2)
            case CreatePurse(_, use, log):
                kind, rights, state = int(FileType.PURSE), (int(use), 0, log), bytes(2)
                body = bytes(PURSE_BODY)
            case CreateEf():
                kind = operation.type | operation.protection
                rights = (int(operation.read), int(operation.write), int(operation.line))
                state, body = _content(operation)
        head = self._head(parent, operation.fid, rights, state)
        self._know(self.memory.add(kind, head + body))

    def erase(self, directory: Directory) -> None:
        """Remove all that is in ``directory``.

        Its memory comes back if nothing else stands behind it, and always when it is the MF's.
        """
        if self._last(directory):
            self.memory.cut(directory.end)
            for other in self.directories.values():
                if other.at < directory.end < other.floor:
                    self._raise_floor(other, directory.end)
        else:
            self._raise_floor(directory, self.memory.end)
        self.load()

    def _raise_floor(self, directory: Directory, end: int) -> None:
        """Whatever of the directory stands in front of the address ``end`` is dead."""
        floor = (end - self.memory.base).to_bytes(2, "big")
        self.nvm.write(directory.at + HEAD, floor)

    def _last(self, directory: Directory) -> bool:
        """Whether every living object behind the directory is in it."""
        inside = {directory.number}
        for stored in self.memory.objects():
            if stored.at <= directory.at:
                continue
            number = self.nvm.image[stored.at]
            if number in inside:
                inside |= {each.number for each in self._children(number)}
            elif self._alive(stored):
                return False
        return True

    def _children(self, number: int) -> list[Directory]:
        return [each for each in self.directories.values() if each.parent == number and each.number]

    def _level(self, directory: Directory) -> int:
        level = 1
        while directory.number:
            directory, level = self.directories[directory.parent], level + 1
        return level

    def _alive(self, stored: Stored) -> bool:
        parent = self.directories.get(self.nvm.image[stored.at])
        return parent is not None and stored.at >= parent.floor

    def _refuse_known(self, parent: Directory | None, fid: int) -> None:
        if fid == MAIN_FID and self.main is not None:
            raise StatusError(StatusWord.WRONG_P1P2)
        if parent is not None and parent.has(fid):
            raise StatusError(StatusWord.WRONG_P1P2)

    def _head(
        self, parent: Directory | None, fid: int, rights: tuple[int, int, int], state: bytes
    ) -> bytes:
        number = parent.number if parent else 0
        return bytes((number,)) + fid.to_bytes(2, "big") + bytes(rights) + state

    def _know(self, stored: Stored) -> None:
        if stored.kind == FileType.DIRECTORY:
            self._numbers += 1  # erased directories keep their numbers
        main = stored.kind == FileType.DIRECTORY and self._numbers == 1
        if not main and not self._alive(stored):
            return
        if stored.kind == FileType.DIRECTORY:
            self._know_directory(stored)
            return
        raw = self.memory.read(Stored(stored.kind, stored.at, HEAD))
        parent, fid = self.directories[raw[0]], int.from_bytes(raw[1:3], "big")
        size = stored.size - HEAD
        if stored.kind == FileType.KEYS:
            parent.keys = KeyFile(fid, Right(raw[4]), stored.at + HEAD, size)
        else:
            parent.files[fid] = _ef(stored, fid, raw)

    def _know_directory(self, stored: Stored) -> None:
        raw = self.memory.read(stored)
        number = self._numbers - 1
        self.directories[number] = directory = Directory(
            number=number,
            parent=raw[0],
            fid=int.from_bytes(raw[1:3], "big"),
            create=Right(raw[3]),
            erase=Right(raw[4]),
            application=raw[5],
            versioned=bool(raw[7]),
            name=raw[10:],
            at=stored.at,
            end=stored.at + stored.size,
            floor=self.memory.base + int.from_bytes(raw[8:10], "big"),
        )
        if number:
            self.directories[directory.parent].directories[directory.fid] = directory


def _ef(stored: Stored, fid: int, raw: bytes) -> Ef:
    return Ef(
        fid=fid,
        type=FileType(stored.kind & 0x3F),
        protection=Protection(stored.kind & 0xC0),
        read=Right(raw[3]),
        write=Right(raw[4]),
        line=LineProtection.parse(raw[5]),
        at=stored.at,
        size=stored.size - HEAD,
    )


def _content(operation: CreateEf) -> tuple[bytes, bytes]:
    """State and body of a new EF.  The body of a record file is count × (length + 1) bytes.

    The manual says so in one chapter and adds 8 in another; its own script fits the first.
    """
    if operation.type not in _COUNTED:
        if not operation.size:
            raise StatusError(StatusWord.WRONG_DATA)
        fill = _UNUSED if operation.type == FileType.BINARY else 0
        return bytes(2), bytes((fill,)) * operation.size
    count, length = operation.size >> 8, operation.size & 0xFF
    if count < 2 or not 1 <= length <= _LONGEST_RECORD:
        raise StatusError(StatusWord.WRONG_DATA)
    return bytes((0, length)), bytes(count * (length + 1))

"""What an FMCOS card knows between two commands: registers, selection, last challenge."""

from __future__ import annotations

from dataclasses import dataclass

from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.challenge import Challenges
from sscard.cos.fmcos.files import Files
from sscard.cos.fmcos.objects import Directory, Ef, StoredKey
from sscard.dialects.fmcos import Dialect
from sscard.dialects.fmcos_operations import KeyKind
from sscard.dialects.fmcos_rights import Right
from sscard.keys import TDES_SUITE, SecretKey

_NO_KEY_FILE, _NO_KEY = StatusWord.FILE_NOT_FOUND, StatusWord.KEY_NOT_FOUND


@dataclass(slots=True)
class Registers:
    """The two 4-bit state registers (dialects 2.2 [S])."""

    main: int = 0
    current: int = 0

    def enter(self, directory: Directory) -> None:
        """A directory was selected: 0, or what the MF's register holds."""
        self.current = 0 if directory.number else self.main

    def show(self, directory: Directory, follow_up: int) -> None:
        """A PIN or key was shown: its follow-up state overwrites; in the MF both registers."""
        self.current = follow_up & 0x0F
        if not directory.number:
            self.main = self.current


class Session:
    """Files, registers and selection; ``free`` while rights of an empty directory do not count."""

    def __init__(self, files: Files, challenges: Challenges, dialect: Dialect) -> None:
        self.files = files
        self.nvm = files.nvm
        self.challenges = challenges
        self.dialect = dialect
        self.reset()

    def reset(self) -> None:
        """Power came back: find the files again, forget what was shown, select the MF."""
        self.files.load()
        self.registers = Registers()
        self.free = False
        self.ef: Ef | None = None
        self._number = 0
        if self.files.main is not None:
            self.enter(self.files.main)

    def enter(self, directory: Directory) -> None:
        """Make a directory current."""
        self._number, self.ef = directory.number, None
        self.free = directory.empty
        self.registers.enter(directory)

    @property
    def directory(self) -> Directory:
        """The current directory.  Raises StatusError 6A81 when the card has no MF."""
        directory = self.files.directories.get(self._number) or self.files.main
        if directory is None:
            raise StatusError(StatusWord.FUNCTION_NOT_SUPPORTED)
        return directory

    def require(self, right: Right) -> None:
        """Raises StatusError 6982 when the registers do not meet the right."""
        if not right.met(self.registers.current, self.registers.main):
            raise StatusError(StatusWord.SECURITY_NOT_SATISFIED)

    def require_unless_free(self, right: Right) -> None:
        """For creating, reading and writing files and for adding keys (dialects 2.1 [S], [1])."""
        if not self.free:
            self.require(right)

    def file(self, sfi: int) -> Ef:
        """The EF with this short identifier; 0 is the current one.  Raises StatusError 6A82."""
        file = self.directory.files.get(sfi) if sfi else self.ef
        if file is None:
            raise StatusError(StatusWord.FILE_NOT_FOUND)
        self.ef = file
        return file

    def key(self, kind: KeyKind, kid: int, missing: StatusWord = _NO_KEY) -> StoredKey:
        """A key of the current directory.  Raises StatusError 6A82 (no KEY file), ``missing``."""
        if self.directory.keys is None:
            raise StatusError(_NO_KEY_FILE)
        for key in self.directory.keys.keys(self.nvm):
            if (key.kind, key.kid) == (kind, kid):
                return key
        raise StatusError(missing)

    def may_use(self, key: StoredKey) -> None:
        """Raises StatusError 6982 when the key's use right is not met."""
        self.require(Right(self.nvm.image[key.at + 3]))

    def content(self, at: int, size: int) -> bytes:
        """Bytes of the memory."""
        return bytes(self.nvm.image[at : at + size])

    def secret(self, key: StoredKey) -> SecretKey:
        """A key's value as a cipher key."""
        return TDES_SUITE.key(self.content(key.value, key.size))

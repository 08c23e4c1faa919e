"""The application as the card sees it: select, execute, power up."""

from __future__ import annotations

from sscard.apdu.command import CommandAPDU
from sscard.apdu.pki import ADF_FID
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.challenge import Challenges
from sscard.cos.dispatch import find
from sscard.cos.life_cycle import CardState
from sscard.cos.partition import Partition
from sscard.cos.pki.memory import Memory
from sscard.cos.pki.standing import Standing
from sscard.cos.pki.states import rights
from sscard.cos.pki.table import tables
from sscard.dialects.certificates import CertificateSettings
from sscard.keys.types import SecretKey


class Certificates:
    """DDF ``PKI.社会保障`` and the ADF below it, in one partition of the memory."""

    def __init__(
        self, partition: Partition, challenges: Challenges, settings: CertificateSettings
    ) -> None:
        self.partition = partition
        self._settings = settings
        self._standing = Standing(Memory(partition), challenges, rights(settings.writing))
        #: Whether the card was reset over its antenna.
        self.contactless = False

    def manufacture(self, master: SecretKey) -> None:
        """What the chip maker does before delivery: ``master`` is for both directories."""
        self._standing.memory.manufacture(master, self._settings)

    def __contains__(self, name: object) -> bool:
        return any(each.name == name for each in self._standing.memory.directories.values())

    def reset(self) -> None:
        """Power came back: forget what was shown."""
        self._standing.reset()

    def rolled_back(self) -> None:
        """A refused command was taken back; it has made no objects."""

    def place(self) -> tuple[int | None, int | None]:
        """Which directory is current, and which EF."""
        return self._standing.directory, self._standing.ef

    def back_to(self, place: tuple[int | None, int | None] | None) -> None:
        """A refused command has made no file current."""
        directory, ef = place or (None, None)
        if self._standing.directory == directory:
            self._standing.ef = ef

    def select(self, name: bytes) -> bytes:
        """Make the directory of this name current; its FCI.  Raises StatusError 6A82."""
        reachable = self._settings.over_antenna or not self.contactless
        for directory in self._standing.memory.directories.values():
            if reachable and directory.name == name:
                return self._standing.select(directory)
        raise StatusError(StatusWord.FILE_NOT_FOUND)

    def select_fid(self, fid: int, *, under_current: bool) -> bytes:
        """Select the ADF or, below it, an EF.  Raises StatusError 6A82."""
        standing = self._standing
        if fid == ADF_FID and not under_current:
            return standing.select(standing.memory.directories[fid])
        if standing.current().fid != ADF_FID or fid not in standing.memory.files:
            raise StatusError(StatusWord.FILE_NOT_FOUND)
        standing.ef = fid
        return b""

    def execute(self, command: CommandAPDU, state: CardState) -> bytes:
        """Carry out one command in the current directory.  Every refusal is a StatusError."""
        standing = self._standing
        commands = tables(standing.memory.signing or self._settings.signing)
        row = find(commands[standing.current().fid == ADF_FID], command, state)
        return row.handler(standing, command)

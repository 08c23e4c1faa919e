"""An application made of directories and files: its memory, its security state, its selection.

The MF with the hand-over area is one environment, SSSE is another; neither knows the other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.challenge import Challenges
from sscard.cos.files import Directory, ElementaryFile, Files, StoredKey
from sscard.cos.life_cycle import DirectoryState
from sscard.cos.partition import Partition
from sscard.cos.security import SecurityState
from sscard.dialects.operations import KeyType
from sscard.dialects.rights import AccessRule, Condition
from sscard.keys import SecretKey, Suite

_DIRECTORY_LOCAL = 0x80  # bit 8 of a key id: the key is in the DF, else in the root (ssc 3.4 [S])


class Place(NamedTuple):
    """The current directory, EF, and slot of the current record."""

    directory: Directory | None
    ef: ElementaryFile | None
    record: int | None


class Environment:
    """``root`` is the FID of the directory that stands for the whole application.

    ``suite`` is the cipher suite of the chip's social-security side.  The source of random bytes is
    all that applications share; a challenge is of the application that gave it.
    """

    def __init__(
        self, partition: Partition, root: int, random: Callable[[int], bytes], suite: Suite
    ) -> None:
        self.files = Files(partition)
        self.nvm = partition.nvm
        self.root = root
        self.challenges = Challenges(random)
        self.suite = suite
        #: Whether the card was reset over its antenna.
        self.contactless = False
        #: Whether asking for a PIN that is not set gives its right, a property of the chip.
        self.empty_pin_grants = True
        self.reset()

    def reset(self) -> None:
        """Power came back: find the files again, forget what was shown."""
        self.files.load()
        self.challenges.forget()
        self.security = SecurityState()
        self.directory: Directory | None = self.files.directories.get(self.root)
        self.select_file(None)
        #: The current directory is blocked; a SELECT leads out of it.
        self.blocked = self.directory is not None and self._is_blocked(self.directory)
        #: What an application has begun and not finished; the next SELECT of a directory ends it.
        self.transaction: object | None = None

    def rolled_back(self) -> None:
        """A refused command was taken back: objects that it had created are gone."""
        if self.files.forget_lost():
            fid = self.directory.fid if self.directory else self.root
            self.directory = self.files.directories.get(fid)
            self.select_file(None)

    def select_directory(self, directory: Directory) -> bytes:
        """Make a directory current; the answer is its FCI (ssc 1.2 [S]).

        Raises StatusError 9303 for a blocked one, and then nothing changes (assumed).
        """
        root = self.files.directories.get(self.root)
        if self._is_blocked(directory) or (root is not None and self._is_blocked(root)):
            raise StatusError(StatusWord.APPLICATION_LOCKED)
        self.directory = directory
        self.select_file(None)
        self.blocked, self.transaction = False, None
        self.security.directory_selected()
        return directory.fci

    def select_file(self, file: ElementaryFile | None) -> None:
        """Make an EF current, and none of its records."""
        self.ef = file
        #: Slot of the record that was last found by its identifier.
        self.record: int | None = None

    def by_name(self, name: bytes) -> Directory | None:
        """The directory with this DF name."""
        for directory in self.files.directories.values():
            if directory.name == name:
                return directory
        return None

    def current(self) -> Directory:
        """The current directory.  Raises StatusError 6985 when there is none."""
        if self.directory is None:
            raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
        return self.directory

    def file(self, sfi: int) -> ElementaryFile:
        """The EF that P1 or P2 names; 0 is the current one.  Raises StatusError 6986, 6A82."""
        if not sfi:
            if self.ef is None:
                raise StatusError(StatusWord.NO_CURRENT_EF)
            return self.ef
        file = self.current().by_sfi.get(sfi)
        if file is None:
            raise StatusError(StatusWord.FILE_NOT_FOUND)
        self.select_file(file)
        return file

    def permits(self, rule: AccessRule) -> bool:
        """Whether what has been shown meets the rule."""
        return self.security.permits(rule, self._holder(rule.kid or 0).fid)

    def require(self, rule: AccessRule) -> None:
        """Raises StatusError 6982 when the rule is not met.

        6985 when it is, but over the antenna, and the rule is for contacts (assumed).
        """
        # Most reading is free; the truth table need not be asked then.
        if rule.condition is not Condition.FREE and not self.permits(rule):
            raise StatusError(StatusWord.SECURITY_NOT_SATISFIED)
        if rule.contacts_only and self.contactless:
            raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)

    def key(self, type_: KeyType, kid: int, version: int = 1) -> StoredKey:
        """The stored key.  Raises StatusError 6A88."""
        key = self._holder(kid).keys.get((type_, kid, version))
        if key is None:
            raise StatusError(StatusWord.KEY_NOT_FOUND)
        return key

    def shown_key(self, kid: int, version: int) -> StoredKey:
        """The key that a terminal may show with this id: an LK is one, too.

        Raises StatusError 6A88.
        """
        keys = self._holder(kid).keys
        for type_ in (KeyType.EXTERNAL, KeyType.LOCK):
            key = keys.get((type_, kid, version))
            if key is not None:
                return key
        raise StatusError(StatusWord.KEY_NOT_FOUND)

    def master(self) -> StoredKey | None:
        """The current directory's master key, temporary or its own; it may have none yet."""
        return self.directory.keys.get((KeyType.MASTER, 0, 1)) if self.directory else None

    def secret(self, key: StoredKey) -> SecretKey:
        """The key as the suite uses it."""
        return self.suite.key(self.files.key_value(key))

    def authenticated(self, key: StoredKey) -> None:
        """Remember that the terminal has shown this key: an LK gives no other right."""
        shown = self.security.locks if key.type is KeyType.LOCK else self.security.keys
        shown.add((self._holder(key.kid).fid, key.kid))

    def place(self) -> Place:
        """Where the terminal stands."""
        return Place(self.directory, self.ef, self.record)

    def back_to(self, place: Place) -> None:
        """A refused command has made no file and no record current."""
        if self.directory is place.directory:
            self.ef, self.record = place.ef, place.record

    def _is_blocked(self, directory: Directory) -> bool:
        return self.nvm.image[directory.state_at] == DirectoryState.BLOCKED

    def _holder(self, kid: int) -> Directory:
        if kid & _DIRECTORY_LOCAL:
            return self.current()
        return self.files.directories.get(self.root) or self.current()

"""Directories, files and keys of an FMCOS card as they lie in its memory.

Every object begins with 8 bytes, so that with the head of the partition it costs the 11 bytes that
the manual says (dialects 2.1 [S]): parent (1), FID (2), three bytes of rights, state (2).  A
directory has 2 more: where its living children begin.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sscard.cos.nvm import NVM
from sscard.dialects.fmcos_operations import FileType, KeyKind, Protection
from sscard.dialects.fmcos_rights import LineProtection, Right

HEAD = 8
STATE = 6
PURSE_BODY = 22
KEY_HEAD = 8


@dataclass(frozen=True, slots=True)
class Ef:
    """A binary, record or purse file.  ``at`` is the address of its head, ``size`` of its body.

    ``state`` bytes: binary: whether it was written; variable: bytes in use; fixed and cyclic:
    newest record, record length.  In front of each fixed or cyclic record stands whether it exists.
    """

    fid: int
    type: FileType
    protection: Protection
    read: Right
    write: Right
    line: LineProtection
    at: int
    size: int

    @property
    def body(self) -> int:
        """Address of the content."""
        return self.at + HEAD

    @property
    def state(self) -> int:
        """Address of the two state bytes."""
        return self.at + STATE


@dataclass(frozen=True, slots=True)
class StoredKey:
    """One key of a KEY file: length (1), type, id, use, change, first, second, 00, value."""

    at: int
    type: int
    kid: int
    size: int

    @property
    def kind(self) -> KeyKind:
        """What the key is for."""
        return KeyKind(self.type & 0x3F)

    @property
    def protection(self) -> Protection:
        """How an update of the key must travel."""
        return Protection(self.type & 0xC0)

    @property
    def counter(self) -> int:
        """Address of the try counter: limit in the high nibble, tries left in the low one."""
        return self.at + 6

    @property
    def value(self) -> int:
        """Address of the value."""
        return self.at + KEY_HEAD


@dataclass(frozen=True, slots=True)
class KeyFile:
    """The KEY file of a directory; its keys are found anew each time."""

    fid: int
    add: Right
    body: int
    size: int

    def keys(self, nvm: NVM) -> tuple[StoredKey, ...]:
        """The keys in the order they were added."""
        keys, at = [], self.body
        while at < self.body + self.size and nvm.image[at]:
            size, type_, kid = nvm.image[at : at + 3]
            keys.append(StoredKey(at, type_, kid, size))
            at += KEY_HEAD + size
        return tuple(keys)


@dataclass(slots=True)
class Directory:
    """The MF or a DF; ``number`` is what its children call it, 0 is the MF."""

    number: int
    parent: int
    fid: int
    create: Right
    erase: Right
    application: int
    versioned: bool
    name: bytes
    at: int
    end: int
    floor: int
    keys: KeyFile | None = None
    files: dict[int, Ef] = field(default_factory=dict)
    directories: dict[int, Directory] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether nothing has been created in it."""
        return self.keys is None and not self.files and not self.directories

    @property
    def failures(self) -> int:
        """Address of the number of wrong MACs in a row on its basic files."""
        return self.at + STATE

    def has(self, fid: int) -> bool:
        """Whether a child has this FID."""
        key_file = self.keys is not None and self.keys.fid == fid
        return key_file or fid in self.files or fid in self.directories

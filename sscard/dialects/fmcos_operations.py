"""What FMCOS can be told in a factory, in its own words (dialects 2.1, 2.3, 2.4 [S])."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, IntFlag, unique

from sscard.dialects.fmcos_rights import LineProtection, Right

MAIN_FID = 0x3F00
#: What the MF has in place of a name when it goes by the default one.
NO_NAME = b"\xff" * 5
MAIN_NAME = b"1PAY.SYS.DDF01"


@unique
class FileType(IntEnum):
    """The type byte of CREATE FILE, without its protection bits."""

    BINARY = 0x28
    FIXED = 0x2A
    VARIABLE = 0x2C
    CYCLIC = 0x2E
    PURSE = 0x2F
    DIRECTORY = 0x38
    KEYS = 0x3F


#: The types that bits 8 and 7 can protect, and that have a line protection byte.
DATA_TYPES = (FileType.BINARY, FileType.FIXED, FileType.VARIABLE, FileType.CYCLIC)


class Protection(IntFlag):
    """Bits 8 and 7 of the type of a file or key: what its data travels with."""

    NONE = 0x00
    ENCIPHERED = 0x40
    MAC = 0x80
    BOTH = 0xC0


@unique
class KeyKind(IntEnum):
    """The type byte of WRITE KEY, without its protection bits; 35 has no name anywhere."""

    ENCRYPT = 0x30
    DECRYPT = 0x31
    MAC = 0x32
    INTERNAL = 0x34
    UNNAMED = 0x35
    LINE = 0x36
    PIN_UNBLOCK = 0x37
    PIN_RELOAD = 0x38
    EXTERNAL = 0x39
    PIN = 0x3A
    OVERDRAFT = 0x3C
    UNLOAD = 0x3D
    PURCHASE = 0x3E
    LOAD = 0x3F

    @property
    def counted(self) -> bool:
        """Whether the byte before the value is a try counter."""
        return KeyKind.LINE <= self <= KeyKind.PIN


@dataclass(frozen=True, slots=True)
class CreateDirectory:
    """Create the MF (FID 3F00) or a DF.  ``application`` makes the FCI (dialects 2.1 [S]).

    Of the MF, ``application``, ``reserved`` and ``name`` are also called its transport code.
    """

    fid: int
    space: int
    create: Right
    erase: Right
    application: int
    reserved: int
    name: bytes


@dataclass(frozen=True, slots=True)
class CreateKeyFile:
    """Create the KEY file, the first file of its directory; ``directory`` is 01, 95 or FF."""

    fid: int
    space: int
    directory: int
    add: Right


@dataclass(frozen=True, slots=True)
class CreateEf:
    """Create a binary or record file.  ``size`` is bytes, or count and record length."""

    fid: int
    type: FileType
    protection: Protection
    size: int
    read: Right
    write: Right
    line: LineProtection

    def __post_init__(self) -> None:
        if self.type not in DATA_TYPES:
            raise ValueError("a purse, a KEY file and a directory have operations of their own")


@dataclass(frozen=True, slots=True)
class CreatePurse:
    """Create an ED or EP; ``log`` is the short identifier of its transaction log."""

    fid: int
    use: Right
    log: int


@dataclass(frozen=True, slots=True)
class EraseDirectory:
    """Remove all that is in the current directory."""


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A key as it is written and stored.

    ``first`` and ``second`` are version and algorithm, follow-up state and try counter, or FF and
    try counter, as ``kind`` has it (dialects 2.3 [S]).
    """

    kind: KeyKind
    protection: Protection
    use: Right
    change: Right
    first: int
    second: int
    value: bytes = field(repr=False)

    @property
    def type(self) -> int:
        """The type byte with its protection bits."""
        return self.kind | self.protection


@dataclass(frozen=True, slots=True)
class AddKey:
    """Add a key to the current directory's KEY file."""

    kid: int
    record: KeyRecord


@dataclass(frozen=True, slots=True)
class UpdateKey:
    """Replace a key, its header included; ``type`` is the one it is stored with now."""

    type: int
    kid: int
    record: KeyRecord


@dataclass(frozen=True, slots=True)
class UpdateKeyValue:
    """Replace only a key's value, as TimeCOS does (dialects 3 [1])."""

    type: int
    kid: int
    value: bytes = field(repr=False)


Operation = (
    CreateDirectory
    | CreateKeyFile
    | CreateEf
    | CreatePurse
    | EraseDirectory
    | AddKey
    | UpdateKey
    | UpdateKeyValue
)

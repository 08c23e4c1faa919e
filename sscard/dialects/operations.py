"""What happens in a factory, in no COS's words; every dialect says these in its own commands."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, unique

from sscard.dialects.rights import AccessRule
from sscard.keys.types import NotCopied


@unique
class Structure(IntEnum):
    """The structures of an elementary file (ssc 1.3, 2 [S])."""

    #: Written by the card alone: no command reads or selects its content (ssc 2.5 [S]).
    INTERNAL = 0x03
    TRANSPARENT = 0x04
    FIXED = 0x05
    VARIABLE = 0x06
    CYCLIC = 0x07


@unique
class KeyType(IntEnum):
    """What a key may be used for (ssc 3.3 [S]; the numbers are those of ssc 3.5 [1])."""

    MASTER = 0x00
    PIN = 0x01
    MAINTENANCE = 0x07
    #: DLK, DPK and DTK of off-line medical transactions; the version is their index.
    LOAD = 0x08
    PURCHASE = 0x09
    TRANSACTION = 0x0A
    EXTERNAL = 0x0D
    INTERNAL = 0x0E
    #: LK: shown like an external key, and it lets a directory be blocked (number assumed).
    LOCK = 0x0F


@dataclass(frozen=True, slots=True)
class AuthenticateTransport:
    """Open the factory stage: prove the lot's transport key over the last challenge."""

    authentication_data: bytes = field(repr=False)
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class CreateDirectory:
    """Create MF (FID 3F00), a DDF or an ADF; an empty name means selection by FID only."""

    fid: int
    name: bytes = b""


@dataclass(frozen=True, slots=True)
class SetFci:
    """Give the current directory the content of the FCI's template A5."""

    proprietary: bytes


@dataclass(frozen=True, slots=True)
class CreateFile:
    """Create an EF in the current directory with its first content (decision: CREATE fills).

    ``records`` are the records' first contents in record order, headers included; a cyclic file
    has ``count`` times the one record given; a transparent file has one "record", its body.
    """

    fid: int
    structure: Structure
    read: AccessRule
    update: AccessRule
    records: tuple[bytes, ...]
    count: int = 1


@dataclass(frozen=True, slots=True)
class LoadKey(NotCopied):
    """Load a key or PIN into the current directory; ``limit`` 0 counts no failures."""

    type: KeyType
    kid: int
    version: int
    limit: int
    value: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReplaceMaster(NotCopied):
    """Replace the current directory's master key, enciphered under the old one."""

    value: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReplaceKey(NotCopied):
    """Put a key's next version, ``new_version``, in its place: maintenance of an issued card.

    The current directory keeps one key of this type and id in the place of ``version``.
    """

    type: KeyType
    kid: int
    version: int
    new_version: int
    value: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class InstallInstance:
    """Make an application of the financial side from a module that the chip has (pboc 1.1 [H]).

    A COS whose modules are part of it needs no more than the name.  ``privileges`` and
    ``parameters`` are GlobalPlatform's; they change nothing on our card.
    """

    name: bytes
    package: bytes = b""
    module: bytes = b""
    privileges: bytes = b"\0"
    parameters: bytes = b"\xc9\0"


@dataclass(frozen=True, slots=True)
class DeleteInstance:
    """Delete an application of the financial side that is not issued."""

    name: bytes


@dataclass(frozen=True, slots=True)
class WriteHistorical:
    """Write the 13 historical bytes of the final ATR."""

    historical: bytes


@dataclass(frozen=True, slots=True)
class EndPreIssue:
    """Close the factory stage for good."""


Operation = (
    AuthenticateTransport
    | CreateDirectory
    | SetFci
    | CreateFile
    | LoadKey
    | ReplaceMaster
    | ReplaceKey
    | InstallInstance
    | DeleteInstance
    | WriteHistorical
    | EndPreIssue
)

"""What is known of one social security key: where it is, who makes its root, who addresses it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Literal

from sscard.errors import KeyStoreError

KeyKind = Literal[
    "internal",
    "external",
    "maintenance",
    "lock",
    "load",
    "purchase",
    "transaction",
    "master",
]


@unique
class Level(StrEnum):
    """The levels of ssc 4 [S], and roots of an issuing area's own (ssc 12)."""

    MINISTRY = "ministry"
    PROVINCE = "province"
    CITY = "city"
    LOCAL = "local"

    @property
    def zh(self) -> str:
        """The word of the specification; local roots travel on mother cards."""
        return _LEVEL_ZH[self]


_LEVEL_ZH = {"ministry": "部级", "province": "省级", "city": "市级", "local": "地方母卡"}
#: How many diversifications lead from a root of each level to the card (ssc 3.4 [S]).
_ROOTS = {3: Level.MINISTRY, 2: Level.PROVINCE, 1: Level.CITY}


@dataclass(frozen=True, slots=True)
class PsamUse:
    """Usage byte and key id in a PSAM; ``usage`` is None where the sources give the id alone.

    Sources disagree on keys of two levels (ssc 10), so a key may have several; ``mark`` tells them
    apart.
    """

    usage: int | None
    key_id: int
    mark: str

    @property
    def levels(self) -> int | None:
        """Diversifications the PSAM does: bits 8 to 6 of the usage byte (ssc 3.4 [S])."""
        return None if self.usage is None else self.usage >> 5

    @property
    def root(self) -> Level | None:
        """The level of the key that the PSAM holds."""
        return _ROOTS.get(self.levels or 0)

    def __str__(self) -> str:
        usage = "–" if self.usage is None else f"{self.usage:02X}"
        return f"{usage},{self.key_id:02X}"


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """One key of ssc 3.3 and 3.4.

    ``kid`` has bit 8 set when the key is local to an ADF.  ``versions`` is the number of groups,
    None where no source says.  ``size`` is 8 for single DES; with SM4 those have 16, too.
    ``psam`` begins with the specification's own use, where there is one.  ``hsm`` has the key
    address of each version in an office HSM.  ``owner`` makes the root; ``root`` is the level at
    which PSAMs hold it.  ``mark`` is that of the KID.
    """

    name: str
    directory: str
    kid: int
    kind: KeyKind
    versions: int | None
    size: int
    psam: tuple[PsamUse, ...]
    hsm: tuple[int, ...]
    owner: Level
    root: Level
    mark: str
    source: str = "ssc 3.4"
    note: str = ""

    @property
    def local(self) -> bool:
        """Whether the issuing area makes it, so that no other area's terminals have it."""
        return self.owner is Level.LOCAL

    def size_in(self, block: int) -> int:
        """Bytes of the card's key in a suite of this block size (ssc 4 row 6 [S])."""
        return max(self.size, block)

    def check_version(self, version: int) -> None:
        """Raises KeyStoreError when there is no such version, or group."""
        if not 1 <= version <= (self.versions or 3):
            raise KeyStoreError(f"key {self.name} has versions 1 to {self.versions or 3}")

    def address(self, version: int) -> int | None:
        """The office HSM's address of this version, None where there is none."""
        return self.hsm[version - 1] if 1 <= version <= len(self.hsm) else None

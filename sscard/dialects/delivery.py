"""Which financial applications a chip comes with, and how it gets the others (pboc 1.1, 7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from enum import Enum, unique
from typing import Any

from sscard.apdu import aid
from sscard.dialects.operations import DeleteInstance, InstallInstance
from sscard.errors import ProfileError


@unique
class MadeBy(Enum):
    """Who makes PSE, PPSE and debit application."""

    #: The chip's maker, before delivery (decision 12).
    MAKER = "maker"
    #: The first station, with factory commands of the dialect.
    NATIVE = "native"
    #: The bank's station, with INSTALL of GlobalPlatform.
    GP = "gp"


@dataclass(frozen=True, slots=True)
class Delivery:
    """``domain`` is the name of the issuer security domain on a chip with GlobalPlatform.

    Applications are made from ``module`` of ``package`` (pboc 1.1 [H]); ``privileges`` are those of
    the debit application, a directory has none; ``parameters`` are those of INSTALL.
    """

    made_by: MadeBy = MadeBy.MAKER
    domain: bytes = aid.ISD
    package: bytes = bytes.fromhex("A00000033301")
    module: bytes = bytes.fromhex("A0000003330101")
    privileges: bytes = b"\x10"
    parameters: bytes = b"\xc9\0"

    def operations(self, names: Iterable[bytes]) -> Iterator[DeleteInstance | InstallInstance]:
        """What makes these applications: whatever has the name goes first (pboc 1.1 [H])."""
        for name in names:
            directory = name in (aid.PSE, aid.PPSE)
            yield DeleteInstance(name)
            yield InstallInstance(
                name,
                self.package,
                self.module,
                b"\0" if directory else self.privileges,
                self.parameters,
            )

    @classmethod
    def from_table(cls, table: object, place: str) -> Delivery:
        """What a chip file says under ``instances``.  Raises ProfileError naming ``place``."""
        names = [field.name for field in fields(cls)]
        if not isinstance(table, Mapping) or not set(table) <= set(names):
            raise ProfileError(f"{place}: instances says {', '.join(names)}")
        try:
            values: dict[str, Any] = {
                name: MadeBy(value) if name == "made_by" else bytes.fromhex(value)
                for name, value in table.items()
            }
        except (ValueError, TypeError):
            raise ProfileError(
                f"{place}: instances has made_by ({', '.join(each.value for each in MadeBy)}) and "
                "the others in hexadecimal"
            ) from None
        found = cls(**values)
        if not all(5 <= len(each) <= 16 for each in (found.domain, found.package, found.module)):
            raise ProfileError(f"{place}: instances has a name that is not 5 to 16 bytes")
        return found


#: What every chip does whose file says nothing of it.
BY_MAKER = Delivery()

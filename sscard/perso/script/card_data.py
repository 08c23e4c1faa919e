"""What one card needs besides the script: its keys, its PIN, its contents, by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sscard.dialects.operations import KeyType, LoadKey
from sscard.keys.types import Secret
from sscard.perso import structure
from sscard.perso.handover import Holder
from sscard.perso.order import CardOrder
from sscard.perso.script.errors import ScriptError
from sscard.profiles import File

#: Names that are no key and no content of a file below SSSE.
TRANSPORT, HISTORICAL, PIN, HANDOVER = "TRANSPORT", "HISTORICAL", "PIN", "HANDOVER"


@dataclass(frozen=True, slots=True)
class CardData:
    """The values of one card.  Nothing here ever shows, and nothing here is in a script."""

    values: Mapping[str, Secret] = field(repr=False)

    @property
    def names(self) -> frozenset[str]:
        """What the values are called; the names are no secret."""
        return frozenset(self.values)

    def value(self, name: str) -> bytes:
        """A value in clear.  Raises ScriptError when the card has none of this name."""
        if name not in self.values:
            raise ScriptError(f"the card's data have no {name}")
        return self.values[name].reveal()


class Content(NamedTuple):
    """A record, or the bytes at one place of a transparent file; ``what`` is it for people."""

    name: str
    what: str
    data: bytes


def card_data(order: CardOrder) -> CardData:
    """All values with which a script makes this card.  Raises FieldError, ProfileError.

    Keys are called as in the key store, with their version (``UK1DF01.v1``, ``MKSSSE.v1``),
    contents by their place (``SSSE.EF06.r2``: record 2; ``.n1``: first record appended;
    ``SSSE.EF08.b0``: bytes from offset 0).
    """
    exchange = order.profile.setting("exchange_key").text
    size = order.profile.setting("exchange_size").number
    values: dict[str, Secret] = {
        TRANSPORT: order.lot.transport,
        HISTORICAL: Secret(order.historical),
        PIN: Secret(_pin(order)),
        HANDOVER: Secret(Holder(order.id_number, order.name).encode(size)),
        f"{exchange}.v1": order.exchange,
    }
    values |= {f"{name}.v{version}": key for (name, version), key in order.keys.items()}
    values |= {each.name: Secret(each.data) for each in contents(order)}
    return CardData(values)


def contents(order: CardOrder) -> Iterator[Content]:
    """What the station writes into files, in its order.  Raises FieldError."""
    for directory in order.profile.directories:
        for file in directory.files:
            for place, data in file.encode(order.values):
                name = f"{directory.name}.{file.fid:04X}.{_place(file, place)}"
                yield Content(name, f"{directory.name} {file.name_zh} {file.name_en}", data)


def _place(file: File, place: int) -> str:
    return {"transparent": "b", "cyclic": "n"}.get(file.structure, "r") + str(place)


def _pin(order: CardOrder) -> bytes:
    """The PIN as it is loaded, which is decided where it is loaded."""
    for directory in order.profile.directories:
        for operation in structure.contents(order, directory):
            if isinstance(operation, LoadKey) and operation.type is KeyType.PIN:
                return operation.value
    raise ScriptError(f"profile {order.profile.name} loads no PIN")

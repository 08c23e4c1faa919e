"""Data groupings of one application, and how they are put together (pboc 1.6, 1.8 [H])."""

from __future__ import annotations

from dataclasses import dataclass, field

from sscard.apdu import dgi, tlv
from sscard.errors import ProfileError
from sscard.keys import KeyReference

_BLOCK = 8
#: What one answer to READ RECORD holds, with room for a length byte of T=0.
_LONGEST_RECORD = 254
_TEMPLATE = 0x70


@dataclass(frozen=True, slots=True)
class Dgi:
    """One data grouping; a ``secret`` one travels enciphered and is whole blocks.

    Its value is in plain, or under the key that ``transport`` names.
    """

    identifier: int
    value: bytes = field(repr=False)
    secret: bool = False
    transport: KeyReference | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.identifier <= 0xFFFF or len(self.value) > 0xFFFF:
            raise ValueError("a DGI has a 2-byte identifier and at most 65535 bytes")
        if self.secret and len(self.value) % _BLOCK:
            raise ValueError(f"DGI {self.identifier:04X} is secret but not whole blocks of 8 bytes")
        if self.transport is not None and not self.secret:
            raise ValueError(f"DGI {self.identifier:04X} is under a key but not secret")


@dataclass(frozen=True, slots=True)
class Instance:
    """One application and its groupings, in the order they are sent.

    ``unknown`` are groupings of which only the card knows what is in them: signatures over a key
    that it has alone.  Their values here are stand-ins.
    """

    title: str
    name: bytes
    dgis: tuple[Dgi, ...]
    unknown: frozenset[int] = frozenset()

    def grouping(self, identifier: int) -> Dgi | None:
        """The first grouping of this identifier."""
        return next((each for each in self.dgis if each.identifier == identifier), None)

    def value(self, identifier: int) -> bytes:
        """The value of a grouping; ValueError when there is none."""
        found = self.grouping(identifier)
        if found is None:
            raise ValueError(f"{self.title} has no DGI {identifier:04X}")
        return found.value

    def __contains__(self, identifier: int) -> bool:
        return any(each.identifier == identifier for each in self.dgis)


def record(sfi: int, number: int, content: bytes) -> Dgi:
    """A record's grouping.  Raises ProfileError for one that no card could give in one answer."""
    value = tlv.encode(_TEMPLATE, content)
    if len(value) > _LONGEST_RECORD:
        identifier = dgi.record(sfi, number)
        raise ProfileError(
            f"DGI {identifier:04X}: a record has at most {_LONGEST_RECORD} bytes, not {len(value)}"
        )
    return Dgi(dgi.record(sfi, number), value)


def objects(*pairs: tuple[int, bytes]) -> bytes:
    """These tags and values as TLVs, in order."""
    return b"".join(tlv.encode(tag, value) for tag, value in pairs)

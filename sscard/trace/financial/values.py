"""Data objects inside of commands and answers: where they are and what they say to people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sscard.apdu import dol, tlv
from sscard.apdu.ada import ADA
from sscard.apdu.aip import AIP
from sscard.apdu.bit_field import BitField
from sscard.apdu.card_processing import CardProcessing
from sscard.apdu.cryptogram import CID
from sscard.apdu.ctq import CTQ
from sscard.apdu.cvm import CVMResults, Method, Rule
from sscard.apdu.issuer_data import IssuerApplicationData
from sscard.apdu.terminal_capabilities import TerminalCapabilities
from sscard.apdu.terminal_tags import named
from sscard.apdu.tsi import TSI
from sscard.apdu.ttq import TTQ
from sscard.apdu.tvr import TVR
from sscard.apdu.usage_control import UsageControl
from sscard.errors import MalformedData

_CONSTRUCTED = 0x20
#: Bytes of a length field, by the first of them where there are more than one.
_LENGTH_WIDTHS: Mapping[int, int] = MappingProxyType({0x81: 2, 0x82: 3})


@dataclass(frozen=True, slots=True)
class Placed:
    """A data object and where its value begins in the data field."""

    depth: int
    tag: int
    value: bytes = field(repr=False)
    at: int

    @property
    def template(self) -> bool:
        """Whether it is only what holds the next ones."""
        return is_template(self.tag)


def is_template(tag: int) -> bool:
    """Whether the first byte of a tag says that other objects are inside; 00 is no tag."""
    return bool(tag) and bool((tag >> 8 * ((tag.bit_length() - 1) // 8)) & _CONSTRUCTED)


def in_tlv(raw: bytes) -> tuple[Placed, ...]:
    """All objects, templates before what is in them; none for bytes that are no TLVs."""
    try:
        return tuple(_walk(raw, 0, 0))
    except MalformedData:
        return ()


def in_list(wanted: bytes, data: bytes, *, at: int = 0, depth: int = 0) -> tuple[Placed, ...]:
    """The values that a data object list asked for; none when they are others."""
    try:
        pairs = list(dol.entries(wanted))
    except MalformedData:
        return ()
    if sum(size for _, size in pairs) != len(data):
        return ()
    found, offset = [], 0
    for tag, size in pairs:
        found.append(Placed(depth, tag, data[offset : offset + size], at + offset))
        offset += size
    return tuple(found)


def _walk(raw: bytes, base: int, depth: int) -> Iterator[Placed]:
    begin = 0
    for tag, value in tlv.parse(raw):
        # A length may be written with more bytes than it needs.
        width = (tag.bit_length() + 7) // 8
        at = begin + width + _LENGTH_WIDTHS.get(raw[begin + width], 1)
        begin = at + len(value)
        yield Placed(depth, tag, value, base + at)
        if is_template(tag):
            yield from _walk(value, base + at, depth + 1)


def reading(tag: int, value: bytes) -> str:
    """The value in a form for people; empty when its bytes say it best or do not parse."""
    try:
        if tag in _READERS:
            return _READERS[tag](value)
        read = named(tag).read(value)
    except MalformedData:
        return ""
    return "" if read is None else str(read)


def _bits(kind: type[BitField]) -> Callable[[bytes], str]:
    return lambda value: ", ".join(kind.parse(value).words())


def _issuer_data(value: bytes) -> str:
    said = IssuerApplicationData.parse(value)
    facts = ", ".join(said.cvr.facts.words()) or "nothing remarkable"
    second = said.cvr.second.name if said.cvr.second is not None else "none"
    return (
        f"key {said.dki}, version {said.cvn:02X}, algorithm {said.algorithm:02X}, "
        f"first {said.cvr.first.name}, second {second}: {facts}"
    )


def _cvm(value: bytes) -> str:
    said = CVMResults.parse(value)
    method = Rule(said.code, said.condition).method
    known = method in list(Method)
    name = Method(method).name.replace("_", " ").lower() if known else f"method {method:02X}"
    result = {1: "failed", 2: "successful"}.get(said.result, "unknown")
    return f"{name}: {result}"


_READERS: Mapping[int, Callable[[bytes], str]] = MappingProxyType(
    {
        0x82: _bits(AIP),
        0x95: _bits(TVR),
        0x9B: _bits(TSI),
        0x9F07: _bits(UsageControl),
        0x9F33: _bits(TerminalCapabilities),
        0x9F52: _bits(ADA),
        0x9F66: _bits(TTQ),
        0x9F68: _bits(CardProcessing),
        0x9F6C: _bits(CTQ),
        0x9F27: lambda value: CID.parse(value).kind.name,
        0x9F10: _issuer_data,
        0x9F34: _cvm,
    }
)

"""The data objects outside records: which there are, how long, who may read and write them.

They lie in the groupings 0D01 and 0E01 as TLVs (pboc 1.8, 2.3 [H]).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from sscard.apdu import dol, tlv
from sscard.apdu.dgi import DGI
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.pse.instance import Instance
from sscard.errors import MalformedData

#: Those that are counted elsewhere: last online ATC, PIN tries, ATC.
LAST_ONLINE, PIN_TRIES, ATC = 0x9F13, 0x9F17, 0x9F36
BALANCE, BALANCE_LIMIT, SINGLE_LIMIT, RESET_THRESHOLD = 0x9F79, 0x9F77, 0x9F78, 0x9F6D
AVAILABLE = 0x9F5D
#: Our own: in which order the tags of a contactless answer come, going on line and approving.
ONLINE_ORDER, OFFLINE_ORDER = 0xDF7E, 0xDF7F

_HOLDERS = (DGI.CARD_DATA, DGI.INTERNAL_DATA)
_AMOUNT = 6

#: Bytes of those that have one length (pboc 2.3 [H]).
SIZES: Mapping[int, int] = MappingProxyType(
    dict.fromkeys((0x9F58, 0x9F59, 0x9F53, 0x9F72, 0x9F56, 0xDF61, 0x5F34), 1)
    | dict.fromkeys((0x9F13, 0x9F36, 0x9F51, 0x9F52, 0x9F57, 0x9F6C, 0x9F76), 2)
    | dict.fromkeys((0x9F68, 0x9F73), 4)
    | dict.fromkeys((0x9F54, 0x9F5C, 0x9F5D, 0x9F75, 0x9F77, 0x9F78, 0x9F79), _AMOUNT)
    | dict.fromkeys((0x9F6B, 0x9F6D, 0xDF62, 0xDF63), _AMOUNT)
    | {0x9F69: 8}
)

_SECOND_CURRENCY = (0xDF72, 0xDF76, 0xDF77, 0xDF78, 0xDF79)
# fmt: off
#: What GET DATA gives (pboc 2.3 [H]).
READABLE = frozenset((
    LAST_ONLINE, PIN_TRIES, ATC, 0x9F4F, 0x9F51, 0x9F52, 0x9F53, 0x9F54, 0x9F56, 0x9F57, 0x9F58,
    0x9F59, 0x9F5C, AVAILABLE, 0x9F68, 0x9F6B, RESET_THRESHOLD, 0x9F72, 0x9F73, 0x9F75, 0x9F76,
    BALANCE_LIMIT, SINGLE_LIMIT, BALANCE, 0xDF4F, 0xDF61, 0xDF62, 0xDF63, 0xDF71, *_SECOND_CURRENCY,
))
#: What an issuer's PUT DATA writes (pboc 2.3 [H]).
WRITABLE = frozenset((
    0x9F53, 0x9F54, 0x9F58, 0x9F59, 0x9F5C, 0x9F6B, RESET_THRESHOLD, 0x9F72, 0x9F73, 0x9F75,
    BALANCE_LIMIT, SINGLE_LIMIT, BALANCE, 0xDF61, 0xDF62, *_SECOND_CURRENCY,
))
# fmt: on
#: Those that are lists; one that does not parse would only be found in a transaction.
_LISTS: Mapping[int, Callable[[bytes], Iterable[object]]] = MappingProxyType(
    {
        0x9F4F: dol.entries,
        0xDF4F: dol.entries,
        ONLINE_ORDER: lambda order: tags(order),
        OFFLINE_ORDER: lambda order: tags(order),
    }
)
#: Those whose digits are an amount.
AMOUNTS = frozenset(tag for tag, size in SIZES.items() if size == _AMOUNT)


def right(value: bytes) -> bool:
    """Whether ``value`` may be a grouping of data objects.  Raises MalformedData."""
    return all(_right(tag, content) for tag, content in tlv.parse(value))


def find(instance: Instance, tag: int) -> bytes | None:
    """The value of a data object, or None when the card has none of this tag."""
    for holder in _HOLDERS:
        value = tlv.find(instance.value(holder) or b"", tag)
        if value is not None:
            return value
    return None


def write(instance: Instance, tag: int, value: bytes) -> None:
    """Write in the place of the value there is.

    Raises StatusError 6A88 where there is none, 6700 for another length, 6A80 for no digits.
    """
    for holder in _HOLDERS:
        content = instance.value(holder) or b""
        at = _offset(content, tag)
        if at is None:
            continue
        if len(value) != len(tlv.find(content, tag) or b""):
            raise StatusError(StatusWord.WRONG_LENGTH)
        if not _right(tag, value):
            raise StatusError(StatusWord.WRONG_DATA)
        instance.nvm.write(instance.place(holder) + at, value)
        return
    raise StatusError(StatusWord.KEY_NOT_FOUND)


def in_records(instance: Instance, tag: int) -> bytes | None:
    """The value of a data object in any record of SFI 1 to 10, or None."""
    for identifier in instance.records():
        try:
            value = tlv.find(instance.value(identifier) or b"", 0x70, tag)
        except MalformedData:
            continue  # a record whose inside is no TLV
        if value is not None:
            return value
    return None


def anywhere(instance: Instance, tag: int) -> bytes | None:
    """The value outside records or, where there is none, in one."""
    value = find(instance, tag)
    return in_records(instance, tag) if value is None else value


def tags(order: bytes) -> Iterator[int]:
    """The tags of a list without lengths.  Raises MalformedData."""
    at = 0
    while at < len(order):
        width = 2 if order[at] & 0x1F == 0x1F else 1
        if not order[at] or at + width > len(order):
            raise MalformedData("a list of tags ends within one")
        yield int.from_bytes(order[at : at + width], "big")
        at += width


def _right(tag: int, value: bytes) -> bool:
    if tag in _LISTS:
        return bool(tuple(_LISTS[tag](value)))
    digits = tag not in AMOUNTS or value.hex().isdecimal()
    return digits and len(value) == SIZES.get(tag, len(value))


def _offset(content: bytes, tag: int) -> int | None:
    """Where in ``content`` the value of a data object begins."""
    at = 0
    for each, value in tlv.parse(content):
        at += len(tlv.encode(each, value))
        if each == tag:
            return at - len(value)
    return None

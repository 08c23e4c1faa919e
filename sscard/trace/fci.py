"""What SELECT answers: control information, and whether it is that at all."""

from __future__ import annotations

from collections.abc import Collection

from sscard.apdu.emv_tags import DataObject
from sscard.apdu.terminal_tags import named
from sscard.trace.financial.values import in_tlv
from sscard.trace.row import Detail

#: What the answer to SELECT begins with.
_TEMPLATES = (b"\x62", b"\x64", b"\x6f")


def is_fci(data: bytes) -> bool:
    """Whether the data are nothing or control information; else they may be anything."""
    return not data or (data[:1] in _TEMPLATES and bool(in_tlv(data)))


#: What has a name in debit cards that it cannot have elsewhere.
_UNKNOWN = DataObject("含义不明", "not known")


def details(data: bytes, *, unknown: Collection[int] = ()) -> tuple[Detail, ...]:
    """Each data object in words; of tags in ``unknown`` nobody knows the meaning."""
    found = []
    for each in in_tlv(data):
        name = _UNKNOWN if each.tag in unknown else named(each.tag)
        value = "" if each.template else each.value.hex().upper()
        found.append(Detail(each.depth, each.tag, name.zh, name.en, value))
    return tuple(found)

"""BER-TLV data objects as parts of a card: FCIs, records and answers of the financial side."""

from __future__ import annotations

from dataclasses import replace

from sscard.apdu import tlv
from sscard.apdu.emv_tags import data_object
from sscard.errors import MalformedData
from sscard.perso.node import Node, unreadable

_CONSTRUCTED = 0x20


def fci(raw: bytes) -> Node:
    """What SELECT answered: ``6F { 84 name, A5 … }`` (ssc 1.2 [S])."""
    return _opened(Node("fci", "FCI", zh="文件控制信息", en="file control information", raw=raw))


def record(sfi: int, number: int, raw: bytes) -> Node:
    """One record of the financial side, named by its SFI and number."""
    return _opened(Node("record", f"{sfi}.{number}", zh="记录", en="record", raw=raw))


def data_objects(raw: bytes) -> tuple[Node, ...]:
    """The objects in ``raw`` and those inside them.  Raises MalformedData."""
    return tuple(data_object_node(tag, value) for tag, value in tlv.parse(raw))


def data_object_node(tag: int, value: bytes) -> Node:
    """One object: a template with what is in it, or a value."""
    known, identifier = data_object(tag), f"{tag:02X}"
    node = Node("object", identifier, zh=known.zh, en=known.en, raw=value)
    if bytes.fromhex(identifier)[0] & _CONSTRUCTED:
        return _opened(node)
    return replace(node, value=known.read(value))


def _opened(node: Node) -> Node:
    try:
        return replace(node, children=data_objects(node.raw))
    except MalformedData as error:
        return replace(node, note=unreadable(error))

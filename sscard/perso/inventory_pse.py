"""The financial side as a terminal sees it: directory, applications, records (pboc 2.2, 5 [H])."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from sscard.apdu import afl, aid, dol, iso7816, pboc, tlv
from sscard.apdu.status import StatusWord
from sscard.errors import MalformedData
from sscard.perso.inventory_objects import data_object_node, data_objects, fci, record
from sscard.perso.node import Node, refusal, unreadable
from sscard.perso.plan import Plan

_PSE = Node("application", aid.PSE.hex().upper(), "PSE", "支付系统环境", "payment environment")
_PPSE = Node(
    "application",
    aid.PPSE.hex().upper(),
    "PPSE",
    "近距离支付系统环境",
    "contactless payment environment",
)
#: What the names of UnionPay applications stand for (pboc 2.1 [H], 03 and 06 [G]).
_APPLICATIONS: Mapping[bytes, tuple[str, str]] = MappingProxyType(
    {
        aid.DEBIT: ("借记应用", "debit application"),
        bytes.fromhex("A000000333010102"): ("贷记应用", "credit application"),
        bytes.fromhex("A000000333010103"): ("准贷记应用", "quasi-credit application"),
        bytes.fromhex("A000000333010106"): ("纯电子现金应用", "pure e-cash application"),
    }
)
_UNNAMED = ("应用", "application")
_AID_SIZES = range(5, 17)
_AID, _AFL, _AIP, _FORMAT_1 = 0x4F, 0x94, 0x82, 0x80
#: Transactions so far, PIN tries left.
_COUNTERS = (0x9F36, 0x9F17)
#: PDOL data of GET PROCESSING OPTIONS has a length of one byte and a template around it.
_LONGEST_PDOL_DATA = 0xFC


def financial() -> Plan[tuple[Node, ...]]:
    """The PSE, the PPSE of a card that has one, and every application that they name.

    Without a directory the debit application is asked for: it may be there, not yet personalized.
    GET PROCESSING OPTIONS counts a transaction on the card.
    """
    nodes = [(yield from _environment()), *(yield from contactless_environment())]
    named = (name for environment in nodes for name in _below(environment, _AID))
    listed = [name for name in named if len(name) in _AID_SIZES]
    for name in dict.fromkeys(listed or [aid.DEBIT]):
        nodes.append((yield from _application(name)))
    return tuple(nodes)


def _environment() -> Plan[Node]:
    answer = yield iso7816.select(aid.PSE)
    if answer.sw != StatusWord.OK:
        return replace(_PSE, note=refusal(answer.sw))
    children = [fci(answer.data)]
    sfi = int.from_bytes(_found(answer.data, 0x6F, 0xA5, 0x88))
    for number in range(1, 0x100) if 1 <= sfi <= 30 else ():
        entry = yield iso7816.read_record(number, sfi=sfi)
        if entry.sw != StatusWord.OK:
            break
        children.append(record(sfi, number, entry.data))
    return replace(_PSE, children=tuple(children))


def contactless_environment() -> Plan[list[Node]]:
    """The PPSE, whose directory is in its FCI; nothing when it is not found.

    A card without an antenna has none, and a finished card's is found over the antenna only.
    """
    answer = yield iso7816.select(aid.PPSE)
    if answer.sw == StatusWord.FILE_NOT_FOUND:
        return []
    if answer.sw != StatusWord.OK:
        return [replace(_PPSE, note=refusal(answer.sw))]
    return [replace(_PPSE, children=(fci(answer.data),))]


def _application(name: bytes) -> Plan[Node]:
    zh, en = _APPLICATIONS.get(name, _UNNAMED)
    node = Node("application", name.hex().upper(), zh=zh, en=en)
    answer = yield iso7816.select(name)
    if answer.sw != StatusWord.OK:
        return replace(node, note=refusal(answer.sw))
    children = [fci(answer.data)]
    children += yield from _counters()
    options = yield from _options(answer.data)
    children.append(options)
    children += yield from _records(options)
    return replace(node, children=tuple(children))


def _counters() -> Plan[list[Node]]:
    """The counters, before this inventory adds a transaction."""
    found: list[Node] = []
    for tag in _COUNTERS:
        answer = yield pboc.get_data(tag)
        value = _found(answer.data, tag)
        if answer.sw == StatusWord.OK and value:
            found.append(data_object_node(tag, value))
    return found


def _options(selected: bytes) -> Plan[Node]:
    """AIP and AFL.  What a terminal would answer to the PDOL does not matter here: zeros."""
    node = Node("record", "GPO", zh="处理选项", en="processing options")
    try:
        size = dol.size(_found(selected, 0x6F, 0xA5, 0x9F38))
    except MalformedData as error:
        return replace(node, note=unreadable(error))
    if size > _LONGEST_PDOL_DATA:
        return replace(node, note=unreadable("PDOL"))
    answer = yield pboc.get_processing_options(bytes(size))
    if answer.sw != StatusWord.OK:
        return replace(node, note=refusal(answer.sw))
    node = replace(node, raw=answer.data)
    try:
        return replace(node, children=_answered(answer.data))
    except MalformedData as error:
        return replace(node, note=unreadable(error))


def _answered(raw: bytes) -> tuple[Node, ...]:
    """Format 1 is ``80 { AIP, AFL }`` without tags, format 2 a template 77."""
    value = tlv.find(raw, _FORMAT_1)
    if value is None:
        return data_objects(raw)
    return data_object_node(_AIP, value[:2]), data_object_node(_AFL, value[2:])


def _records(options: Node) -> Plan[list[Node]]:
    """The records that the AFL names; none where there is no AFL that can be read."""
    found = []
    for sfi, number in _places(options):
        answer = yield iso7816.read_record(number, sfi=sfi)
        node = record(sfi, number, answer.data)
        ok = answer.sw == StatusWord.OK
        found.append(node if ok else replace(node, note=refusal(answer.sw)))
    return found


def _places(options: Node) -> tuple[tuple[int, int], ...]:
    try:
        return tuple(place for each in _below(options, _AFL) for place in afl.records(each))
    except MalformedData:
        return ()


def _below(node: Node, tag: int) -> Iterator[bytes]:
    """The value of every object with this tag, at any depth."""
    for child in node.children:
        if child.identifier == f"{tag:02X}":
            yield child.raw
        yield from _below(child, tag)


def _found(raw: bytes, *path: int) -> bytes:
    """The value at ``path``, nothing when it is not there or ``raw`` does not parse."""
    try:
        return tlv.find(raw, *path) or b""
    except MalformedData:
        return b""

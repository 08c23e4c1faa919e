"""The fewest bytes with which a card can be personalized by these commands.

Bytes are those of APDUs: command with header and Lc, response with status word.  *Payload* is what
differs from the fill that CREATE leaves (decision: CREATE fills), key values and data groupings.
*Unavoidable* is what the commands put around it: headers, status words, the description of files,
MACs, the challenges that MACs and authentications ask for, and one authentication for each key that
is needed.  docs/line-time.md has the formulas.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sscard.apdu import cps, iso7816
from sscard.channel.ssc import MAC_SIZE
from sscard.dialects import reference
from sscard.dialects.operations import (
    CreateDirectory,
    EndPreIssue,
    LoadKey,
    Operation,
    ReplaceMaster,
    WriteHistorical,
)
from sscard.perso import expected, structure
from sscard.perso.handover import Holder
from sscard.perso.order import MF, CardOrder
from sscard.perso.pse import Instance
from sscard.profiles import Directory, File

#: CLA INS P1 P2 Lc, or the same with Le; a status word.
_HEADER, _SW = 5, 2
#: GET CHALLENGE of 8 bytes and its answer.
_CHALLENGE = _HEADER + 8 + _SW
#: A challenge, then EXTERNAL AUTHENTICATE with 8 bytes of proof and the 8 bytes proven.
_AUTHENTICATION = _CHALLENGE + _HEADER + 16 + _SW
#: INITIALIZE UPDATE with its answer; EXTERNAL AUTHENTICATE with cryptogram and MAC (pboc 1.1, 1.2).
_CHANNEL = (_HEADER + 8 + 28 + _SW) + (_HEADER + 16 + _SW)
#: A master key; only its size matters here.
_MASTER_SIZE = 16
#: What a MAC of the channel takes from a command of 255 bytes.
_CHANNEL_MAC = 8
_LONGEST = 0xFF - _CHANNEL_MAC


@dataclass(frozen=True, slots=True)
class Part:
    """One line of the sum: how many times, bytes of payload, bytes that go around them."""

    name: str
    times: int
    payload: int
    unavoidable: int


@dataclass(frozen=True, slots=True)
class Bound:
    """The parts; their sum is the bound."""

    parts: tuple[Part, ...]

    @property
    def payload(self) -> int:
        """Bytes that differ from the fill, key values, data groupings."""
        return sum(part.payload for part in self.parts)

    @property
    def total(self) -> int:
        """Payload and what cannot be avoided around it."""
        return self.payload + sum(part.unavoidable for part in self.parts)


def lower_bound(order: CardOrder, instances: Iterable[Instance]) -> Bound:
    """The bound for both stations of one card, without the audit."""
    return Bound((*_social(order), *_handover(order), _bank(tuple(instances))))


def _social(order: CardOrder) -> Iterator[Part]:
    directories = order.profile.directories
    factory: tuple[Operation, ...] = (WriteHistorical(order.historical), EndPreIssue())
    yield Part("ATR", 2, 0, 2 * len(order.atr))
    yield Part("transport key", 1, 0, _AUTHENTICATION)
    yield Part("factory stage", len(factory), 0, sum(_plain(each) for each in factory))
    operations: list[Operation] = [
        CreateDirectory(structure.MF_FID, b""),
        *structure.main_file(order),
        *(each for d in directories for each in _contents(order, d)),
    ]
    keys: list[LoadKey | ReplaceMaster] = [e for e in operations if isinstance(e, LoadKey)]
    keys += [ReplaceMaster(bytes(_MASTER_SIZE)) for _ in _owners(order)]
    values = [len(each.value) for each in keys]
    loads = [_secured(order, each) for each in keys]
    yield Part("keys", len(loads), sum(values), sum(loads) - sum(values))
    created = [each for each in operations if not isinstance(each, LoadKey)]
    yield Part("directories and files", len(created), 0, sum(_plain(each) for each in created))
    yield from _data(order)


def _contents(order: CardOrder, directory: Directory) -> Iterator[Operation]:
    yield CreateDirectory(directory.fid, directory.df_name)
    yield from structure.contents(order, directory)


def _owners(order: CardOrder) -> tuple[str, ...]:
    return (MF, *(directory.name for directory in order.profile.directories))


def _plain(operation: Operation) -> int:
    return len(bytes(reference.build(operation))) + _SW


def _secured(order: CardOrder, operation: Operation) -> int:
    """Challenge, header, enciphered data (length byte, whole blocks), MAC, status word."""
    block = order.suite.block
    inside = 1 + len(reference.build(operation).data)
    enciphered = -(-inside // block) * block
    return _CHALLENGE + _HEADER + enciphered + MAC_SIZE + _SW


def _data(order: CardOrder) -> Iterator[Part]:
    writes = payload = secured = shown = 0
    selections: list[int] = []
    for directory in order.profile.directories:
        changes = {
            file.fid: (file, changed)
            for file in directory.files
            if (changed := _changes(file, order))
        }
        if not changes:
            continue
        selections.append(_HEADER + len(directory.df_name) + _SW)
        shown += len({file.update.kid for file, _ in changes.values()})
        for file, changed in changes.values():
            writes += len(changed)
            payload += sum(changed)
            secured += len(changed) * file.update.secured
    macs = secured * (_CHALLENGE + MAC_SIZE)
    yield Part("selections", len(selections), 0, sum(selections))
    yield Part("authentications", shown, 0, shown * _AUTHENTICATION)
    yield Part("records", writes, payload, writes * (_HEADER + _SW) + macs)


def _changes(file: File, order: CardOrder) -> list[int]:
    """Of each record or span that is written: the bytes that differ from the fill."""
    written = file.encode(order.values)
    if file.structure == "transparent":
        before = expected.fill(file)
        return [_different(data, before[at : at + len(data)]) for at, data in written]
    fills = [template.fill for template in file.record_templates()]
    return [_different(data, fills[number - 1]) for number, data in written]


def _different(new: bytes, old: bytes) -> int:
    return sum(a != b for a, b in zip(new, old, strict=True))


def _handover(order: CardOrder) -> Iterator[Part]:
    size = order.profile.setting("exchange_size").number
    carried = size - Holder(order.id_number, order.name).encode(size).count(0)
    select = 2 * (len(bytes(iso7816.select_fid(structure.MF_FID))) + _SW)
    yield Part("hand-over, written", 1, carried, select + _AUTHENTICATION + _HEADER + _SW)
    yield Part("hand-over, read and closed", 2, carried, _AUTHENTICATION + 2 * (_HEADER + _SW) + 1)


def _bank(instances: tuple[Instance, ...]) -> Part:
    payload = commands = 0
    sessions = sum(_HEADER + len(each.name) + _SW + _CHANNEL for each in instances)
    for instance in instances:
        size = sum(len(cps.encode_dgi(each.identifier, each.value)) for each in instance.dgis)
        payload += size
        commands += -(-size // _LONGEST)
    around = commands * (_HEADER + _CHANNEL_MAC + _SW)
    return Part("data groupings", commands, payload, sessions + around)

"""What a card's memory holds, object by object: by name, with the facts that are no secret.

Facts are life-cycle states, rights, counters and tries.  Values are kept apart: they are keys,
PINs, what is in files, and are not shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from simulator import certificate_facts
from simulator.simulated_card import SimulatedCard
from sscard.apdu.dgi import DGI
from sscard.cos import NVM
from sscard.cos.files import ElementaryFile, Files, StoredKey
from sscard.cos.memory_map import Kind, Region, memory_map
from sscard.cos.partition import Partition, split
from sscard.cos.pki.memory import Memory
from sscard.cos.pse.instance import INSTANCE, Instance, load
from sscard.cos.system import System
from sscard.dialects import Chip
from sscard.dialects.chip import CERTIFICATES
from sscard.dialects.footprint import OBJECT_HEAD
from sscard.dialects.psam_chip import PsamChip
from sscard.dialects.rights import AccessRule
from sscard.keys import SUITES

Facts: TypeAlias = Mapping[str, str]
_NO_OBJECTS = (Kind.HEAD, Kind.FREE, Kind.UNASSIGNED)
#: Partitions with directories and files; the last one is a PSAM's.
_WITH_FILES = ("exchange", "ssse", "environment")
_PIN_TRIES = f"DGI {DGI.PIN_TRIES:04X}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One object.  ``values`` are its parts, a record for instance, by name."""

    region: Region
    facts: Facts
    values: tuple[tuple[str, object], ...] = field(repr=False)

    @property
    def place(self) -> str:
        """What tells it from every other object of a card, as people write it."""
        region = self.region
        owner = "" if region.owner == region.identifier else region.owner
        detail = region.detail if region.kind in (Kind.KEY, Kind.GROUPING) else ""
        if region.kind is Kind.CERTIFICATE:
            return f"{region.part} {region.identifier} {region.detail}".strip()
        words = (region.part, owner, region.identifier, region.kind.value, detail)
        return " ".join(dict.fromkeys(word for word in words if word))


def contents(card: SimulatedCard) -> tuple[Entry, ...]:
    """Every object in the memory, in order: all but the journal and how full the parts are.

    As the next power-up will make it of the cells; the memory itself is left alone.
    """
    memory = _Memory(NVM(bytearray(card.card.nvm.cells)), card.chip)
    return tuple(
        Entry(region, _FACTS.get(region.kind, _none)(memory, region), memory.values(region))
        for region in memory_map(memory.nvm, card.chip).regions
        if region.part != "journal" and region.kind not in _NO_OBJECTS
    )


def numbered(entries: tuple[Entry, ...]) -> dict[str, Entry]:
    """By place; what has the place of an earlier one gets a number."""
    seen: Counter[str] = Counter()
    named = {}
    for each in entries:
        seen[each.place] += 1
        number = f" #{seen[each.place]}" if seen[each.place] > 1 else ""
        named[each.place + number] = each
    return named


class _Memory:
    """Where the card's own code finds what lies in a region, of a user card or of a PSAM."""

    def __init__(self, nvm: NVM, chip: Chip | PsamChip) -> None:
        self.nvm = nvm
        parts = split(nvm, chip)
        self.system = System(parts["system"], SUITES[chip.suite])
        self.files = {
            f"{fid:04X}": (files, directory)
            for files in (Files(parts[name]) for name in _WITH_FILES if name in parts)
            for fid, directory in files.directories.items()
        }
        self.instances = _instances(parts["pse"]) if "pse" in parts else {}
        self.certificates = Memory(parts[CERTIFICATES]) if CERTIFICATES in parts else None

    def read(self, at: int, size: int) -> bytes:
        return bytes(self.nvm.image[at : at + size])

    def content(self, region: Region) -> bytes:
        return self.read(region.at + region.header, region.content)

    def file(self, region: Region) -> ElementaryFile:
        _, directory = self.files[region.owner]
        return directory.by_fid[int(region.identifier, 16)]

    def key(self, region: Region) -> StoredKey:
        _, directory = self.files[region.owner]
        inside = range(region.at, region.at + region.size)
        return next(key for key in directory.keys.values() if key.at in inside)

    def instance(self, region: Region) -> Instance:
        return self.instances[region.at + OBJECT_HEAD]

    def values(self, region: Region) -> tuple[tuple[str, object], ...]:
        """The records of a file; of anything else its content, without its counters."""
        if region.kind is Kind.FILE:
            places = self.file(region).places
            names = [f"record {n}" for n in range(1, len(places) + 1)] if places[1:] else [""]
            read = (self.read(at, size) for at, size in places)
            return tuple(zip(names, read, strict=True))
        if region.kind is Kind.SYSTEM:
            return (("transport key", self.system.transport_key()),)
        if region.kind is Kind.INSTANCE:
            return (("channel keys", self.instance(region).identity.keys),)
        if region.identifier == _PIN_TRIES:
            return ()
        return (("", self.content(region)),)


def _instances(partition: Partition) -> dict[int, Instance]:
    stored = [each.at for each in partition.objects() if each.kind == INSTANCE]
    return dict(zip(stored, load(partition), strict=True))


def _none(_memory: _Memory, _region: Region) -> Facts:
    return {}


def _system(memory: _Memory, _region: Region) -> Facts:
    left, limit = memory.system.tries
    return {
        "state": memory.system.state.name,
        "historical bytes": memory.system.historical.hex().upper(),
        "transport key tries left": f"{left} of {limit}",
    }


def _directory(memory: _Memory, region: Region) -> Facts:
    files, directory = memory.files[region.owner]
    return {"state": files.state(directory).name}


def _file(memory: _Memory, region: Region) -> Facts:
    file = memory.file(region)
    return {
        "structure": file.structure.name.lower(),
        "records": str(len(file.places)),
        "bytes": str(region.content),
        "read": _right(file.read),
        "update": _right(file.update),
    }


def _key(memory: _Memory, region: Region) -> Facts:
    limit, failures = memory.read(memory.key(region).at, 2)
    return {"tries left": f"{limit - failures} of {limit}"} if limit else {}


def _instance(memory: _Memory, region: Region) -> Facts:
    instance = memory.instance(region)
    return {
        "state": instance.state.name,
        "ATC": str(int.from_bytes(instance.transactions, "big")),
        "channel sessions": str(int.from_bytes(instance.sequence, "big")),
        "KEYDATA": instance.identity.keydata.hex().upper(),
    }


def _certificate(memory: _Memory, region: Region) -> Facts:
    return certificate_facts.facts(memory.certificates, region) if memory.certificates else {}


def _grouping(memory: _Memory, region: Region) -> Facts:
    if region.identifier != _PIN_TRIES:
        return {"bytes": str(region.content)}
    left, limit = memory.content(region)[:2]
    return {"tries left": f"{left} of {limit}"}


def _right(rule: AccessRule) -> str:
    key = f" {rule.kid:02X}" if rule.kid is not None else ""
    return f"{rule.condition.value}{key}" + (", with MAC" if rule.secured else "")


_FACTS: Mapping[Kind, Callable[[_Memory, Region], Facts]] = MappingProxyType(
    {
        Kind.SYSTEM: _system,
        Kind.DIRECTORY: _directory,
        Kind.FILE: _file,
        Kind.KEY: _key,
        Kind.INSTANCE: _instance,
        Kind.GROUPING: _grouping,
        Kind.CERTIFICATE: _certificate,
    }
)

"""What is no secret of the certificate application: states, tries, what certificates say openly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TypeAlias

from sscard.apdu import pki
from sscard.cos.memory_map import Region
from sscard.cos.pki.memory import CONTAINERS, DIRECTORY, FILE, PIN, SIGNING, Memory
from sscard.cos.pki.states import MasterState, PairState
from sscard.dialects.footprint import OBJECT_HEAD
from sscard.errors import MalformedData

_Facts: TypeAlias = Iterator[tuple[str, str]]
_PUBLIC = frozenset(each.public for each in CONTAINERS)
_PAIRS = {each.certificate: each.public for each in CONTAINERS}
_STATE, _FILE_HEAD = 2, 3


def facts(memory: Memory, region: Region) -> Mapping[str, str]:
    """Of one object; of a private key and of the keys of PINs nothing."""
    image = memory.nvm.image
    kind, content = image[region.at], bytes(image[region.at : region.at + region.size])
    return dict(_FACTS[kind](memory, content[OBJECT_HEAD:]))


def _directory(_memory: Memory, content: bytes) -> _Facts:
    yield "master key", MasterState(content[_STATE]).name.lower()
    yield from _tries(*content[_STATE + 1 : _STATE + 3])


def _pin(_memory: Memory, content: bytes) -> _Facts:
    yield from _tries(*content[1:3])


def _tries(limit: int, failures: int) -> _Facts:
    if limit:
        yield "tries left", f"{limit - failures} of {limit}"


def _signing(_memory: Memory, content: bytes) -> _Facts:
    yield "signs", content.rstrip(b"\0").decode("ascii", "replace")


def _file(memory: Memory, content: bytes) -> _Facts:
    fid = int.from_bytes(content[:_STATE], "big")
    if fid in _PUBLIC:
        yield "pair", PairState(content[_STATE]).name.lower()
    if fid in _PAIRS:
        yield from _certificate(memory, fid, content[_FILE_HEAD:])


def _certificate(memory: Memory, fid: int, content: bytes) -> _Facts:
    from sscard.keys.x509 import parse_first

    if not any(content):
        yield "certificate", "none"
        return
    try:
        found, residue = parse_first(content)
    except MalformedData as error:
        yield "certificate", f"not readable: {error}"
        return
    behind = ", residue of an older one behind it" if residue else ""
    yield "certificate", f"{len(found.der)} bytes{behind}"
    yield "serial", found.serial.hex().upper()
    public = memory.files.get(_PAIRS[fid])
    if public is not None:
        same = public.content[-pki.POINT :] == found.public.point
        yield "key", f"that in {_PAIRS[fid]:04X}" if same else f"NOT that in {_PAIRS[fid]:04X}"


_FACTS: Mapping[int, Callable[[Memory, bytes], _Facts]] = MappingProxyType(
    {DIRECTORY: _directory, PIN: _pin, SIGNING: _signing, FILE: _file}
)

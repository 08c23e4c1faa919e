"""Which keys of a profile a PSAM gets, under which usage byte, id and key file (ssc 3.4, 5.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from sscard.errors import ProfileError
from sscard.keys import Factors, KeyReference
from sscard.keys.key_entry import KeyEntry, Level, PsamUse
from sscard.keys.key_table import KEYS_BY_NAME
from sscard.keys.psam_load import PsamLoad
from sscard.keys.roots import Roots
from sscard.profiles import Key, Profile

NATIONAL, PROVINCIAL, CITY = 0x11, 0x12, 0x13
#: Key ids by who gives them out: annex A of the PSAM part (ssc 3.4 [S]).
_RANGES = (
    (range(0x08, 0x10), NATIONAL),
    (range(0x10, 0x18), PROVINCIAL),
    (range(0x18, 0x20), CITY),
    (range(0x20, 0x40), NATIONAL),
    (range(0x40, 0x80), PROVINCIAL),
    (range(0x80, 0xC0), CITY),
)
_TYPE, _LEVEL_SHIFT, _DEEPEST = 0x1F, 5, 3
_PURCHASE = 0x02
#: Of keys whose usage no source has: what they are for (assumed); others are left out.
_ASSUMED_TYPES: Mapping[str, int] = MappingProxyType({"external": 0x07, "maintenance": 0x06})
#: Diversifications from the level that a profile's ``psam_root`` says.
_LEVELS = {"city": 1, "province": 2}


def loads(profile: Profile, roots: Roots, factors: Factors, version: int) -> tuple[PsamLoad, ...]:
    """The keys a PSAM gets: all purchase keys, and this version of all others (ssc 3.4).

    A key that the store holds below the level asked for is loaded as that.  Raises ProfileError
    where two keys would have one place.
    """
    found = [
        PsamLoad(reference, _with_levels(usage, roots.depth(reference.name)), key_id, factors)
        for reference, usage, key_id in _wanted(profile, version)
    ]
    places: dict[tuple[int, int], str] = {}
    for load in found:
        place = load.usage & _TYPE, load.key_id
        if places.setdefault(place, load.key.name) is not load.key.name:
            raise ProfileError(
                f"profile {profile.name}: keys {places[place]} and {load.key.name} are both "
                f"{load.key_id:02X} in a PSAM"
            )
    return tuple(found)


def key_file(load: PsamLoad) -> int:
    """The low byte of the key file that a key is loaded into."""
    if load.usage & _TYPE == _PURCHASE:
        return NATIONAL
    return next((file for ids, file in _RANGES if load.key_id in ids), NATIONAL)


def _wanted(profile: Profile, version: int) -> Iterator[tuple[KeyReference, int, int]]:
    root = profile.setting("psam_root").text
    for directory in profile.directories:
        for key in directory.keys:
            entry = KEYS_BY_NAME.get(key.name)
            if entry is not None and entry.psam:
                yield from _of_key(profile, key, entry, root, version)


def _of_key(
    profile: Profile, key: Key, entry: KeyEntry, root: str, version: int
) -> Iterator[tuple[KeyReference, int, int]]:
    versions = profile.versions(key)
    if entry.kind == "purchase":
        for number, use in enumerate(entry.psam[:versions], start=1):
            yield KeyReference(key.name, number), use.usage or _PURCHASE, use.key_id
        return
    use = _chosen(entry, root)
    usage = _usage(entry, use, root)
    if usage is not None:
        yield KeyReference(key.name, min(version, versions)), usage, use.key_id


def _chosen(entry: KeyEntry, root: str) -> PsamUse:
    """Of several uses the one whose root the profile names; else the first source's."""
    return next((use for use in entry.psam if use.root == Level(root)), entry.psam[0])


def _usage(entry: KeyEntry, use: PsamUse, root: str) -> int | None:
    if use.usage is not None:
        return use.usage
    assumed = _ASSUMED_TYPES.get(entry.kind)
    return None if assumed is None else assumed | _LEVELS[root] << _LEVEL_SHIFT


def _with_levels(usage: int, depth: int) -> int:
    levels = min(usage >> _LEVEL_SHIFT, _DEEPEST - depth)
    return usage & _TYPE | levels << _LEVEL_SHIFT

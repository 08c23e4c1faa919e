"""Rows of ``keys``: each key of each directory in each of its versions (ssc 3.3, 3.4 [S])."""

from __future__ import annotations

from collections.abc import Iterator

from sscard.conformance.expansions.file_rows import Row, file_row, reading, writing
from sscard.conformance.expansions.security_states import external_keys, way_in
from sscard.perso.key_proofs import HARMFUL
from sscard.profiles import Directory, Key, Profile

#: How a key can be proven from outside, by its type in the profile.
_PROOFS = {
    "external": "shown",
    "internal": "answers",
    "maintenance": "seals",
    "load": "loads",
    "purchase": "purchases",
    "transaction": "purchases",
    "lock": "harmful",
}


def keys(profile: Profile) -> Iterator[Row]:
    """One row for each key of the profile and each version that cards get of it.

    ``other`` is another version that the card has, 0 where there is none; ``above`` is the first
    version that it has not.  Of a maintenance key there is also a file to be written under it.
    """
    for directory in profile.directories:
        for key in directory.keys:
            about = _elsewhere(profile, directory, key)
            if key.type == "maintenance":
                about |= _target(profile, directory) | _foreign(profile, key)
            last = profile.versions(key)
            for version in range(1, last + 1):
                yield about | _row(directory, key, version, last)


def _row(directory: Directory, key: Key, version: int, last: int) -> Row:
    return {
        "directory": directory.name,
        "key": key.name,
        "kid": key.kid,
        "type": key.type,
        "mark": key.mark,
        "proof": "harmful" if key.name.startswith(HARMFUL) else _PROOFS[key.type],
        "version": version,
        "last": last,
        "first": version == 1,
        "newest": version == last,
        "other": version % last + 1 if last > 1 else 0,
        "several": last > 1,
        "above": last + 1,
    }


def _elsewhere(profile: Profile, directory: Directory, key: Key) -> Row:
    """A key of the same id in another directory, if there is one."""
    for other in profile.directories:
        for twin in external_keys(other) if other.name != directory.name else ():
            if twin.kid == key.kid:
                return {"twin_there": True, "twin": twin.name, "twin_directory": other.name}
    return {"twin_there": False, "twin": "", "twin_directory": ""}


def _target(profile: Profile, directory: Directory) -> Row:
    """The first file that can be read, and written under the MAC of the directory's STK."""
    for file in directory.files:
        update = way_in(profile, directory, file.update)
        if file.structure in ("variable", "fixed") and update and file.content is None:
            about = file_row(directory, file) | reading(profile, directory, file)
            return about | writing(profile, directory, file) | {"target_there": True}
    return {"target_there": False}


def _foreign(profile: Profile, key: Key) -> Row:
    """Another maintenance key."""
    all_keys = (each for directory in profile.directories for each in directory.keys)
    names = [e.name for e in all_keys if e.type == "maintenance" and e.name != key.name]
    return {"foreign_there": bool(names), "foreign": names[0] if names else ""}

"""Rows of ``protected``: a file of each directory to try its STK on (ssc 4 row 3 [S])."""

from __future__ import annotations

from collections.abc import Iterator

from sscard.conformance.expansions.file_rows import Row, file_row, reading, writing
from sscard.profiles import Directory, File, Key, Profile

#: A record that without its MAC is still long enough to end in one.
_SHORTEST = 6


def protected(profile: Profile) -> Iterator[Row]:
    """One row for each directory that has an STK: its first file of records that can be updated."""
    for directory in profile.directories:
        key = next((each for each in directory.keys if each.type == "maintenance"), None)
        file = next((each for each in directory.files if _serves(profile, directory, each)), None)
        if key is not None and file is not None:
            yield _row(profile, directory, file, key)


def _serves(profile: Profile, directory: Directory, file: File) -> bool:
    ways = (
        writing(profile, directory, file)["writable"],
        reading(profile, directory, file)["readable"],
    )
    if file.structure not in ("variable", "fixed") or file.content is not None:
        return False
    return all(ways) and file.record_templates()[0].size >= _SHORTEST


def _row(profile: Profile, directory: Directory, file: File, key: Key) -> Row:
    about = file_row(directory, file) | reading(profile, directory, file)
    return about | writing(profile, directory, file) | {"key": key.name}

"""Rows of ``protected``: a file of each directory to try its STK on (ssc 4 row 3 [S])."""

from __future__ import annotations

from collections.abc import Iterator

from sscard.conformance.expansions.file_rows import Row, file_row, reading, writing
from sscard.profiles import Directory, Profile

#: A record that without its MAC is still long enough to end in one.
_SHORTEST = 6


def protected(profile: Profile) -> Iterator[Row]:
    """One row for each directory that has an STK: its first record that can be updated."""
    for directory in profile.directories:
        key = next((each for each in directory.keys if each.type == "maintenance"), None)
        row = next(_rows(profile, directory), None)
        if key is not None and row is not None:
            yield row | {"key": key.name}


def _rows(profile: Profile, directory: Directory) -> Iterator[Row]:
    for file in directory.files:
        if file.structure not in ("variable", "fixed") or file.content is not None:
            continue
        about = file_row(directory, file) | reading(profile, directory, file)
        about |= writing(profile, directory, file)
        numbers = [e.number for e in file.record_templates() if e.size >= _SHORTEST]
        if about["writable"] and about["readable"] and numbers:
            yield about | {"record": numbers[0]}

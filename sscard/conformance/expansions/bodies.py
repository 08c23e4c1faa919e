"""Rows of ``bodies``: each transparent file that commands read or write (ssc 5.1 [S])."""

from __future__ import annotations

from collections.abc import Iterator

from sscard.conformance.expansions.file_rows import Row, file_row, reading, writing
from sscard.profiles import Profile


def bodies(profile: Profile) -> Iterator[Row]:
    """One row for each transparent file of the profile, with the ways to read and to update it."""
    for directory in profile.directories:
        for file in directory.files:
            if file.structure == "transparent":
                about = file_row(directory, file) | reading(profile, directory, file)
                about |= writing(profile, directory, file)
                yield about

"""Rows of ``directories``: the environment and the applications below it (ssc 1.1 [S])."""

from __future__ import annotations

from collections.abc import Iterator

from sscard.apdu import tlv
from sscard.conformance.expansions.file_rows import Row
from sscard.profiles import Directory, Profile


def directories(profile: Profile) -> Iterator[Row]:
    """One row for each directory of the profile."""
    for directory in profile.directories:
        yield _row(profile, directory)


def _row(profile: Profile, directory: Directory) -> Row:
    below = [each for each in profile.directories if each.parent == directory.name]
    return {
        "directory": directory.name,
        "kind": directory.kind,
        "fid": directory.fid,
        "df_name": directory.df_name,
        "label": directory.label_zh,
        "parent": directory.parent,
        "root": bool(below),
        "below": bool(not below),
        "fci": _fci(directory),
        **_dir_entry(profile, directory),
    }


def _dir_entry(profile: Profile, directory: Directory) -> Row:
    """Where DIR speaks of a directory: record, P2, length; of the root, steps that read them all.

    ``listed`` is False for what stands in no DIR.
    """
    root = directory.name if directory.kind == "ddf" else directory.parent
    files = profile.directory(root).files
    file = next((each for each in files if each.content == "dir"), None)
    sizes = {} if file is None else {e.element.name: e for e in file.record_templates()}
    p2 = 0 if file is None else (file.fid & 0x1F) << 3 | 4
    entry = sizes.get(f"dir_{directory.name.lower()}")
    return {
        "listed": entry is not None,
        "dir_record": entry.number if entry else 0,
        "dir_size": entry.size if entry else 0,
        "dir_by_number": p2,
        "dir_reads": [
            {"send": f"00B2{each.number:02X}{p2:02X}", "ne": each.size} for each in sizes.values()
        ],
    }


def _fci(directory: Directory) -> bytes:
    """``6F { 84 name, A5 … }`` (ssc 1.2 [S])."""
    inside = tlv.encode(0x84, directory.df_name)
    more = directory.fci_proprietary
    return tlv.encode(0x6F, inside + (tlv.encode(0xA5, more) if more else b""))

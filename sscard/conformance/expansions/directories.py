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
        "fci": _fci(directory),
        "pin_tries": profile.setting("pin_tries").number,
        **_dir_entries(profile, directory),
    }


def _dir_entries(profile: Profile, directory: Directory) -> Row:
    """Steps that read DIR; ``listed`` is False for what stands in none."""
    root = directory.parent if directory.kind == "adf" else ""
    files = next((each.files for each in profile.directories if each.name == root), ())
    file = next((each for each in files if each.content == "dir"), None)
    records = file.record_templates() if file else ()
    p2 = (file.fid & 0x1F) << 3 | 4 if file else 0
    names = [f"d{each.number}" for each in records]
    reads = [
        {"send": f"00B2{each.number:02X}{p2:02X}", "ne": each.size, "keep": name}
        for each, name in zip(records, names, strict=True)
    ]
    last = f"00B2{len(records):02X}{p2:02X}"
    return {
        "listed": bool(records),
        "dir_reads": reads,
        "dir_kept": " ".join(names),
        "dir_last": last,
        "dir_last_size": records[-1].size if records else 0,
    }


def _fci(directory: Directory) -> bytes:
    """``6F { 84 name, A5 … }`` (ssc 1.2 [S])."""
    inside = tlv.encode(0x84, directory.df_name)
    more = directory.fci_proprietary
    return tlv.encode(0x6F, inside + (tlv.encode(0xA5, more) if more else b""))

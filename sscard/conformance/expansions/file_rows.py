"""What every row about a file says: its names, its place, and how commands refer to it."""

from __future__ import annotations

from collections.abc import Iterator

from sscard.conformance.expansions.security_states import needs, way_in
from sscard.profiles import Directory, File, Profile

#: The variables of one row: what a template may name in braces.
Row = dict[str, object]
#: The mark of facts of our own making: a card that has them otherwise deviates, and is not wrong.
ASSUMED = "assumed"
#: The longest answer of a short command.
_SHORT = 0x100
_CHUNK = 0xF0
#: How much of a body is enough to ask for.
_PART = 0x10
#: How many bytes at the end of a body are changed and changed back.
_TAIL = 8


def file_row(directory: Directory, file: File) -> Row:
    """Names and references of a file; ``by_number`` and its like are values of P2 (ssc 1.3)."""
    sfi, records = file.fid & 0x1F, file.record_templates()
    first = records[0] if records else None
    return {
        "directory": directory.name,
        "place": f"{directory.name}/{file.fid:04X}",
        "file": file.fid,
        "name_zh": file.name_zh,
        "name_en": file.name_en,
        "mark": file.mark,
        "granted_sw": "granted as assumed" if file.mark == ASSUMED else "granted",
        "structure": file.structure,
        "kind": _KINDS[file.structure],
        "by_identifier": first is not None and first.tag is not None,
        "sfi": sfi,
        "by_number": sfi << 3 | 4,
        "by_tag": sfi << 3,
        "to_last": sfi << 3 | 5,
        "append": sfi << 3 | 3,
        "by_sfi": 0x80 | sfi,
        "photo": any(element.name == "photo" for element in file.elements),
        "count": len(records),
        "beyond": len(records) + 1,
        "length": file.length,
        "last_offset": file.length - 1,
        "part": min(file.length, _PART),
        "head": min(file.length, _TAIL),
        "tail": max(file.length - _TAIL, 0),
        "total": file.length & 0xFF,
        "short": file.length <= _SHORT,
        "tag": (first.tag if first else None) or 0,
        "size": first.size if first else min(file.length, _CHUNK),
    }


#: Records that stand where they are, records that move on, one body, or nothing to see.
_KINDS = {
    "variable": "records",
    "fixed": "records",
    "cyclic": "cyclic",
    "transparent": "body",
    "internal": "internal",
}


def files(profile: Profile) -> Iterator[Row]:
    """One row for each file of the profile."""
    for directory in profile.directories:
        for file in directory.files:
            about = file_row(directory, file) | reading(profile, directory, file)
            about |= writing(profile, directory, file)
            yield about | _reads(file) | _other(directory, file)


def neighbours(profile: Profile) -> Iterator[Row]:
    """One row for each directory and each identifier that only other directories have."""
    for directory in profile.directories:
        own = {file.fid & 0x1F for file in directory.files}
        for other in profile.directories:
            for file in other.files:
                if file.fid & 0x1F not in own:
                    own.add(file.fid & 0x1F)
                    yield {**file_row(directory, file), "other": other.name}


def reading(profile: Profile, directory: Directory, file: File) -> Row:
    """How a file comes to be read: the steps, and what the bench must have for them."""
    steps = way_in(profile, directory, file.read)
    return {
        "readable": bool(steps),
        "way_in": list(steps),
        **needs("reading", *steps),
    }


def writing(profile: Profile, directory: Directory, file: File) -> Row:
    """How a file comes to be updated: the steps, and what the bench must have for them."""
    steps = way_in(profile, directory, file.update)
    return {
        "writable": bool(steps),
        "way_to_update": list(steps),
        **needs("updating", *steps),
        "secured": file.update.secured,
    }


def _other(directory: Directory, file: File) -> Row:
    """Another file of the directory that can be selected."""
    others = [e.fid for e in directory.files if e.fid != file.fid and e.structure != "internal"]
    return {"others": bool(others), "other_file": others[0] if others else 0}


def _reads(file: File) -> Row:
    """Steps that read the file piece by piece, and the names under which they keep the pieces."""
    if file.structure in ("transparent", "internal"):
        return body_reads(file.length)
    sfi, records = file.fid & 0x1F, file.record_templates()
    names = [f"r{each.number}" for each in records]
    reads = [
        {"send": f"00B2{each.number:02X}{sfi << 3 | 4:02X}", "ne": each.size, "keep": name}
        for each, name in zip(records, names, strict=True)
    ]
    return {"record_reads": reads, "kept": " ".join(names), "last_size": records[-1].size}


def body_reads(length: int) -> Row:
    """All of a body but its last piece, which the template itself reads."""
    starts = range(0, length, _CHUNK)
    names = [f"p{start:04x}" for start in starts[:-1]]
    reads = [
        {"send": f"00B0{start:04X}", "ne": _CHUNK, "keep": name}
        for start, name in zip(starts, names, strict=False)
    ]
    last = {"last_chunk": starts[-1], "last_chunk_size": length - starts[-1]}
    return {
        "body_reads": reads,
        "kept": " ".join(names),
        **last,
    }

"""What a finished file must hold: its fill, with the person's values written over it."""

from __future__ import annotations

from collections.abc import Mapping

from sscard.profiles import File


def records(file: File, values: Mapping[str, object]) -> tuple[bytes, ...]:
    """The records in the order in which they are read; a transparent file is one record."""
    written = file.encode(values)
    if file.structure == "transparent":
        return (_spans(file, written),)
    fills = [template.fill for template in file.record_templates()]
    if file.structure == "cyclic":
        newest_first = [data for _, data in reversed(written)]
        return tuple([*newest_first, *fills][: len(fills)])
    for number, data in written:
        fills[number - 1] = data
    return tuple(fills)


def fill(file: File) -> bytes:
    """The first content of a transparent file."""
    fills = b"".join(element.fill for element in file.elements)
    return fills.ljust(file.length, b"\0")


def _spans(file: File, written: tuple[tuple[int, bytes], ...]) -> bytes:
    content = bytearray(fill(file))
    for offset, data in written:
        content[offset : offset + len(data)] = data
    return bytes(content)

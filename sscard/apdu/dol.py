"""Data object lists: tags and lengths that a card asks a terminal for (PDOL, CDOL; pboc 5 [H])."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sscard.apdu.value_format import format_of
from sscard.errors import MalformedData


def entries(dol: bytes) -> Iterator[tuple[int, int]]:
    """The (tag, length) pairs of ``dol``, in order.  Raises MalformedData.

    Tags have one or two bytes; a length has one.
    """
    at = 0
    while at < len(dol):
        width = 2 if dol[at] & 0x1F == 0x1F else 1
        end = at + width + 1
        if dol[at] == 0 or end > len(dol):
            raise MalformedData(f"no tag and length at offset {at}")
        yield int.from_bytes(dol[at : at + width], "big"), dol[end - 1]
        at = end


def size(dol: bytes) -> int:
    """How many bytes of data ``dol`` asks for.  Raises MalformedData."""
    return sum(length for _, length in entries(dol))


def build(wanted: Iterable[tuple[int, int]]) -> bytes:
    """The list of these tags and lengths.  ValueError for what ``entries`` would not give back."""
    pairs = tuple(wanted)
    if not all(0 < tag <= 0xFFFF and 0 <= length <= 0xFF for tag, length in pairs):
        raise ValueError("a list has tags of 1 or 2 bytes and lengths of 1")
    dol = b"".join(
        tag.to_bytes(1 if tag <= 0xFF else 2, "big") + bytes((length,)) for tag, length in pairs
    )
    try:
        same = tuple(entries(dol)) == pairs
    except MalformedData:
        same = False
    if not same:
        raise ValueError("a list has tags of 1 or 2 bytes and lengths of 1")
    return dol


def fill(dol: bytes, values: Mapping[int, bytes]) -> bytes:
    """What a terminal answers: each value in its place, zeros where it has none.

    A value that is longer or shorter than asked for is fitted by its format, and templates have
    no value (EMV book 3, 5.4 [G]).  Raises MalformedData for ``dol``.
    """
    return b"".join(
        format_of(tag).fit(values[tag], length)
        if tag in values and not _is_template(tag)
        else bytes(length)
        for tag, length in entries(dol)
    )


def split(dol: bytes, data: bytes) -> dict[int, bytes]:
    """The inverse, for the card: values by tag, the last where a tag is asked for twice.

    Raises MalformedData unless ``data`` is as long as ``dol`` says.
    """
    if len(data) != size(dol):
        raise MalformedData(f"{size(dol)} bytes were asked for, not {len(data)}")
    values, at = {}, 0
    for tag, length in entries(dol):
        values[tag] = data[at : at + length]
        at += length
    return values


def _is_template(tag: int) -> bool:
    first = tag >> 8 or tag
    return bool(first & 0x20)

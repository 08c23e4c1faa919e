"""BER-TLV (ISO/IEC 7816-4 §5.2.2): tags of 1 to 3 bytes, definite lengths up to 65535."""

from __future__ import annotations

from collections.abc import Iterator

from sscard.errors import MalformedData


def encode(tag: int, value: bytes) -> bytes:
    """One object: ``encode(0x9F36, b"\\0\\1") == bytes.fromhex("9F36020001")``.

    ValueError for a number that is no tag of 1 to 3 bytes, such as 0100 or 9F.
    """
    if not 0 < tag <= 0xFFFFFF or not _is_tag(tag):
        raise ValueError("a tag has 1 to 3 bytes")
    return tag.to_bytes((tag.bit_length() + 7) // 8, "big") + length(len(value)) + value


def length(count: int) -> bytes:
    """The length field for ``count`` bytes of value."""
    if count < 0x80:
        return bytes((count,))
    if count <= 0xFF:
        return bytes((0x81, count))
    if count <= 0xFFFF:
        return b"\x82" + count.to_bytes(2, "big")
    raise ValueError("a value has at most 65535 bytes")


def parse(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """The objects in ``raw``, in order, one level deep.  Raises MalformedData."""
    at = 0
    while at < len(raw):
        tag, at = _tag(raw, at)
        count, at = _count(raw, at)
        if at + count > len(raw):
            raise MalformedData(f"value of tag {tag:X} runs past the end")
        yield tag, raw[at : at + count]
        at += count


def find(raw: bytes, *path: int) -> bytes | None:
    """The value at ``path`` (``find(fci, 0x6F, 0x84)``), or None.  Raises MalformedData."""
    value: bytes | None = raw
    for step in path:
        if value is None:
            return None
        value = next((content for tag, content in parse(value) if tag == step), None)
    return value


def _is_tag(tag: int) -> bool:
    """Whether the first byte says "more follow" and all but the last of those say so too."""
    first, *more = tag.to_bytes((tag.bit_length() + 7) // 8, "big")
    if not more:
        return first & 0x1F != 0x1F
    return first & 0x1F == 0x1F and [byte >> 7 for byte in more] == [*[1] * (len(more) - 1), 0]


def _tag(raw: bytes, at: int) -> tuple[int, int]:
    end = at + 1
    if raw[at] & 0x1F == 0x1F:
        while end < len(raw) and raw[end] & 0x80 and end - at < 2:
            end += 1
        end += 1
    if end > len(raw) or raw[at] == 0 or (end - at == 3 and raw[end - 1] & 0x80):
        raise MalformedData(f"no tag at offset {at}")
    return int.from_bytes(raw[at:end], "big"), end


def _count(raw: bytes, at: int) -> tuple[int, int]:
    width = {0x81: 1, 0x82: 2}.get(raw[at], 0) if at < len(raw) else 0
    end = at + 1 + width
    if end > len(raw) or (not width and raw[at] >= 0x80):
        raise MalformedData(f"no length at offset {at}")
    return int.from_bytes(raw[at + 1 : end] if width else raw[at:end], "big"), end

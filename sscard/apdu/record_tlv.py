"""The one-byte TLV of social security records (ssc 1.3 [S]): tag 1, length 1, no BER rules.

Tags such as 1F, 5F or FF are plain single bytes here, which is why ``tlv`` cannot read them.
"""

from __future__ import annotations

from collections.abc import Iterator

from sscard.errors import MalformedData


def encode(tag: int, value: bytes) -> bytes:
    """One record or inner item: tag, length, value (at most 255 bytes)."""
    if not 0 <= tag <= 0xFF or len(value) > 0xFF:
        raise ValueError("tag and length of a record are one byte each")
    return bytes((tag, len(value))) + value


def parse(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """The (tag, value) pairs in ``raw``, in order.  Raises MalformedData."""
    at = 0
    while at < len(raw):
        end = at + 2 + raw[at + 1] if at + 1 < len(raw) else len(raw) + 1
        if end > len(raw):
            raise MalformedData(f"record item at offset {at} runs past the end")
        yield raw[at], raw[at + 2 : end]
        at = end

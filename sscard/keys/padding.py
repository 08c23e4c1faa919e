"""Padding 80 00 … to whole blocks, for every block size (ISO/IEC 9797-1, method 2)."""

from __future__ import annotations


def pad80(data: bytes, block: int) -> bytes:
    """80 and as many 00 as fill the block; a whole block more when ``data`` is aligned."""
    return data + b"\x80" + bytes(-(len(data) + 1) % block)

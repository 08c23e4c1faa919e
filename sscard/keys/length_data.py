"""Inside enciphered data: LD, the data, and padding where it is needed (ssc 4 row 5 [S])."""

from __future__ import annotations

from sscard.errors import MalformedData
from sscard.keys.padding import pad80


def build(data: bytes, block: int) -> bytes:
    """LD ‖ ``data``, padded only if that is not whole blocks; ValueError above 255 bytes."""
    if len(data) > 0xFF:
        raise ValueError("at most 255 bytes are enciphered at once")
    plain = bytes((len(data),)) + data
    return pad80(plain, block) if len(plain) % block else plain


def parse(plain: bytes, block: int) -> bytes:
    """The data in ``plain``.  Raises MalformedData for any other length byte or padding."""
    content = plain[1 : 1 + plain[0]] if plain else b""
    if build(content, block) != plain:
        raise MalformedData("enciphered data has a wrong length byte or padding")
    return content


def whole(cipher: bytes, block: int) -> bytes:
    """``cipher`` itself, which has to be one block or more.  Raises MalformedData."""
    if not cipher or len(cipher) % block:
        raise MalformedData("enciphered data is not whole blocks")
    return cipher

"""DES and two-key triple DES over secret keys: ECB, CBC, the two MACs and the padding."""

from __future__ import annotations

from collections.abc import Callable

from sscard.errors import MalformedData
from sscard.keys import tripledes
from sscard.keys.tripledes import BLOCK
from sscard.keys.types import DES8, TDES, SecretKey

ZERO = bytes(BLOCK)


def ecb_encryptor(key: SecretKey) -> Callable[[bytes], bytes]:
    """A kept encryptor for many whole blocks under one key: five times cheaper than one each.

    It belongs to one thread, and the caller gives it multiples of 8 bytes only.
    """
    return tripledes.ecb(_value(key)).encryptor().update


def ecb_encrypt(key: SecretKey, data: bytes) -> bytes:
    """``data`` in ECB; ValueError unless it is whole blocks."""
    return tripledes.ecb(_value(key)).encryptor().update(_whole(data))


def ecb_decrypt(key: SecretKey, data: bytes) -> bytes:
    """The inverse of ``ecb_encrypt``."""
    return tripledes.ecb(_value(key)).decryptor().update(_whole(data))


def cbc_encrypt(key: SecretKey, data: bytes, iv: bytes = ZERO) -> bytes:
    """``data`` in CBC; ValueError unless it is whole blocks."""
    return tripledes.cbc(_value(key), iv).encryptor().update(_whole(data))


def cbc_decrypt(key: SecretKey, data: bytes, iv: bytes = ZERO) -> bytes:
    """The inverse of ``cbc_encrypt``."""
    return tripledes.cbc(_value(key), iv).decryptor().update(_whole(data))


def cbc_mac(key: SecretKey, message: bytes, iv: bytes = ZERO) -> bytes:
    """The last CBC block of the padded message, 8 bytes (ISO/IEC 9797-1 algorithm 1, padding 2)."""
    return cbc_encrypt(key, pad80(message), iv)[-BLOCK:]


def retail_mac(key: SecretKey, message: bytes, iv: bytes = ZERO) -> bytes:
    """Single DES for all blocks but the last, triple DES for that one, 8 bytes.

    ISO/IEC 9797-1 algorithm 3, padding 2.
    """
    return retail_mac_of_blocks(key, pad80(message), iv)


def retail_mac_of_blocks(key: SecretKey, blocks: bytes, iv: bytes = ZERO) -> bytes:
    """The same without padding, over whole blocks; ValueError for none.

    The last step is one CBC block whose IV is the chain so far, which is the same thing without a
    XOR in Python.
    """
    value = _value(key)
    if len(value) != TDES.SIZE:
        raise ValueError("a retail MAC needs a 16-byte key")
    if not blocks:
        raise ValueError("a MAC without padding is over at least one block")
    if len(_whole(blocks)) > BLOCK:
        iv = tripledes.cbc(value[:BLOCK], iv).encryptor().update(blocks[:-BLOCK])[-BLOCK:]
    return tripledes.cbc(value, iv).encryptor().update(blocks[-BLOCK:])


def pad80(data: bytes) -> bytes:
    """80 and as many 00 as fill the block; a whole block more when ``data`` is aligned."""
    return data + b"\x80" + bytes(-(len(data) + 1) % BLOCK)


def unpad80(padded: bytes) -> bytes:
    """The inverse of ``pad80``.  Raises MalformedData."""
    data = padded.rstrip(b"\0")
    if len(padded) % BLOCK or len(padded) - len(data) >= BLOCK or not data.endswith(b"\x80"):
        raise MalformedData("no padding 80 00… at the end")
    return data[:-1]


def _value(key: SecretKey) -> bytes:
    if not isinstance(key, DES8 | TDES):
        raise TypeError(f"{key!r} is no DES key")
    return key.reveal()


def _whole(data: bytes) -> bytes:
    if len(data) % BLOCK:
        raise ValueError("DES works on whole blocks of 8 bytes")
    return data

"""SM4 over secret keys (GB/T 32907; pboc 3.1 [V]): ECB, CBC and the CBC-MAC."""

from __future__ import annotations

from collections.abc import Callable

from sscard.keys import sm4_engine
from sscard.keys.padding import pad80
from sscard.keys.sm4_engine import BLOCK
from sscard.keys.types import SM4, SecretKey

ZERO = bytes(BLOCK)


def ecb_encryptor(key: SecretKey) -> Callable[[bytes], bytes]:
    """A kept encryptor for many whole blocks under one key, cheaper than one each.

    It belongs to one thread, and the caller gives it multiples of 16 bytes only.
    """
    return sm4_engine.ecb(_value(key)).encryptor().update


def ecb_encrypt(key: SecretKey, data: bytes) -> bytes:
    """``data`` in ECB; ValueError unless it is whole blocks."""
    return sm4_engine.ecb(_value(key)).encryptor().update(_whole(data))


def ecb_decrypt(key: SecretKey, data: bytes) -> bytes:
    """The inverse of ``ecb_encrypt``."""
    return sm4_engine.ecb(_value(key)).decryptor().update(_whole(data))


def cbc_encrypt(key: SecretKey, data: bytes, iv: bytes = ZERO) -> bytes:
    """``data`` in CBC; ValueError unless it is whole blocks."""
    return sm4_engine.cbc(_value(key), iv).encryptor().update(_whole(data))


def cbc_decrypt(key: SecretKey, data: bytes, iv: bytes = ZERO) -> bytes:
    """The inverse of ``cbc_encrypt``."""
    return sm4_engine.cbc(_value(key), iv).decryptor().update(_whole(data))


def cbc_mac(key: SecretKey, message: bytes, iv: bytes = ZERO) -> bytes:
    """The last CBC block of the padded message, 16 bytes; what of it is sent, the suite says."""
    return cbc_mac_of_blocks(key, pad80(message, BLOCK), iv)


def cbc_mac_of_blocks(key: SecretKey, blocks: bytes, iv: bytes = ZERO) -> bytes:
    """The same without padding, over whole blocks; ValueError for none."""
    if not blocks:
        raise ValueError("a MAC without padding is over at least one block")
    return cbc_encrypt(key, blocks, iv)[-BLOCK:]


def _value(key: SecretKey) -> bytes:
    if not isinstance(key, SM4):
        raise TypeError(f"{key!r} is no SM4 key")
    return key.reveal()


def _whole(data: bytes) -> bytes:
    if len(data) % BLOCK:
        raise ValueError("SM4 works on whole blocks of 16 bytes")
    return data

"""The SM4 engine over plain bytes (GB/T 32907); keys never come here but through ``sm4``."""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB

BLOCK = 16


def ecb(key: bytes) -> Cipher[ECB]:
    """ECB under a key of 16 bytes."""
    return Cipher(SM4(key), ECB())  # noqa: S305  # the card's specifications say ECB


def cbc(key: bytes, iv: bytes) -> Cipher[CBC]:
    """CBC under a key of 16 bytes; ``iv`` has 16."""
    return Cipher(SM4(key), CBC(iv))


def zero_block(key: bytes) -> bytes:
    """The enciphered block of zeros, of which key check values are made."""
    return ecb(key).encryptor().update(bytes(BLOCK))

"""The DES engine: the one place where 8- and 16-byte keys become the 24 bytes OpenSSL wants."""

from __future__ import annotations

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB
from cryptography.hazmat.primitives.cmac import CMAC

BLOCK = 8


def ecb(key: bytes) -> Cipher[ECB]:
    """ECB under a key of 8 (single DES) or 16 bytes (two-key triple DES)."""
    return Cipher(_algorithm(key), ECB())  # noqa: S305  # the card's specifications say ECB


def cbc(key: bytes, iv: bytes) -> Cipher[CBC]:
    """CBC under a key of 8 or 16 bytes; ``iv`` has 8."""
    return Cipher(_algorithm(key), CBC(iv))


def zero_block(key: bytes) -> bytes:
    """The enciphered block of zeros, of which key check values are made."""
    return ecb(key).encryptor().update(bytes(BLOCK))


def cmac(key: bytes, message: bytes) -> bytes:
    """The CMAC of ``message``, 8 bytes (NIST SP 800-38B), under a key of 16 bytes."""
    mac = CMAC(_algorithm(key))
    mac.update(message)
    return mac.finalize()


def _algorithm(key: bytes) -> TripleDES:
    # K, K, K makes triple DES single DES; shorter keys would warn in `cryptography`.
    return TripleDES(key * 3 if len(key) == BLOCK else key + key[:BLOCK])

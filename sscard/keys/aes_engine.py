"""The AES engine over plain bytes (FIPS 197); keys come here through typed operations only."""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.cmac import CMAC

BLOCK = 16


def cbc(key: bytes, iv: bytes) -> Cipher[CBC]:
    """CBC under a key of 16, 24 or 32 bytes; ``iv`` has 16."""
    return Cipher(AES(key), CBC(iv))


def cmac(key: bytes, message: bytes) -> bytes:
    """The CMAC of ``message``, 16 bytes (NIST SP 800-38B)."""
    mac = CMAC(AES(key))
    mac.update(message)
    return mac.finalize()

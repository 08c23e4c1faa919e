"""Key check values: 3 bytes that tell keys apart and betray none; one rule for each kind of key.

3DES and SM4 keys of cards follow pboc 1.6 [V].  AES keys only protect other keys; theirs is the
value of ANSI X9.24-1:2017, which prints five bytes of it.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from types import MappingProxyType

from sscard.keys import aes_engine, sm4_engine, tripledes

SIZE = 3

#: What a ceremony record or a manual says about each rule.
RULES: Mapping[str, str] = MappingProxyType(
    {
        "DES8": "first 3 bytes of the enciphered block of 8 zeros, single DES (pboc 1.6 [V])",
        "TDES": "first 3 bytes of the enciphered block of 8 zeros (pboc 1.6 [V])",
        "SM4": "first 3 bytes of the enciphered block of 16 zeros (pboc 1.6 [V])",
        "AES": "first 3 of the 5 bytes of ANSI X9.24-1:2017: the CMAC of a block of 16 zeros",
        "HMAC256": "first 3 bytes of the HMAC-SHA-256 of nothing (assumed: there is no block)",
    }
)


def of_des(key: bytes) -> bytes:
    """Of a single-DES or two-key triple-DES key, 8 or 16 bytes."""
    return tripledes.zero_block(key)[:SIZE]


def of_sm4(key: bytes) -> bytes:
    """Of an SM4 key, 16 bytes."""
    return sm4_engine.zero_block(key)[:SIZE]


def of_aes(key: bytes) -> bytes:
    """Of an AES key, 16, 24 or 32 bytes: never an enciphered block, which a cipher may output."""
    return aes_engine.cmac(key, bytes(aes_engine.BLOCK))[:SIZE]


def of_hmac(key: bytes) -> bytes:
    """Of a key for HMAC-SHA-256."""
    return hmac.digest(key, b"", "sha256")[:SIZE]

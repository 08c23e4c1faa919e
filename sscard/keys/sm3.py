"""The hash function SM3 (GB/T 32905-2016)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache

#: Bytes in a hash.
SIZE = 32


def sm3(data: bytes) -> bytes:
    """The hash of ``data``, 32 bytes."""
    return _engine()(data)


def by_hashlib(data: bytes) -> bytes:
    """By the OpenSSL behind hashlib; ValueError where the Python build lacks SM3."""
    return hashlib.new("sm3", data).digest()


def by_cryptography(data: bytes) -> bytes:
    """By ``cryptography``: always there, half as fast."""
    from cryptography.hazmat.primitives.hashes import SM3, Hash

    hashing = Hash(SM3())
    hashing.update(data)
    return hashing.finalize()


@cache
def _engine() -> Callable[[bytes], bytes]:
    try:
        by_hashlib(b"")
    except ValueError:
        return by_cryptography
    return by_hashlib

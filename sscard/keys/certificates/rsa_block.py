"""Signing with message recovery: 6A ‖ data ‖ SHA-1 ‖ BC, raised to a power (pboc 4.2 [H, V])."""

from __future__ import annotations

import hashlib

from sscard.keys.certificates.error import CertificateError
from sscard.keys.rsa import RSAPublicKey, RSASigner

HEADER, TRAILER, FILL = 0x6A, 0xBC, b"\xbb"
_HASH = 20
#: Bytes of a block that are not data.
OVERHEAD = 1 + _HASH + 1
#: The longest block that a record can carry.
LONGEST = 248


def room(key: RSAPublicKey) -> int:
    """Bytes of data that a block under ``key`` has."""
    return key.size - OVERHEAD


def seal(data: bytes, tail: bytes, signer: RSASigner) -> bytes:
    """A block with ``data``, filled up with BB; the hash goes over ``tail`` too.

    ValueError when it does not fit or the key is longer than certificates can be.
    """
    size = room(signer.public)
    if len(data) > size or signer.public.size > LONGEST:
        raise ValueError(f"{len(data)} bytes do not fit a key of {signer.public.size}")
    filled = data.ljust(size, FILL)
    block = bytes((HEADER,)) + filled + _hash(filled + tail) + bytes((TRAILER,))
    return signer.power(block)


def recover(name: str, sealed: bytes, key: RSAPublicKey, form: int) -> tuple[bytes, bytes]:
    """Data and hash of a block whose data begin with ``form``.  Raises CertificateError."""
    if len(sealed) != key.size or key.size > LONGEST:
        raise CertificateError(name, "length", f"is {len(sealed)}, the key's is {key.size}")
    try:
        block = key.power(sealed)
    except ValueError:
        raise CertificateError(name, "value", "is not below the modulus") from None
    if block[-1] != TRAILER or block[0] != HEADER:
        raise CertificateError(name, "header or trailer", "is not 6A and BC: another key")
    if block[1] != form:
        raise CertificateError(name, "format", f"is {block[1]:02X}, not {form:02X}")
    return block[1 : -1 - _HASH], block[-1 - _HASH : -1]


def check_hash(name: str, data: bytes, tail: bytes, expected: bytes) -> None:
    """Raises CertificateError unless ``expected`` is the hash over data and tail."""
    if _hash(data + tail) != expected:
        raise CertificateError(name, "hash", "does not fit what was signed")


def _hash(data: bytes) -> bytes:
    # SHA-1 is what the cards and terminals have; the choice is the specification's.
    return hashlib.sha1(data, usedforsecurity=False).digest()

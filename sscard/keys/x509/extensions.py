"""Extensions of certificates, built: number, octets, and whether a reader has to understand it."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha1

from sscard.keys.sm2_keys import SM2PublicKey
from sscard.keys.x509 import oids


@dataclass(frozen=True, slots=True)
class Extension:
    """``value`` is what stands in the octet string: DER, or raw text where a profile says so."""

    oid: str
    value: bytes
    critical: bool = False


def key_id(public: SM2PublicKey) -> bytes:
    """By what a key is known: SHA-1 of 04 ‖ X ‖ Y, 20 bytes (ssc-more 1.6 [T])."""
    return sha1(b"\x04" + public.point, usedforsecurity=False).digest()


def subject_key_id(public: SM2PublicKey) -> Extension:
    """The subject's key."""
    from asn1crypto import core

    return Extension(oids.SUBJECT_KEY_ID, core.OctetString(key_id(public)).dump())


def authority_key_id(public: SM2PublicKey) -> Extension:
    """The issuer's key."""
    from asn1crypto import x509

    value = x509.AuthorityKeyIdentifier({"key_identifier": key_id(public)})
    return Extension(oids.AUTHORITY_KEY_ID, value.dump())


def key_usage(bits: bytes) -> Extension:
    """What the key is for; ``bits`` is one byte such as C0, the first use its highest bit.

    ValueError for no use at all or more than one byte.
    """
    if len(bits) != 1 or bits == b"\0":
        raise ValueError("a key usage is one byte with a bit in it")
    unused = (bits[0] & -bits[0]).bit_length() - 1
    return Extension(oids.KEY_USAGE, bytes((0x03, 0x02, unused)) + bits, critical=True)


def authority(path_length: int | None = None) -> Extension:
    """The subject is an authority; ``path_length`` others may stand below it, None: any number."""
    from asn1crypto import x509

    value = x509.BasicConstraints({"ca": True, "path_len_constraint": path_length})
    return Extension(oids.BASIC_CONSTRAINTS, value.dump(), critical=True)

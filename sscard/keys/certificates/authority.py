"""A certification authority in small: CA → issuer → card, for test cards of both families.

Pure: whoever calls brings keys, or signers that hold them elsewhere, and randomness.  What comes
out are values by tag, ready for the records of a debit application.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sscard.keys.certificates import rsa_certificate, rsa_signed, sm2_certificate, sm2_signed
from sscard.keys.certificates.subject import Subject
from sscard.keys.rsa import RSAPublicKey, RSASigner
from sscard.keys.sm2 import SM2Signer
from sscard.keys.sm2_keys import SM2PublicKey

Tags = Mapping[int, bytes]

#: The registered provider to whose keys the indexes belong.
RID = bytes.fromhex("A000000333")


def check_value(index: int, key: RSAPublicKey, rid: bytes = RID) -> bytes:
    """SHA-1 over provider, index, modulus and exponent: the form in which terminals are given a
    CA's key with something to check it by (pboc 4.2 [V])."""
    content = rid + bytes((index,)) + key.modulus + key.exponent_bytes
    return hashlib.sha1(content, usedforsecurity=False).digest()


@dataclass(frozen=True, slots=True)
class RSAIssuer:
    """An issuer with its certificate: ``tags`` are 8F, 90, 9F32 and, where needed, 92."""

    tags: Tags
    signer: RSASigner = field(repr=False)

    def static(self, code: bytes, static_data: bytes) -> Tags:
        """Tag 93, for static data authentication."""
        return _tags({0x93: rsa_signed.sign_static(code, static_data, self.signer)})

    def card(self, subject: Subject, key: RSAPublicKey, static_data: bytes) -> Tags:
        """Tags 9F46, 9F47 and, where needed, 9F48, for dynamic data authentication."""
        made = rsa_certificate.issue(subject, key, self.signer, static_data)
        return _tags({0x9F46: made.certificate, 0x9F47: made.exponent, 0x9F48: made.remainder})


@dataclass(frozen=True, slots=True)
class RSAAuthority:
    """A CA's key under its index."""

    index: int
    signer: RSASigner = field(repr=False)

    def issuer(self, subject: Subject, signer: RSASigner) -> RSAIssuer:
        """Certifies an issuer.  ValueError for a key longer than the CA's."""
        made = rsa_certificate.issue(subject, signer.public, self.signer)
        tags = {0x90: made.certificate, 0x9F32: made.exponent, 0x92: made.remainder}
        return RSAIssuer(_tags({0x8F: bytes((self.index,)), **tags}), signer)


@dataclass(frozen=True, slots=True)
class SM2Issuer:
    """An issuer with its certificate: ``tags`` are 8F and 90."""

    tags: Tags
    signer: SM2Signer = field(repr=False)

    def static(self, code: bytes, static_data: bytes) -> Tags:
        """Tag 93, for static data authentication."""
        return _tags({0x93: sm2_signed.sign_static(code, static_data, self.signer)})

    def card(self, subject: Subject, key: SM2PublicKey, static_data: bytes) -> Tags:
        """Tag 9F46, for dynamic data authentication."""
        made = sm2_certificate.issue(subject, key, self.signer, static_data)
        return _tags({0x9F46: bytes(made)})


@dataclass(frozen=True, slots=True)
class SM2Authority:
    """A CA's key under its index."""

    index: int
    signer: SM2Signer = field(repr=False)

    def issuer(self, subject: Subject, signer: SM2Signer) -> SM2Issuer:
        """Certifies an issuer."""
        made = sm2_certificate.issue(subject, signer.public, self.signer)
        return SM2Issuer(_tags({0x8F: bytes((self.index,)), 0x90: bytes(made)}), signer)


def _tags(values: dict[int, bytes]) -> Tags:
    """Without the empty ones: no tag is written for a remainder that is not needed."""
    return MappingProxyType({tag: value for tag, value in values.items() if value})

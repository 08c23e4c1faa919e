"""From the CA's key to the card's, as a terminal goes: every check, for both families."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from sscard.keys.certificates import rsa_certificate, rsa_signed, sm2_certificate, sm2_signed
from sscard.keys.certificates.error import CertificateError
from sscard.keys.certificates.rsa_certificate import RSACertificate
from sscard.keys.certificates.sm2_certificate import SM2Certificate
from sscard.keys.certificates.subject import CARD, ISSUER, Terms
from sscard.keys.rsa import RSAPublicKey
from sscard.keys.sm2_keys import SM2PublicKey

Tags = Mapping[int, bytes]
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class RSAChain:
    """Checks a card's tags against CA keys by index.  Each method raises CertificateError."""

    authorities: Mapping[int, RSAPublicKey]
    terms: Terms

    def issuer_key(self, tags: Tags) -> RSAPublicKey:
        """From tags 8F, 90, 92 and 9F32."""
        authority = _authority(self.authorities, tags)
        certificate = _certificate(ISSUER.name, tags, 0x90, 0x92, 0x9F32)
        subject, key = rsa_certificate.read(ISSUER, certificate, authority)
        subject.check(self.terms)
        return key

    def static(self, tags: Tags, static_data: bytes) -> bytes:
        """The data authentication code that tag 93 carries."""
        signed = _need(rsa_signed.STATIC, tags, 0x93)
        return rsa_signed.check_static(signed, static_data, self.issuer_key(tags))

    def card_key(self, tags: Tags, static_data: bytes) -> RSAPublicKey:
        """From tags 9F46, 9F48 and 9F47."""
        issuer = self.issuer_key(tags)
        certificate = _certificate(CARD.name, tags, 0x9F46, 0x9F48, 0x9F47)
        subject, key = rsa_certificate.read(CARD, certificate, issuer, static_data)
        subject.check(self.terms)
        return key


@dataclass(frozen=True, slots=True)
class SM2Chain:
    """Checks a card's tags against CA keys by index.  Each method raises CertificateError."""

    authorities: Mapping[int, SM2PublicKey]
    terms: Terms

    def issuer_key(self, tags: Tags) -> SM2PublicKey:
        """From tags 8F and 90; the signature is checked once per certificate."""
        authority = _authority(self.authorities, tags)
        raw = _need(ISSUER.name, tags, 0x90)
        certificate = sm2_certificate.checked(ISSUER, raw, authority)
        certificate.subject.check(self.terms)
        return certificate.key

    def static(self, tags: Tags, static_data: bytes) -> bytes:
        """The data authentication code that tag 93 carries."""
        signed = _need(sm2_signed.STATIC, tags, 0x93)
        return sm2_signed.check_static(signed, static_data, self.issuer_key(tags))

    def card_key(self, tags: Tags, static_data: bytes) -> SM2PublicKey:
        """From tag 9F46."""
        issuer = self.issuer_key(tags)
        certificate = SM2Certificate.parse(CARD, _need(CARD.name, tags, 0x9F46))
        certificate.check(issuer, static_data)
        certificate.subject.check(self.terms)
        return certificate.key


def _authority(authorities: Mapping[int, Key], tags: Tags) -> Key:
    index = _need(ISSUER.name, tags, 0x8F)
    if len(index) != 1 or index[0] not in authorities:
        raise CertificateError(ISSUER.name, "CA key index", "is none that is known")
    return authorities[index[0]]


def _certificate(
    name: str, tags: Tags, certificate: int, remainder: int, exponent: int
) -> RSACertificate:
    value, power = _need(name, tags, certificate), _need(name, tags, exponent)
    return RSACertificate(value, tags.get(remainder, b""), power)


def _need(name: str, tags: Tags, tag: int) -> bytes:
    if tag not in tags:
        raise CertificateError(name, f"tag {tag:X}", "is missing")
    return tags[tag]

"""RSA public key certificates of issuers and cards (pboc 4.2 [H, V]; EMV book 2, 5 and 6)."""

from __future__ import annotations

from dataclasses import dataclass

from sscard.keys.certificates import rsa_block
from sscard.keys.certificates.error import CertificateError
from sscard.keys.certificates.subject import Kind, Subject
from sscard.keys.rsa import RSAPublicKey, RSASigner

_SHA1 = 0x01
_RSA = 0x01


@dataclass(frozen=True, slots=True)
class RSACertificate:
    """The three values a card carries: 90, 92, 9F32 of the issuer, or 9F46, 9F48, 9F47 of the card.

    The remainder is what of the modulus did not fit; there is no such tag when it is empty.
    """

    certificate: bytes
    remainder: bytes
    exponent: bytes


def issue(
    subject: Subject, key: RSAPublicKey, signer: RSASigner, static_data: bytes = b""
) -> RSACertificate:
    """Certifies ``key``; for a card's, ``static_data`` is signed along.

    ValueError for a key longer than the signer's.
    """
    if key.size > signer.public.size:
        raise ValueError(f"{subject.kind.name}: the key is longer than the one that signs it")
    facts = bytes((_SHA1, _RSA, key.size, len(key.exponent_bytes)))
    head = bytes((subject.kind.rsa_format,)) + bytes(subject) + facts
    fits = rsa_block.room(signer.public) - len(head)
    remainder = key.modulus[fits:]
    tail = remainder + key.exponent_bytes + static_data
    certificate = rsa_block.seal(head + key.modulus[:fits], tail, signer)
    return RSACertificate(certificate, remainder, key.exponent_bytes)


def read(
    kind: Kind, certificate: RSACertificate, authority: RSAPublicKey, static_data: bytes = b""
) -> tuple[Subject, RSAPublicKey]:
    """Whom the certificate names, and the key.  Raises CertificateError, naming the field.

    Number, expiry and serial are held against terms by ``Subject.check``.
    """
    subject, key, data, expected = _unpack(kind, certificate, authority)
    tail = certificate.remainder + certificate.exponent + static_data
    rsa_block.check_hash(kind.name, data, tail, expected)
    return subject, key


def _unpack(
    kind: Kind, certificate: RSACertificate, authority: RSAPublicKey
) -> tuple[Subject, RSAPublicKey, bytes, bytes]:
    sealed = certificate.certificate
    data, expected = rsa_block.recover(kind.name, sealed, authority, kind.rsa_format)
    head = 1 + kind.size
    if len(data) < head + 4:
        raise CertificateError(kind.name, "length", "is too short for its fields")
    hashing, algorithm, size, exponent_size = data[head : head + 4]
    if hashing != _SHA1 or algorithm != _RSA:
        raise CertificateError(kind.name, "algorithm", f"is {hashing:02X} {algorithm:02X}")
    if exponent_size != len(certificate.exponent):
        raise CertificateError(kind.name, "exponent length", f"is {exponent_size}")
    modulus = _modulus(kind, data[head + 4 :], size, certificate.remainder)
    if size > authority.size:
        raise CertificateError(kind.name, "key length", "is more than that of the signer")
    subject = Subject.parse(kind, data[1:head])
    return subject, _key(kind, modulus, certificate.exponent), data, expected


def _modulus(kind: Kind, digits: bytes, size: int, remainder: bytes) -> bytes:
    modulus = digits[:size] + remainder
    if len(modulus) != size:
        raise CertificateError(kind.name, "remainder", "does not complete the key")
    return modulus


def _key(kind: Kind, modulus: bytes, exponent: bytes) -> RSAPublicKey:
    try:
        return RSAPublicKey(modulus, int.from_bytes(exponent, "big"))
    except ValueError as wrong:
        raise CertificateError(kind.name, "key", f"is none: {wrong}") from None

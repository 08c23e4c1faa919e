"""SM2 public key certificates: 142 bytes of an issuer, 148 of a card (pboc 4.1 [H, V])."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from sscard.keys import sm2
from sscard.keys.certificates.error import CertificateError
from sscard.keys.certificates.subject import Kind, Subject
from sscard.keys.sm2_curve import POINT
from sscard.keys.sm2_keys import SM2PublicKey

#: Signature algorithm, and how the public key enciphers (or is hashed): not at all.
_SM2, _NONE = 0x04, 0x00
#: Which curve; 04 is seen too, in cards' certificates.
CURVE = 0x11
_FACTS = 4


@dataclass(frozen=True, slots=True)
class SM2Certificate:
    """Header ‖ subject ‖ 04 ‖ 00 ‖ curve ‖ 40 ‖ X ‖ Y ‖ R ‖ S, tag 90 or 9F46."""

    subject: Subject
    key: SM2PublicKey
    signature: bytes
    curve: int = CURVE

    def __bytes__(self) -> bytes:
        return signed_part(self.subject, self.key, self.curve) + self.signature

    @classmethod
    def parse(cls, kind: Kind, raw: bytes) -> SM2Certificate:
        """From a tag's value.  Raises CertificateError; the signature is not checked."""
        size = 1 + kind.size + _FACTS + POINT + sm2.SIGNATURE
        if len(raw) != size:
            raise CertificateError(kind.name, "length", f"is {len(raw)}, not {size}")
        if raw[0] != kind.sm2_header:
            raise CertificateError(kind.name, "header", f"is {raw[0]:02X}")
        rest = raw[1 + kind.size :]
        algorithm, encipherment, curve, key_size = rest[:_FACTS]
        if (algorithm, encipherment) != (_SM2, _NONE):
            raise CertificateError(kind.name, "algorithm", f"is {algorithm:02X} {encipherment:02X}")
        if key_size != POINT:
            raise CertificateError(kind.name, "key length", f"is {key_size}, not {POINT}")
        subject = Subject.parse(kind, raw[1 : 1 + kind.size])
        key = _key(kind, rest[_FACTS : _FACTS + POINT])
        return cls(subject, key, rest[_FACTS + POINT :], curve)

    def check(self, authority: SM2PublicKey, static_data: bytes = b"") -> None:
        """Raises CertificateError unless ``authority`` signed it, with these static data."""
        message = signed_part(self.subject, self.key, self.curve) + static_data
        if not sm2.verify(authority, message, self.signature):
            raise CertificateError(self.subject.kind.name, "signature", "does not hold")


def signed_part(subject: Subject, key: SM2PublicKey, curve: int = CURVE) -> bytes:
    """The first 78 or 84 bytes; the static data of a card follow them when it is signed."""
    facts = bytes((_SM2, _NONE, curve, POINT))
    return bytes((subject.kind.sm2_header,)) + bytes(subject) + facts + key.point


def issue(
    subject: Subject,
    key: SM2PublicKey,
    signer: sm2.SM2Signer,
    static_data: bytes = b"",
    curve: int = CURVE,
) -> SM2Certificate:
    """Certifies ``key``; for a card's, ``static_data`` is signed along."""
    signature = signer.sign(signed_part(subject, key, curve) + static_data)
    return SM2Certificate(subject, key, signature, curve)


@lru_cache(maxsize=256)
def checked(kind: Kind, raw: bytes, authority: SM2PublicKey) -> SM2Certificate:
    """Parsed and checked, once per certificate: an issuer's comes with each of its cards.

    Raises CertificateError, every time.
    """
    certificate = SM2Certificate.parse(kind, raw)
    certificate.check(authority)
    return certificate


def _key(kind: Kind, point: bytes) -> SM2PublicKey:
    try:
        return SM2PublicKey(point)
    except ValueError:
        raise CertificateError(kind.name, "key", "is no point of the curve") from None

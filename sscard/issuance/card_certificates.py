"""What is told about a card's two certificates: nothing in it names a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sscard.issuance.machines import CHINA
from sscard.keys.x509 import Certificate, CertificateAnswer, parse


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """One of them; valid on these days and those between, where cards are issued."""

    serial: bytes
    not_before: date
    not_after: date
    sha256: bytes

    @classmethod
    def of(cls, certificate: Certificate) -> CertificateFacts:
        """Its facts."""
        times = certificate.not_before, certificate.not_after
        begin, end = (each.astimezone(CHINA).date() for each in times)
        return cls(certificate.serial, begin, end, certificate.sha256)

    def cells(self) -> tuple[str, ...]:
        """As lists have them: serial number in capital hex digits as other programs, days, hash."""
        days = (each.isoformat() for each in (self.not_before, self.not_after))
        return (self.serial.hex().upper(), *days, self.sha256.hex())


@dataclass(frozen=True, slots=True)
class CardCertificates:
    """Both, and who issued them: the parts of its name, such as ``C=CN, CN=…``."""

    issuer: str
    signature: CertificateFacts
    encryption: CertificateFacts

    @classmethod
    def of(cls, answer: CertificateAnswer) -> CardCertificates:
        """Those in an authority's answer."""
        signature, encryption = parse(answer.signature), parse(answer.encryption)
        issuer = ", ".join(f"{short}={text}" for short, text in signature.issuer)
        return cls(issuer, CertificateFacts.of(signature), CertificateFacts.of(encryption))

    @property
    def pairs(self) -> Iterator[tuple[str, str, CertificateFacts]]:
        """Which one, in Chinese and in English, and its facts."""
        yield "签名", "signature", self.signature
        yield "加密", "encryption", self.encryption

    def entries(self) -> Mapping[str, object]:
        """For programs."""
        facts = {
            en: dict(
                zip(("serial", "not_before", "not_after", "sha256"), each.cells(), strict=True)
            )
            for _, en, each in self.pairs
        }
        return {"issuer": self.issuer, **facts}

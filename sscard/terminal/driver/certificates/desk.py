"""What a terminal has for the certificate application."""

from __future__ import annotations

from dataclasses import dataclass

from sscard.dialects.certificates import SIGNING
from sscard.keys.types import SM4
from sscard.keys.x509 import Certificate


@dataclass(frozen=True, slots=True)
class CertificateDesk:
    """None is: this terminal has none, and refuses what needs it (−13).

    ``master`` is the transport master key of blank cards; chains of certificates end at ``root``;
    ``signing`` is the card's way to sign, of ``SIGNING``: no public source has it (assumed).
    """

    master: SM4 | None = None
    root: Certificate | None = None
    issuers: tuple[Certificate, ...] = ()
    signing: str = "none"

    def __post_init__(self) -> None:
        """ValueError for a way to sign that nobody knows."""
        if self.signing not in SIGNING:
            raise ValueError(f"signing is one of {', '.join(SIGNING)}")


NO_CERTIFICATES = CertificateDesk()

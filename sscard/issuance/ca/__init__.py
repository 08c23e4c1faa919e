"""Certificates of cards: the authority that a station asks, and a stand-in (ssc-more 1.5)."""

from __future__ import annotations

from sscard.issuance.ca.authority import AnswerAwaited, Authority, RequestRefused
from sscard.issuance.ca.certificate_authority import AuthoritySecrets, CertificateAuthority
from sscard.issuance.ca.founding import establish

__all__ = [
    "AnswerAwaited",
    "Authority",
    "AuthoritySecrets",
    "CertificateAuthority",
    "RequestRefused",
    "establish",
]

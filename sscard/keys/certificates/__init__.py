"""Certificates and signatures of debit cards: EMV's with RSA, PBOC's with SM2 (pboc 4)."""

from __future__ import annotations

from sscard.keys.certificates.authority import (
    RSAAuthority,
    RSAIssuer,
    SM2Authority,
    SM2Issuer,
    check_value,
)
from sscard.keys.certificates.chain import RSAChain, SM2Chain
from sscard.keys.certificates.data import Combined, DynamicData, static_data
from sscard.keys.certificates.error import CertificateError
from sscard.keys.certificates.rsa_certificate import RSACertificate
from sscard.keys.certificates.sm2_certificate import SM2Certificate
from sscard.keys.certificates.subject import CARD, ISSUER, Subject, Terms

__all__ = [
    "CARD",
    "ISSUER",
    "CertificateError",
    "Combined",
    "DynamicData",
    "RSAAuthority",
    "RSACertificate",
    "RSAChain",
    "RSAIssuer",
    "SM2Authority",
    "SM2Certificate",
    "SM2Chain",
    "SM2Issuer",
    "Subject",
    "Terms",
    "check_value",
    "static_data",
]

"""X.509 certificates of the certificate application: read, checked, built, asked for (ssc-more 1).

``sscard.keys.certificates`` is another thing: certificates of debit cards, which are no X.509.
"""

from __future__ import annotations

from sscard.keys.x509.answer import CertificateAnswer
from sscard.keys.x509.building import Contents, issue
from sscard.keys.x509.certificate import Certificate, is_fill, parse, parse_first, split
from sscard.keys.x509.chain import signed_by, verify
from sscard.keys.x509.enveloped_key import EnvelopedKey, seal
from sscard.keys.x509.extensions import Extension
from sscard.keys.x509.names import Name
from sscard.keys.x509.request import CertificateRequest

__all__ = [
    "Certificate",
    "CertificateAnswer",
    "CertificateRequest",
    "Contents",
    "EnvelopedKey",
    "Extension",
    "Name",
    "is_fill",
    "issue",
    "parse",
    "parse_first",
    "seal",
    "signed_by",
    "split",
    "verify",
]

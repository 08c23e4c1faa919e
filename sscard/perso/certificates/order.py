"""A CA's answer made ready for one card: compared with its request, encoded, each secret twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sscard.apdu import pki
from sscard.errors import NotVerified
from sscard.keys.sm2_keys import SM2PublicKey
from sscard.keys.types import SM4, NotCopied, Pin
from sscard.keys.x509 import Certificate, CertificateAnswer, CertificateRequest, EnvelopedKey
from sscard.perso.certificates import elementary_files as files
from sscard.perso.certificates.blank_card import Age, BlankCard
from sscard.profiles.certificates import CertificateApplication


@dataclass(frozen=True, slots=True)
class WriteOrder(NotCopied):
    """All that one card will be told; ``contents`` are the whole certificate files by FID."""

    application: CertificateApplication
    public: SM2PublicKey
    envelope: EnvelopedKey
    contents: Mapping[int, bytes] = field(repr=False)
    user_pin: Pin
    admin_pins: Mapping[Age, Pin]
    masters: Mapping[Age, SM4]


def prepare(
    application: CertificateApplication,
    blank: BlankCard,
    request: CertificateRequest,
    answer: CertificateAnswer,
    *,
    root: Certificate,
    issuers: Sequence[Certificate],
    at: datetime,
) -> WriteOrder:
    """Compare and encode: a bad answer is refused before a card is touched.

    Raises NotVerified naming the certificate or the file.
    """
    said = application.certificate
    answer.require_for(
        request,
        root=root,
        issuers=issuers,
        at=at,
        signature_usage=said.signature_key_usage,
        encryption_usage=said.encryption_key_usage,
    )
    certificates = {
        pki.SIGNATURE_CERTIFICATE: answer.signature,
        pki.ENCRYPTION_CERTIFICATE: answer.encryption,
    }
    return WriteOrder(
        application,
        request.public,
        answer.envelope,
        {fid: _filled(application, fid, der) for fid, der in certificates.items()},
        blank.user_pin,
        {Age.OLD: blank.admin_pin, Age.NEW: answer.admin_pin},
        {Age.OLD: blank.master, Age.NEW: answer.master},
    )


def _filled(application: CertificateApplication, fid: int, der: bytes) -> bytes:
    file = files.file_of(application, fid)
    if len(der) > file.size:
        raise NotVerified(
            f"{file.name_en}: {len(der)} bytes do not go into EF {fid:04X}, which has {file.size}"
        )
    return files.filled(application, fid, der)

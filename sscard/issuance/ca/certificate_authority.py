"""A certification authority in this process: no records, every answer can be made again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from sscard.issuance.ca import profile
from sscard.issuance.ca.authority import RequestRefused
from sscard.issuance.ca.derived import Derived, DerivedSigner
from sscard.keys.sm2_keys import SM2PrivateKey, SM2PublicKey
from sscard.keys.types import HMAC256, NotCopied
from sscard.keys.x509 import (
    Certificate,
    CertificateAnswer,
    CertificateRequest,
    Contents,
    extensions,
    issue,
    seal,
)
from sscard.profiles.certificates import CertificateApplication


class _Pair(NamedTuple):
    """One of a card's pairs: first byte of the serial number (ssc-more 1.6 [T]), key, its use."""

    first: int
    public: SM2PublicKey
    usage: bytes


@dataclass(frozen=True, slots=True)
class AuthoritySecrets(NotCopied):
    """What an authority has: the key of ``issuing``, and the secret from which cards' values come.

    The root's own key is not among it: no card needs it.  ValueError where ``key`` is not
    ``issuing``'s.
    """

    test: bool
    root: Certificate
    issuing: Certificate
    key: SM2PrivateKey
    secret: HMAC256

    def __post_init__(self) -> None:
        if self.key.public != self.issuing.public:
            raise ValueError("the key is not that of the issuing authority's certificate")


@dataclass(frozen=True, slots=True)
class CertificateAuthority(NotCopied):
    """Answers from its own secrets, as ``application`` says certificates look.

    Encryption pair, serial numbers, PIN, master key and nonces are derived from the request: the
    same request gets the same answer byte for byte.
    """

    secrets: AuthoritySecrets = field(repr=False)
    application: CertificateApplication = field(repr=False)

    @property
    def test(self) -> bool:
        """Whether anybody may have its keys."""
        return self.secrets.test

    @property
    def root(self) -> Certificate:
        """Where its chains end."""
        return self.secrets.root

    @property
    def issuers(self) -> tuple[Certificate, ...]:
        """The issuing authority."""
        return (self.secrets.issuing,)

    def answer(self, request: CertificateRequest, /) -> CertificateAnswer:
        """Certificates, pair, PIN and key for this card; about 40 ms.

        Raises RequestRefused for a name or place that a certificate cannot hold, naming the part.
        """
        declared = self.application.certificate
        derived = Derived.of(self.secrets.secret, request)
        pair = derived.pair()
        signature = _Pair(0x10, request.public, declared.signature_key_usage)
        encryption = _Pair(0x20, pair.public, declared.encryption_key_usage)
        return CertificateAnswer(
            self._certificate(request, derived, signature),
            self._certificate(request, derived, encryption),
            seal(pair, request.public, derived.random("envelope")),
            derived.admin_pin(),
            derived.master(),
        )

    def _certificate(self, request: CertificateRequest, derived: Derived, pair: _Pair) -> bytes:
        try:
            contents = self._contents(request, derived, pair)
        except ValueError as error:
            raise RequestRefused(f"certificate of the card: {error}") from None
        return issue(DerivedSigner(self.secrets.key, self.secrets.secret), contents)

    def _contents(self, request: CertificateRequest, derived: Derived, pair: _Pair) -> Contents:
        declared, issuing = self.application.certificate, self.secrets.issuing
        begin, end = profile.validity(request.issued_on, declared.validity_years)
        return Contents(
            derived.serial(request, pair.first, declared.serial_size),
            issuing.subject,
            profile.subject(declared.subject, request),
            begin,
            end,
            pair.public,
            (
                *profile.key_identifiers(pair.public, issuing.public),
                extensions.key_usage(pair.usage),
                *profile.private_extensions(declared, request),
            ),
        )

"""A certification authority that is watched: ``from tests.asked_authority import Asked``."""

from __future__ import annotations

from dataclasses import dataclass, field

from sscard.errors import SscardError
from sscard.issuance.ca import Authority
from sscard.issuance.ca.load import packaged_authority
from sscard.keys.x509 import Certificate, CertificateAnswer, CertificateRequest


@dataclass
class Asked:
    """An authority that notes what it is asked, and may not answer."""

    inner: Authority = field(default_factory=packaged_authority)
    refusal: SscardError | OSError | None = None
    of: CertificateRequest | None = None
    requests: list[CertificateRequest] = field(default_factory=list)
    test = True

    @property
    def root(self) -> Certificate:
        return self.inner.root

    @property
    def issuers(self) -> tuple[Certificate, ...]:
        return self.inner.issuers

    def answer(self, request: CertificateRequest, /) -> CertificateAnswer:
        self.requests.append(request)
        if self.refusal is not None:
            raise self.refusal
        return self.inner.answer(self.of or request)

"""A CA behind a key service.  Any number of threads may use it."""

from __future__ import annotations

from collections.abc import Sequence

from sscard.errors import KeyStoreError, MalformedData
from sscard.issuance.ca.authority import RequestRefused
from sscard.issuance.ca.register import AnotherKey
from sscard.issuance.ca.trusted import Trusted
from sscard.keys.stores.service.client import Remote
from sscard.keys.stores.service.connection import Service
from sscard.keys.stores.service.link import Link
from sscard.keys.stores.service.messages import Certify
from sscard.keys.stores.service.refusals import Code, Refused
from sscard.keys.stores.service.served import CA
from sscard.keys.types import SM4, Pin
from sscard.keys.x509 import enveloped_key
from sscard.keys.x509.answer import CertificateAnswer
from sscard.keys.x509.certificate import Certificate
from sscard.keys.x509.request import CertificateRequest

#: Both certificates, the enveloped key and the PIN are as long as they are.
_SIZES = (None, None, None, None, SM4.SIZE)


class RemoteAuthority(Remote):
    """The certificates that are trusted come from the station, never from the service.

    Raises KeyStoreError for a service that is not there, does not know the token, or is no CA.
    """

    def __init__(self, service: Service, trusted: Trusted) -> None:
        super().__init__(Link(service, CA))
        self._trusted = trusted

    @property
    def root(self) -> Certificate:
        """The root that the station trusts."""
        return self._trusted.root

    @property
    def issuers(self) -> tuple[Certificate, ...]:
        """The CAs below the root."""
        return self._trusted.issuers

    def answer(self, request: CertificateRequest) -> CertificateAnswer:
        """The answer; asking again gives the same one.

        Raises RequestRefused for what the CA does not certify, AnotherKey, and KeyStoreError for a
        service that is away, lets the client not ask, or answers with something else.
        """
        try:
            values = self._link.ask(Certify(request), _SIZES)
        except Refused as refused:
            if refused.code is Code.ANOTHER_KEY:
                raise AnotherKey(str(refused)) from None
            if refused.code is Code.WRONG_REQUEST:
                raise RequestRefused(str(refused)) from None
            raise
        try:
            return _answer(values)
        except (MalformedData, ValueError):
            raise KeyStoreError(f"{self._link}: answered with something else") from None


def _answer(values: Sequence[bytes]) -> CertificateAnswer:
    signature, encryption, envelope, digits, master = values
    pin = Pin(digits.decode("ascii"))
    return CertificateAnswer(signature, encryption, enveloped_key.parse(envelope), pin, SM4(master))

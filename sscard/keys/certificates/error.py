"""What is wrong with a certificate or a signature, by name."""

from __future__ import annotations

from sscard.errors import MalformedData


class CertificateError(MalformedData):
    """A certificate or a signature that does not hold; no account number and no key in its text.

    ``certificate`` says which ("issuer certificate", "static data" …), ``field`` what in it.
    """

    def __init__(self, certificate: str, field: str, why: str) -> None:
        super().__init__(f"{certificate}: {field} {why}")
        self.certificate = certificate
        self.field = field

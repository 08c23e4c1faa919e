"""Who answers requests for certificates, as a station sees them."""

from __future__ import annotations

from typing import Protocol

from sscard.errors import SscardError
from sscard.keys.x509 import Certificate, CertificateAnswer, CertificateRequest


class AnswerAwaited(SscardError):
    """The request is on its way and the answer not there yet: the card waits."""


class RequestRefused(SscardError):
    """The authority does not answer such a request; the message names the field."""


class Authority(Protocol):
    """A certification authority: in this process, behind a service, or people with files."""

    @property
    def test(self) -> bool:
        """Whether anybody may have its keys: nothing for real cards."""
        ...

    @property
    def root(self) -> Certificate:
        """Where its chains end."""
        ...

    @property
    def issuers(self) -> tuple[Certificate, ...]:
        """What stands between the cards' certificates and the root."""
        ...

    def answer(self, request: CertificateRequest, /) -> CertificateAnswer:
        """Both certificates with the encryption pair, and what else is new on the card.

        The same request may be made again, after a crash for instance, and gets the same answer.
        Raises AnswerAwaited, RequestRefused, and other SscardError where nobody can be asked.
        """
        ...

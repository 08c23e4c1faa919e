"""A CA that remembers: a card gets certificates for one key, unless somebody says otherwise."""

from __future__ import annotations

from sscard.issuance.ca.authority import Authority
from sscard.issuance.ca.folder import fingerprint
from sscard.issuance.ca.register import Register
from sscard.keys.types import NotCopied
from sscard.keys.x509.answer import CertificateAnswer
from sscard.keys.x509.certificate import Certificate, parse
from sscard.keys.x509.request import CertificateRequest


class RegisteredAuthority(NotCopied):
    """Every answer is in the register before anybody gets it."""

    def __init__(self, authority: Authority, register: Register) -> None:
        self._authority = authority
        self.register = register

    def __repr__(self) -> str:
        return f"<CA with register {self.register.path}>"

    @property
    def test(self) -> bool:
        """Whether it is a TEST CA."""
        return self._authority.test

    @property
    def root(self) -> Certificate:
        """The root."""
        return self._authority.root

    @property
    def issuers(self) -> tuple[Certificate, ...]:
        """The CAs below the root."""
        return self._authority.issuers

    def answer(self, request: CertificateRequest, *, again: bool = False) -> CertificateAnswer:
        """The answer.  ``again``: also for another key of a card that has one.

        Raises AnotherKey, KeyStoreError for the register, and what the CA raises.
        """
        found = self._authority.answer(request)
        serial = parse(found.signature).serial.hex().upper()
        self.register.enter(request.card_id, fingerprint(request), serial, again=again)
        return found

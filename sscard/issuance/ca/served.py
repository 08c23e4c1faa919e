"""A CA as the key service sees it: one question, and no key that anybody could name."""

from __future__ import annotations

from sscard.issuance.ca.authority import Authority, RequestRefused
from sscard.issuance.ca.register import AnotherKey
from sscard.keys.roots import MINISTRY_ROOTS
from sscard.keys.stores.service.messages import Certify, Question
from sscard.keys.stores.service.refusals import Code, Refused
from sscard.keys.stores.service.served import CA, Found, not_offered
from sscard.keys.types import NotCopied


class ServedAuthority(NotCopied):
    """A CA behind a service."""

    kind = CA
    suite: str | None = None
    roots = MINISTRY_ROOTS

    def __init__(self, authority: Authority) -> None:
        self._authority = authority

    @property
    def test(self) -> bool:
        """Whether it is a TEST CA."""
        return self._authority.test

    def answer(self, asked: Question) -> Found:
        """Both certificates, the enveloped key, the admin PIN in ASCII, the master key.

        Raises Refused for any other question, and for what the CA does not certify.
        """
        if not isinstance(asked, Certify):
            raise not_offered(asked)
        try:
            found = self._authority.answer(asked.request)
        except AnotherKey as error:
            raise Refused(Code.ANOTHER_KEY, str(error)) from None
        except RequestRefused as error:
            raise Refused(Code.WRONG_REQUEST, str(error)) from None
        envelope = bytes(found.envelope)
        return (found.signature, found.encryption, envelope, found.admin_pin, found.master)

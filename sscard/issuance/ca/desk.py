"""The CA's side of a folder: every request gets its answer, and a broken one holds up no other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import unique

from sscard.errors import MalformedData
from sscard.issuance.ca.authority import RequestRefused
from sscard.issuance.ca.folder import Folder
from sscard.issuance.ca.register import AnotherKey
from sscard.issuance.ca.registered import RegisteredAuthority
from sscard.issuance.coded import Coded
from sscard.keys.x509.request import CertificateRequest


@unique
class Outcome(Coded):
    """What became of a request."""

    ANSWERED = ("answered", "已答复")
    BEFORE = ("answered before", "此前已答复")
    #: The card has an answer for another key.
    ANOTHER_KEY = ("another key", "另一密钥")
    #: The file is damaged, or the CA cannot certify what it says.
    BROKEN = ("broken", "损坏")


@dataclass(frozen=True, slots=True)
class Handled:
    """One request.  ``detail`` has no name and no value in it."""

    name: str
    outcome: Outcome
    detail: str = ""

    @property
    def answered(self) -> bool:
        """Whether its answer is there."""
        return self.outcome in (Outcome.ANSWERED, Outcome.BEFORE)


def answer_all(folder: Folder, authority: RegisteredAuthority, *, again: bool) -> Iterator[Handled]:
    """Answer the requests that have none, the oldest first.

    ``again``: also those for another key of a card that has an answer.  Repeating is harmless: the
    same request gets the same answer.  Raises KeyStoreError for the CA's register, OSError.
    """
    for name in folder.names():
        yield _answer(folder, authority, name, again=again)


def _answer(folder: Folder, authority: RegisteredAuthority, name: str, *, again: bool) -> Handled:
    try:
        request = folder.request(name)
        if _is_answered(folder, request):
            return Handled(name, Outcome.BEFORE)
        folder.put_answer(request, authority.answer(request, again=again))
    except AnotherKey as error:
        return Handled(name, Outcome.ANOTHER_KEY, str(error))
    except (MalformedData, RequestRefused) as error:
        return Handled(name, Outcome.BROKEN, str(error))
    return Handled(name, Outcome.ANSWERED)


def _is_answered(folder: Folder, request: CertificateRequest) -> bool:
    """A damaged answer is made once more."""
    try:
        return folder.answer(request) is not None
    except MalformedData:
        return False

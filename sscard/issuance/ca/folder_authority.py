"""A CA that is reached by files: the request is written, and the card waits for the answer."""

from __future__ import annotations

from sscard.issuance.ca.authority import AnswerAwaited
from sscard.issuance.ca.folder import Folder, name_of
from sscard.keys.types import NotCopied
from sscard.keys.x509.answer import CertificateAnswer
from sscard.keys.x509.certificate import Certificate
from sscard.keys.x509.request import CertificateRequest


class FolderAuthority(NotCopied):
    """The office's side of a folder."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    def __repr__(self) -> str:
        return f"<CA by files in {self._folder.path}>"

    @property
    def test(self) -> bool:
        """Whether the CA is a TEST one."""
        return self._folder.test

    @property
    def root(self) -> Certificate:
        """The root, as the folder's sealed file has it."""
        return self._folder.trusted.root

    @property
    def issuers(self) -> tuple[Certificate, ...]:
        """The CAs below the root."""
        return self._folder.trusted.issuers

    def answer(self, request: CertificateRequest) -> CertificateAnswer:
        """The answer in the folder.

        Raises AnswerAwaited where there is none yet, and the request is there then; MalformedData
        naming an answer that is damaged, which the CA makes once more; OSError.
        """
        try:
            found = self._folder.answer(request)
        finally:
            self._folder.put_request(request)
        if found is None:
            raise AnswerAwaited(
                f"{self._folder.path}: request {name_of(request)} waits for its answer; "
                "sscard ca answer"
            )
        return found

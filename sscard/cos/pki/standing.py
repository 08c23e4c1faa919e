"""Where a terminal stands in the application, and what it has shown: gone with the power."""

from __future__ import annotations

from sscard.apdu import pki, tlv
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.challenge import Challenges
from sscard.cos.pki.memory import (
    CONTAINERS,
    DDF_FID,
    DDF_TEMPLATE,
    Container,
    Directory,
    File,
    Memory,
)
from sscard.cos.pki.states import Act, PairEvent, PairState, Proof, Rights, after
from sscard.keys.types import SecretKey


class Standing:
    """One power-up of the application; ``challenges`` are its own, ``rights`` the chip's."""

    def __init__(self, memory: Memory, challenges: Challenges, rights: Rights) -> None:
        self.memory = memory
        self._rights = rights
        self.nvm = memory.nvm
        self.challenges = challenges
        self.reset()

    def reset(self) -> None:
        """Power came back."""
        self.challenges.forget()
        #: FID of the current directory and of the current EF; none is current.
        self.directory: int | None = None
        self.ef: int | None = None
        self.shown: set[Proof] = set()
        self.session_key: SecretKey | None = None
        #: The public key that was chosen for export.
        self.chosen: int | None = None

    def select(self, directory: Directory) -> bytes:
        """Make a directory current; the answer is its FCI (ssc-more 1.1 [T])."""
        self.directory, self.ef, self.chosen = directory.fid, None, None
        self.shown.discard(Proof.MASTER)
        self.session_key = None
        more = DDF_TEMPLATE if directory.fid == DDF_FID else b""
        return tlv.encode(0x6F, tlv.encode(0x84, directory.name) + more)

    def current(self) -> Directory:
        """The current directory.  Raises StatusError 6985 when there is none."""
        if self.directory is None:
            raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
        return self.memory.directories[self.directory]

    def file(self, sfi: int) -> File:
        """The EF of this short identifier; 0 is the current one.  Raises StatusError 6986, 6A82."""
        if not sfi and self.ef is None:
            raise StatusError(StatusWord.NO_CURRENT_EF)
        fid = sfi or self.ef  # an FID below 20 is its own short identifier
        if fid not in self.memory.files:
            raise StatusError(StatusWord.FILE_NOT_FOUND)
        self.ef = fid
        return self.memory.files[fid]

    def require(self, act: Act) -> None:
        """Raises StatusError 6982 when something has not been shown that the act asks for."""
        if not self.shown >= self._rights[act]:
            raise StatusError(StatusWord.SECURITY_NOT_SATISFIED)

    def container(self, **files: int) -> Container:
        """The pair that has these files.  Raises StatusError 6A82."""
        for each in CONTAINERS:
            if all(getattr(each, name) == fid for name, fid in files.items()):
                return each
        raise StatusError(StatusWord.FILE_NOT_FOUND)

    def state(self, container: Container) -> PairState:
        """How far a pair is."""
        return self.memory.files[container.public].state

    def after(self, container: Container, event: PairEvent) -> PairState:
        """What the event would make of a pair.  Raises StatusError 6985."""
        return after(container.pair, self.state(container), event)

    def point(self, container: Container) -> bytes:
        """X ‖ Y of a pair.  Raises StatusError 6985 when there is none."""
        if self.state(container) is PairState.EMPTY:
            raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
        return self.memory.files[container.public].content[-pki.POINT :]

    def number(self, container: Container) -> bytes:
        """The private key of a pair.  Raises StatusError 6985 when there is none."""
        if self.state(container) is not PairState.COMPLETE:
            raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
        return self.memory.files[container.private].content

    def keep(self, container: Container, state: PairState, point: bytes, number: bytes) -> None:
        """Another pair: the certificate that was there is of no key any more."""
        files = self.memory.files
        files[container.public].become(state)
        files[container.public].write(0, pki.stored_point(point))
        files[container.private].write(0, number)
        certificate = files[container.certificate]
        if any(certificate.content):
            certificate.write(0, bytes(certificate.size))

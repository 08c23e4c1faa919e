"""Both pairs as anybody may read them: public keys, certificates, and whether they fit."""

from __future__ import annotations

from dataclasses import dataclass, field

from sscard.apdu.status import StatusError
from sscard.errors import MalformedData
from sscard.keys.sm2_keys import SM2PublicKey
from sscard.keys.x509 import Certificate, is_fill, parse_first, split
from sscard.perso.certificates.elementary_files import enter, is_empty, parse_key, read
from sscard.perso.plan import Plan, attempt
from sscard.profiles.certificates import CertificateApplication, CertificateFile

#: In the order in which they are made.
PAIRS = ("signature", "encryption")


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file and what is in it, or the card's refusal."""

    file: CertificateFile
    content: bytes | StatusError = field(repr=False)  # a certificate names a person

    @property
    def unused(self) -> bool:
        """Whether nothing was ever put there."""
        return isinstance(self.content, bytes) and is_empty(self.content)

    def key(self) -> SM2PublicKey | None:
        """The public key in it; None where there is none.  Raises MalformedData."""
        if not isinstance(self.content, bytes):
            return None
        return parse_key(self.content, self.file.fid)

    def certificate(self) -> Certificate | None:
        """The certificate in it, whatever stands behind; None where there is none.

        Raises MalformedData.
        """
        if not isinstance(self.content, bytes) or self.unused:
            return None
        return parse_first(self.content)[0]

    def residue(self) -> bool:
        """Whether the end of an older certificate stands behind it.  Raises MalformedData."""
        if not isinstance(self.content, bytes) or self.unused:
            return False
        return not is_fill(split(self.content)[1])


@dataclass(frozen=True, slots=True)
class PairRead:
    """One pair: the files of its public key and of its certificate."""

    pair: str
    public: FileRead
    certificate: FileRead

    @property
    def unused(self) -> bool:
        """Whether there is neither key nor certificate."""
        return self.public.unused and self.certificate.unused

    def matches(self) -> bool:
        """Whether the certificate is of the key beside it; what cannot be read is not."""
        try:
            found, key = self.certificate.certificate(), self.public.key()
        except MalformedData:
            return False
        return found is not None and key is not None and found.public == key


def read_pairs(application: CertificateApplication) -> Plan[tuple[PairRead, ...]]:
    """Both pairs; nothing on a card without the application.  No key and no PIN is shown."""
    entered = yield from attempt(enter(application))
    if isinstance(entered, StatusError):
        return ()
    return (yield from pairs_here(application))


def pairs_here(application: CertificateApplication) -> Plan[tuple[PairRead, ...]]:
    """The same in the ADF that is selected."""
    found = []
    for pair in PAIRS:
        public = yield from _file(application, pair, "public key")
        certificate = yield from _file(application, pair, "certificate")
        found.append(PairRead(pair, public, certificate))
    return tuple(found)


def _file(application: CertificateApplication, pair: str, holds: str) -> Plan[FileRead]:
    file = next(each for each in application.files if (each.pair, each.holds) == (pair, holds))
    return FileRead(file, (yield from attempt(read(application, file.fid))))

"""What a card's certificate application shows to anybody: a card that waited is told by it."""

from __future__ import annotations

from dataclasses import dataclass, field

from sscard.apdu import pki
from sscard.keys.sm2_keys import SM2PublicKey
from sscard.perso.certificates import elementary_files as files
from sscard.perso.plan import POWER_UP, Plan
from sscard.profiles.certificates import CertificateApplication


@dataclass(frozen=True, slots=True)
class Seen:
    """The signature key, None where there is none yet, and the content of its certificate's file.

    The content is empty while nothing was written there.
    """

    public: SM2PublicKey | None
    certificate: bytes = field(repr=False)  # it names a person


def look(application: CertificateApplication) -> Plan[Seen]:
    """Power up and read both; no right is asked for.  Raises StatusError, MalformedData."""
    (yield POWER_UP).require("power up")
    yield from files.enter(application)
    public = yield from files.read_key(application, pki.SIGNATURE_PUBLIC)
    if public is None:
        return Seen(None, b"")
    content = yield from files.read(application, pki.SIGNATURE_CERTIFICATE)
    return Seen(public, b"" if files.is_empty(content) else content)

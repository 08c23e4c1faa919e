"""What a bench has to know of a card before its certificate application is tested."""

from __future__ import annotations

from dataclasses import dataclass, field

from sscard.apdu import pki
from sscard.apdu.status import StatusError
from sscard.conformance.general_test.check import card_facts
from sscard.errors import MalformedData
from sscard.perso.certificates import elementary_files as files
from sscard.perso.plan import Plan
from sscard.profiles.certificates import CertificateApplication


@dataclass(frozen=True, slots=True)
class CertificateCard:
    """``card_id`` is the identification code in 32 hexadecimal digits, empty where it is not told.

    ``content`` is what the signature certificate's file holds; None where it cannot be read.
    """

    card_id: str = field(default="", repr=False)
    content: bytes | None = field(default=None, repr=False)


def certificate_card(application: CertificateApplication) -> Plan[CertificateCard]:
    """Power up and read, showing nothing; a refusal is an answer, too."""
    facts = yield from card_facts()
    card_id = (facts.identification or b"").hex().upper()
    try:
        yield from files.enter(application)
        content = yield from files.read(application, pki.SIGNATURE_CERTIFICATE)
    except (StatusError, MalformedData):
        return CertificateCard(card_id)
    return CertificateCard(card_id, content)

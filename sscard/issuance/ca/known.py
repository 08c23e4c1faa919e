"""What an authority knows of a card that shows a certificate of its own: for tests of cards."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sscard.errors import MalformedData, SscardError
from sscard.issuance.ca.authority import Authority
from sscard.issuance.ca.load import load_authority
from sscard.issuance.machines import CHINA
from sscard.keys import SUITES
from sscard.keys.stores import load_social_security
from sscard.keys.types import SM4, NotCopied, Pin
from sscard.keys.x509 import Certificate, CertificateRequest, oids, parse_first
from sscard.perso.certificates import BlankCard
from sscard.perso.certificates.elementary_files import is_empty
from sscard.profiles import Profile
from sscard.profiles.chips import load_chip


@dataclass(frozen=True, slots=True)
class KnownCard(NotCopied):
    """PINs, master key and CA of a card; None is what nobody here knows."""

    user_pin: Pin = field(repr=False)
    admin_pin: Pin | None = field(default=None, repr=False)
    master: SM4 | None = field(default=None, repr=False)
    root: Certificate | None = None
    issuers: tuple[Certificate, ...] = ()


def known_card(
    authority: Authority, blank: BlankCard, card_id: str, content: bytes | None
) -> KnownCard:
    """By ``content`` of the signature certificate's file; only fill is a blank card.

    The authority is asked once more, by what the certificate says.  It is not asked for a card
    whose certificate is another authority's, or cannot be read (None): of that nothing is known but
    what all cards begin with, the user PIN.  ``card_id`` is the card identification code in 32
    hexadecimal digits.
    """
    root, issuers = authority.root, authority.issuers
    if content is None:
        return KnownCard(blank.user_pin, root=root, issuers=issuers)
    if is_empty(content):
        return KnownCard(blank.user_pin, blank.admin_pin, blank.master, root, issuers)
    try:
        found, _ = parse_first(content)
        if found.authority_key_id not in [each.subject_key_id for each in issuers]:
            return KnownCard(blank.user_pin)
        answer = authority.answer(_request(found, card_id))
    except (SscardError, ValueError):  # no certificate, or none of such a card
        return KnownCard(blank.user_pin, root=root, issuers=issuers)
    return KnownCard(blank.user_pin, answer.admin_pin, answer.master, root, issuers)


def known_test_card(profile: Profile, card_id: str, content: bytes | None) -> KnownCard | None:
    """``known_card`` with the packaged TEST CA and the TEST lot; None for a profile without.

    Raises ProfileError, KeyStoreError.
    """
    application = profile.certificates
    lot = load_social_security(None, SUITES[profile.suite]).lot(load_chip(profile.chip).lot)
    if application is None or lot.certificate_master is None:
        return None
    pins = {each.name: Pin(each.initial) for each in application.pins}
    blank = BlankCard(pins["user"], pins["admin"], lot.certificate_master)
    authority = load_authority(None, application=application)
    return known_card(authority, blank, card_id, content)


def _request(found: Certificate, card_id: str) -> CertificateRequest:
    """What was asked for this certificate.  Raises MalformedData, ValueError."""
    number = found.extensions.get(oids.CARD_NUMBER)
    if number is None:
        raise MalformedData("the certificate has no card number")
    return CertificateRequest(
        card_id=card_id,
        name=found.named("CN"),
        city=card_id[:6],
        card_number=number.decode("ascii"),
        public=found.public,
        issued_on=_day(found),
    )


def _day(found: Certificate) -> date:
    return found.not_before.astimezone(CHINA).date()

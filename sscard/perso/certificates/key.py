"""The signature pair, made on the card: never a second one by accident.

A card that has a pair gives its public key, whoever made it and however often it is asked; so a
host that was torn away asks again.  Another pair ends the certificate of the former one, and is
made only by a function of its own, which must be told the key that goes.
"""

from __future__ import annotations

from dataclasses import dataclass

from sscard.apdu import pki
from sscard.errors import NotVerified
from sscard.keys.sm2_keys import SM2PublicKey
from sscard.perso.certificates.blank_card import BlankCard
from sscard.perso.certificates.elementary_files import enter, is_empty, read, read_key
from sscard.perso.certificates.secrets_shown import pin_of, show_pin
from sscard.perso.plan import POWER_UP, Plan
from sscard.profiles.certificates import CertificateApplication


@dataclass(frozen=True, slots=True)
class MadeKey:
    """The card's signature key, and whether it had it already."""

    public: SM2PublicKey
    already: bool


@dataclass(frozen=True, slots=True)
class AnotherKeyMade:
    """The same after ``make_another_key``; ``certificate_lost``: the former key had one."""

    public: SM2PublicKey
    already: bool
    certificate_lost: bool


def make_key(application: CertificateApplication, blank: BlankCard) -> Plan[MadeKey]:
    """The card's signature key; a card that has none makes it, with the user's PIN.

    Raises SecretRefused, TriesKept, StatusError, MalformedData.
    """
    (yield POWER_UP).require("power up")
    yield from enter(application)
    there = yield from read_key(application, pki.SIGNATURE_PUBLIC)
    if there is not None:
        return MadeKey(there, already=True)
    yield from show_pin(pin_of(application, pki.USER), blank.user_pin)
    return MadeKey((yield from _generate(application)), already=False)


def make_another_key(
    application: CertificateApplication, blank: BlankCard, lost: SM2PublicKey
) -> Plan[AnotherKeyMade]:
    """Another pair in the place of ``lost``; what was enciphered for the former is lost with it.

    Both PINs are shown.  A card that has neither ``lost`` nor none has been here before: its key is
    given back, and nothing changes.  Raises as ``make_key``, and NotVerified for a card without a
    key.
    """
    (yield POWER_UP).require("power up")
    yield from enter(application)
    there = yield from read_key(application, pki.SIGNATURE_PUBLIC)
    if there is None:
        raise NotVerified(f"EF {pki.SIGNATURE_PUBLIC:04X}: there is no key that could be replaced")
    if there != lost:
        return AnotherKeyMade(there, already=True, certificate_lost=False)
    certificate = yield from read(application, pki.SIGNATURE_CERTIFICATE)
    yield from show_pin(pin_of(application, pki.USER), blank.user_pin)
    yield from show_pin(pin_of(application, pki.ADMIN), blank.admin_pin)
    public = yield from _generate(application)
    return AnotherKeyMade(public, already=False, certificate_lost=not is_empty(certificate))


def _generate(application: CertificateApplication) -> Plan[SM2PublicKey]:
    (yield pki.generate_key_pair()).require("generate the signature pair")
    made = yield from read_key(application, pki.SIGNATURE_PUBLIC)
    if made is None:
        raise NotVerified(f"EF {pki.SIGNATURE_PUBLIC:04X}: the card has made no key")
    return made

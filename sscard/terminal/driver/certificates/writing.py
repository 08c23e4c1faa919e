"""iReadSignatureKey, iWriteCA and its two steps (ssc-more 1.5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sscard.apdu import pki
from sscard.errors import NotVerified
from sscard.keys.sm2_keys import SM2PublicKey
from sscard.keys.types import SM4, Pin
from sscard.keys.x509 import Certificate, CertificateAnswer, CertificateRequest, certificate, oids
from sscard.perso.certificates import (
    AnotherKey,
    BlankCard,
    SecretRefused,
    make_key,
    write,
)
from sscard.perso.certificates import elementary_files as files
from sscard.perso.certificates.order import prepare
from sscard.perso.certificates.secrets_shown import pin_of
from sscard.perso.plan import Plan
from sscard.profiles.certificates import CertificateApplication
from sscard.terminal.driver.certificates.application import application_of, signature_key
from sscard.terminal.driver.certificates.desk import CertificateDesk
from sscard.terminal.driver.codes import DriverError, ErrorCode
from sscard.terminal.driver.dialogue import Dialogue, Result
from sscard.terminal.driver.meeting import Met
from sscard.terminal.psam.slots import Slot, at

#: Making the pair asks for no master key.
_NO_MASTER = SM4(bytes(SM4.SIZE))
#: What a card says to a wrong proof, and to one that it counts.
_FAILED, _TRIES = 0x6300, 0x63C0


def blank_card(application: CertificateApplication, master: SM4) -> BlankCard:
    """With the PINs that blank cards have (ssc-more 1.2 [2+])."""
    user, admin = (Pin(pin_of(application, each).initial) for each in (pki.USER, pki.ADMIN))
    return BlankCard(user, admin, master)


def key_there(application: CertificateApplication) -> Dialogue[SM2PublicKey | None]:
    """The signature key, of a card that has one.  Raises StatusError."""
    yield from at(Slot.USER, files.enter(application))
    return (yield from at(Slot.USER, files.read_key(application, pki.SIGNATURE_PUBLIC)))


def key_made(
    application: CertificateApplication, user_pin: Pin | None = None
) -> Dialogue[SM2PublicKey]:
    """The same; the pair is made where there is none, and never a second one.

    ``user_pin`` None: that of blank cards.  Raises DriverError −51, −52; StatusError.
    """
    blank = blank_card(application, _NO_MASTER)
    if user_pin is not None:
        blank = replace(blank, user_pin=user_pin)
    return (yield from _judged(make_key(application, blank))).public


def written(
    met: Met, blank: BlankCard, answer: CertificateAnswer, desk: CertificateDesk, now: datetime
) -> Dialogue[None]:
    """All of it is looked at before the first byte is written; a torn card goes on where it was.

    Raises DriverError −62 and −63, with which nothing was written; −51, −52; StatusError.
    """
    if desk.root is None:
        raise DriverError(ErrorCode.NOT_SUPPORTED)
    application = application_of(met)
    yield from at(Slot.USER, files.enter(application))
    request = _request(met, (yield from signature_key(application)), answer)
    root, issuers = desk.root, desk.issuers
    try:
        prepare(application, blank, request, answer, root=root, issuers=issuers, at=now)
    except NotVerified:
        raise DriverError(ErrorCode.CERTIFICATE) from None
    plan = write(application, blank, request, answer, root=root, issuers=issuers, at=now)
    yield from _judged(plan)


def _request(met: Met, public: SM2PublicKey, answer: CertificateAnswer) -> CertificateRequest:
    """What the CA must have been asked for.  Raises DriverError −63 where it was something else.

    The holder's name is the certificate's own: a terminal may not read it without a PSAM.
    """
    signature = certificate.parse(answer.signature)
    if signature.public != public or _number(signature) != met.number.encode():
        raise DriverError(ErrorCode.OTHER_KEY)
    issued = signature.not_before.date()
    name, city = signature.named("CN"), met.card.city
    try:
        return CertificateRequest(met.identification, name, city, met.number, public, issued)
    except ValueError:
        raise DriverError(ErrorCode.CERTIFICATE) from None


def _number(signature: Certificate) -> bytes | None:
    return signature.extensions.get(oids.CARD_NUMBER)


def _judged(plan: Plan[Result]) -> Dialogue[Result]:
    try:
        return (yield from at(Slot.USER, plan))
    except SecretRefused as refused:
        raise _refused(refused) from None
    except AnotherKey:
        raise DriverError(ErrorCode.OTHER_KEY) from None
    except NotVerified:  # what was written is not there
        raise DriverError(ErrorCode.CARD_DATA) from None


def _refused(refused: SecretRefused) -> DriverError:
    """−51 with the tries left, −52; for a master key what the card says then: 63Cx."""
    if refused.reference is None:
        return DriverError(-_FAILED if refused.left is None else -(_TRIES | refused.left))
    if not refused.left:
        return DriverError(ErrorCode.PIN_BLOCKED)
    return DriverError(ErrorCode.PIN_WRONG, f"{refused.left}|")

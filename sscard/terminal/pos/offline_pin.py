"""The PIN that the card itself checks, in plain text or under its RSA key (pboc 5 [H])."""

from __future__ import annotations

from sscard.apdu import iso7816, pboc, tlv
from sscard.apdu.command import CommandAPDU
from sscard.apdu.cvm import Method
from sscard.apdu.status import StatusWord
from sscard.apdu.tvr import TVR
from sscard.errors import MalformedData
from sscard.keys import pin_block
from sscard.keys.certificates import CARD, CertificateError, RSACertificate, RSAChain
from sscard.keys.certificates.rsa_certificate import read
from sscard.keys.rsa import RSAPublicKey
from sscard.keys.types import Pin
from sscard.perso.plan import Plan
from sscard.terminal.pos.offline_authentication import certified_key, chain
from sscard.terminal.pos.session import Session

_TRIES = 0x9F17
_PIN_CERTIFICATE, _PIN_EXPONENT, _PIN_REMAINDER = 0x9F2D, 0x9F2E, 0x9F2F
#: Bytes in an RSA key for PINs: one that is shorter has no room for a challenge and a filling.
_SMALLEST = 64
_BLOCKED = (StatusWord.AUTHENTICATION_BLOCKED, StatusWord.NO_CHALLENGE)
_PLAIN = (Method.PLAIN_PIN, Method.PLAIN_PIN_AND_SIGNATURE)


def verify(method: int, session: Session) -> Plan[bool]:
    """Asks until the PIN is right, refused for good, or not entered.

    Raises StatusError for answers that are none to VERIFY.
    """
    tries = yield from tries_left()
    key = None
    if method not in _PLAIN:
        key = encipherment_key(session)
        if key is None:
            return False
    while tries != 0:
        pin = session.around.pin(tries)
        if pin is None:
            session.tvr |= TVR.PIN_NOT_ENTERED
            return False
        command = yield from _command(pin, key, session)
        answer = yield command
        if answer.sw == StatusWord.OK:
            return True
        tries = 0 if answer.sw in _BLOCKED else answer.sw.tries_left
        if tries is None:
            answer.require("verify PIN")
    session.tvr |= TVR.PIN_TRIES_EXCEEDED
    return False


def tries_left() -> Plan[int | None]:
    """The card's PIN try counter; None for a card that does not tell."""
    answer = yield pboc.get_data(_TRIES)
    if answer.sw != StatusWord.OK:
        return None
    value = tlv.find(answer.data, _TRIES)
    return value[0] if value else None


def encipherment_key(session: Session) -> RSAPublicKey | None:
    """The key for PINs, or the card's own where it has no special one; None without either."""
    values = session.card.values
    if _PIN_CERTIFICATE in values:
        return _special_key(session)
    key = session.card_key or certified_key(
        session.card, session.transaction, session.terminal.authorities
    )
    return key if isinstance(key, RSAPublicKey) and key.size >= _SMALLEST else None


def _special_key(session: Session) -> RSAPublicKey | None:
    values = session.card.values
    links = chain(session.card, session.transaction, session.terminal.authorities)
    if not isinstance(links, RSAChain) or _PIN_EXPONENT not in values:
        return None
    certificate = RSACertificate(
        values[_PIN_CERTIFICATE], values.get(_PIN_REMAINDER, b""), values[_PIN_EXPONENT]
    )
    try:
        subject, key = read(CARD, certificate, links.issuer_key(values))
        subject.check(links.terms)
    except CertificateError:
        return None
    return key if key.size >= _SMALLEST else None


def _command(pin: Pin, key: RSAPublicKey | None, session: Session) -> Plan[CommandAPDU]:
    """VERIFY; for an enciphered PIN the card gives a challenge first, each time."""
    if key is None:
        return pboc.verify(pin_block.build(pin))
    challenge = (yield iso7816.get_challenge(pin_block.CHALLENGE)).require("get challenge")
    if len(challenge) != pin_block.CHALLENGE:
        raise MalformedData("a card's challenge has 8 bytes")
    return pboc.verify_enciphered(pin_block.encipher(pin, challenge, session.around.random, key))

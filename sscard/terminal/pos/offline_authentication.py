"""Offline data authentication: static, dynamic, or combined with the cryptogram (pboc 4 [H, V])."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sscard.apdu import dol, pboc, tlv
from sscard.apdu.aip import AIP
from sscard.apdu.terminal_capabilities import TerminalCapabilities
from sscard.apdu.tsi import TSI
from sscard.apdu.tvr import TVR
from sscard.errors import MalformedData
from sscard.keys.certificates import CertificateError, RSAChain, SM2Chain, Terms
from sscard.keys.certificates.dynamic import PublicKey, check_dynamic
from sscard.perso.plan import Plan
from sscard.terminal.pos.card_data import CardData
from sscard.terminal.pos.configuration import Authorities, Terminal
from sscard.terminal.pos.lists import told
from sscard.terminal.pos.session import Session
from sscard.terminal.pos.transaction import Transaction

_SIGNED, _NUMBER, _CARD_NUMBER, _CODE = 0x9F4B, 0x9F37, 0x9F4C, 0x9F45
_CERTIFICATE, _CARD_CERTIFICATE, _DDOL = 0x90, 0x9F46, 0x9F49
_FORMATS = (0x80, 0x77)
#: Header and size of an issuer certificate with SM2 (pboc 4.1 [H, V]); no CA has an RSA key of
#: this size.
_SM2_HEADER, _SM2_SIZE = 0x12, 142
#: What a card must have for each way, beside what its certificates lead to (EMV book 3, 7.2 [G]).
_NEEDED: Mapping[AIP, tuple[int, ...]] = MappingProxyType(
    {
        AIP.SDA: (0x8F, 0x90, 0x93),
        AIP.DDA: (0x8F, 0x90, 0x9F46),
        AIP.CDA: (0x8F, 0x90, 0x9F46),
    }
)
_FAILED: Mapping[AIP, TVR] = MappingProxyType(
    {AIP.SDA: TVR.SDA_FAILED, AIP.DDA: TVR.DDA_FAILED, AIP.CDA: TVR.CDA_FAILED}
)


def uses_sm2(certificate: bytes) -> bool:
    """Whether an issuer certificate (tag 90) is one of SM2."""
    return len(certificate) == _SM2_SIZE and certificate[0] == _SM2_HEADER


def chain(
    card: CardData, transaction: Transaction, authorities: Authorities
) -> RSAChain | SM2Chain:
    """The checks for this card's family, on this day.  Raises MalformedData for no account."""
    terms = Terms(card.account, transaction.at.date(), authorities.revoked)
    if uses_sm2(card.values.get(_CERTIFICATE, b"")):
        return SM2Chain(authorities.sm2, terms)
    return RSAChain(authorities.rsa, terms)


def authenticate(session: Session) -> Plan[None]:
    """The best that card and terminal both can; the results go into the TVR.

    With CDA there is only the card's key so far: the cryptogram comes later.  Raises StatusError
    when the card refuses to sign.
    """
    way = best(session.card.aip, session.terminal)
    if way is None:
        session.tvr |= TVR.OFFLINE_DATA_AUTHENTICATION_NOT_PERFORMED
        return
    session.tsi |= TSI.OFFLINE_DATA_AUTHENTICATION_PERFORMED
    if way is AIP.SDA:
        session.tvr |= TVR.SDA_SELECTED
    failed = _FAILED[way]
    if any(tag not in session.card.values for tag in _NEEDED[way]):
        session.tvr |= TVR.CARD_DATA_MISSING | failed
    elif not (yield from _went_well(way, session)):
        session.tvr |= failed
    session.cda = way is AIP.CDA and failed not in session.tvr


def _went_well(way: AIP, session: Session) -> Plan[bool]:
    if way is AIP.SDA:
        return _static(session)
    if not _with_key(session):
        return False
    return way is AIP.CDA or (yield from _dynamic(session))


def best(aip: AIP, terminal: Terminal) -> AIP | None:
    """CDA before DDA before SDA; None when there is nothing in common."""
    capabilities = terminal.capabilities
    ways = (
        (AIP.CDA, TerminalCapabilities.CDA),
        (AIP.DDA, TerminalCapabilities.DDA),
        (AIP.SDA, TerminalCapabilities.SDA),
    )
    return next((way for way, ours in ways if way in aip and ours in capabilities), None)


def _static(session: Session) -> bool:
    card = session.card
    try:
        code = chain(card, session.transaction, session.terminal.authorities).static(
            card.values, card.static
        )
    except CertificateError:
        return False
    session.extra[_CODE] = code
    return True


def _with_key(session: Session) -> bool:
    """Whether the card's certificate gave its key."""
    key = certified_key(session.card, session.transaction, session.terminal.authorities)
    session.card_key = key
    return key is not None


def certified_key(
    card: CardData, transaction: Transaction, authorities: Authorities
) -> PublicKey | None:
    """The card's key, if its certificates lead to one."""
    try:
        return chain(card, transaction, authorities).card_key(card.values, card.static)
    except CertificateError:
        return None


def _dynamic(session: Session) -> Plan[bool]:
    wanted = session.card.values.get(_DDOL, session.application.ddol)
    key = session.card_key
    if key is None or _NUMBER not in dict(dol.entries(wanted)):
        return False
    data = told(wanted, session.values())
    answer = (yield pboc.internal_authenticate(data)).require("internal authenticate")
    try:
        dynamic = check_dynamic(_signature(answer), data, key)
    except CertificateError:
        return False
    session.extra[_CARD_NUMBER] = dynamic.number
    return True


def _signature(answer: bytes) -> bytes:
    """9F4B from template 80 or 77.  Raises MalformedData."""
    ((tag, content), *_) = list(tlv.parse(answer)) or [(0, b"")]
    signed = content if tag == _FORMATS[0] else None
    if tag == _FORMATS[1]:
        signed = tlv.find(content, _SIGNED)
    if signed is None:
        raise MalformedData("INTERNAL AUTHENTICATE answers template 80, or 77 with 9F4B")
    return signed

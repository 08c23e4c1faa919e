"""Terminal action analysis: what to ask the card for (EMV book 3, 10.7 [G])."""

from __future__ import annotations

from sscard.apdu.cryptogram import Cryptogram
from sscard.apdu.tvr import TVR
from sscard.terminal.pos.card_data import CardData
from sscard.terminal.pos.configuration import Application, Terminal

_DEFAULT, _DENIAL, _ONLINE = 0x9F0D, 0x9F0E, 0x9F0F
#: What a card without action codes means: never decline at once, go online for anything.
_NEVER, _FOR_ANYTHING = bytes(5), b"\xff" * 5


def proposed(card: CardData, application: Application, terminal: Terminal, tvr: TVR) -> Cryptogram:
    """Decline, go online or approve, before the card is asked.  Raises MalformedData."""
    codes = application.codes
    if tvr & (codes.denial | _issuer(card, _DENIAL, _NEVER)):
        return Cryptogram.AAC
    if terminal.online_only:
        return Cryptogram.ARQC
    if terminal.offline_only:
        return unreached(card, application, tvr)
    online = codes.online | _issuer(card, _ONLINE, _FOR_ANYTHING)
    return Cryptogram.ARQC if tvr & online else Cryptogram.TC


def unreached(card: CardData, application: Application, tvr: TVR) -> Cryptogram:
    """Approve or decline where the issuer cannot be asked."""
    codes = application.codes.default | _issuer(card, _DEFAULT, _FOR_ANYTHING)
    return Cryptogram.AAC if tvr & codes else Cryptogram.TC


def _issuer(card: CardData, tag: int, without: bytes) -> TVR:
    return TVR.parse(card.values.get(tag, without))

"""Which card answers: the historical bytes tell it, whatever carries them (ssc 6 [S, T])."""

from __future__ import annotations

from sscard.apdu import atr
from sscard.apdu.atr import Atr
from sscard.apdu.ats import Ats
from sscard.apdu.pcsc_atr import contactless_atr
from sscard.errors import MalformedData


def historical_bytes(answer: bytes) -> bytes:
    """Those of an ATR, of the ATR that PC/SC makes from an ATS, or of an ATS.

    Raises MalformedData.
    """
    if Ats.starts(answer):
        return Ats.parse(answer).historical
    return atr.historical_bytes(answer)


def belongs(answer: bytes, historical: bytes) -> bool:
    """Whether a social security card with these historical bytes answers so.

    On contacts TB1 and TC1 are 00; TA1 and more protocols are allowed (ssc 6 [S]).  Over the
    antenna it is an ATS, or the ATR that PC/SC makes from it.
    """
    try:
        if Ats.starts(answer):
            return Ats.parse(answer).historical == historical
        found = Atr.parse(answer)
    except MalformedData:
        return False
    contacts = (found.first.tb, found.first.tc) == (0, 0) and not found.inverse
    return found.historical == historical and (contacts or answer == contactless_atr(historical))

"""Which card it is, asked once in a run."""

from __future__ import annotations

from sscard.apdu import iso7816
from sscard.apdu.card_identity import historical_bytes
from sscard.conformance.actions.selecting import selected
from sscard.conformance.moves import Script
from sscard.conformance.play import Play, Stop
from sscard.conformance.result import Identity
from sscard.errors import MalformedData

_ROOT, _ISSUER, _FIRST = "SSSE", 0x05, 1
_CODE_SIZE, _HEAD, _DIVISION = 16, 2, 3


def identify(play: Play) -> Script[Identity | None]:
    """ATR and card identification code; None where there is no ATR.

    The code is empty where the card does not tell it; the city is then the tester's word.
    """
    reply = yield from play.power_up()
    if not reply.ok:
        return None
    code = yield from _code(play)
    city = play.bench.city or code[:_DIVISION].hex()
    return Identity(reply.data, _historical(reply.data), code, city)


def _historical(answer: bytes) -> bytes:
    """Behind them may stand a check byte: readers on T=1 get one, and so do readers of ATS."""
    try:
        return historical_bytes(answer)
    except MalformedData:
        return b""


def _code(play: Play) -> Script[bytes]:
    try:
        chosen = yield from selected(play, _ROOT)
    except Stop:
        return b""
    if not chosen.ok:
        return b""
    size = _HEAD + _CODE_SIZE
    reply = yield from play.ask(iso7816.read_record(_FIRST, sfi=_ISSUER, ne=size))
    return reply.data[_HEAD:] if reply.ok and len(reply.data) == size else b""

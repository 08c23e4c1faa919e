"""The answer to reset of a social security card: ``3B 6D 00 00`` + 13 historical bytes."""

from __future__ import annotations

from sscard.errors import MalformedData

#: TS, T0 (TB1, TC1, 13 historical bytes), TB1 = 00, TC1 = 00 (ssc 6 [S]).
PREFIX = bytes.fromhex("3B6D0000")
HISTORICAL_SIZE = 13


def build(historical: bytes) -> bytes:
    """The ATR that carries these 13 historical bytes."""
    if len(historical) != HISTORICAL_SIZE:
        raise ValueError("a social security card has 13 historical bytes")
    return PREFIX + historical


def historical_bytes(raw: bytes) -> bytes:
    """The historical bytes of any ATR, found by TS, T0 and the TDi chain.  Raises MalformedData.

    ISO/IEC 7816-3 §8.2: the low half of T0 counts them; each TDi says which bytes follow.
    """
    if len(raw) < 2 or raw[0] not in (0x3B, 0x3F):
        raise MalformedData("no ATR: TS is neither 3B nor 3F")
    at, present = 2, raw[1] >> 4
    while present:
        at += present.bit_count()
        if at > len(raw):
            raise MalformedData("the interface bytes of the ATR run past its end")
        present = raw[at - 1] >> 4 if present & 8 else 0
    end = at + (raw[1] & 0x0F)
    if end > len(raw):
        raise MalformedData("the historical bytes of the ATR run past its end")
    return raw[at:end]

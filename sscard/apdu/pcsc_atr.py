"""The ATR by which PC/SC programs see a contactless card: its reader makes it from the ATS.

PC/SC part 3, 3.1.3.2.3: ``3B 8n 80 01``, the n historical bytes of the ATS, TCK.
"""

from __future__ import annotations

from sscard.apdu.atr import Atr, InterfaceBytes

#: TD1 = 80 and TD2 = 01: T=0, then T=1, and no interface byte.
_LEVELS = (InterfaceBytes(), InterfaceBytes(0), InterfaceBytes(1))
_MOST = 15  # T0 counts no more


def contactless_atr(historical: bytes) -> bytes:
    """The ATR that stands for an ATS with these historical bytes; of more than 15 the first."""
    return bytes(Atr(historical[:_MOST], _LEVELS))

"""Protocol and parameters selection: what a reader asks straight after the ATR (ISO/IEC 7816-3 §9).

``FF PPS0 [PPS1] [PPS2] [PPS3] PCK``: the low half of PPS0 is the protocol, its bits 5 to 7 say
which of the others follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import xor

from sscard.apdu.atr import Atr
from sscard.errors import MalformedData

_START = 0xFF
_PPS1, _PPS2, _PPS3, _RESERVED = 0x10, 0x20, 0x40, 0x80
_BITS = (_PPS1, _PPS2, _PPS3)
#: Fi 372 and Di 1, the line of the ATR itself.
DEFAULT_FI_DI = 0x11


@dataclass(frozen=True, slots=True)
class Pps:
    """A request or a response.  ``fi_di`` is PPS1, coded as TA1.  ValueError for wrong sizes."""

    protocol: int
    fi_di: int | None = None
    pps2: int | None = None
    pps3: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.protocol <= 0x0E:
            raise ValueError("a protocol is 0 to 14")
        if any(not 0 <= each <= 0xFF for each in self._present().values()):
            raise ValueError("PPS1, PPS2 and PPS3 are single bytes")

    @classmethod
    def parse(cls, raw: bytes) -> Pps:
        """The selection in these bytes.  Raises MalformedData."""
        if len(raw) < 3 or raw[0] != _START or raw[1] & _RESERVED or raw[1] & 0x0F == 0x0F:
            raise MalformedData("no PPS: it begins with FF and a PPS0")
        there = [bit for bit in _BITS if raw[1] & bit]
        if len(raw) != 3 + len(there):
            raise MalformedData("the PPS has another length than PPS0 says")
        if reduce(xor, raw):
            raise MalformedData("the check byte of the PPS is wrong")
        return cls(raw[1] & 0x0F, *map(dict(zip(there, raw[2:], strict=False)).get, _BITS))

    def __bytes__(self) -> bytes:
        there = self._present()
        body = bytes((_START, self.protocol | sum(there), *there.values()))
        return body + bytes((reduce(xor, body),))

    def _present(self) -> dict[int, int]:
        values = zip(_BITS, (self.fi_di, self.pps2, self.pps3), strict=True)
        return {bit: value for bit, value in values if value is not None}


def agreed(request: Pps, atr: Atr) -> Pps | None:
    """What a card with this ATR answers; None when it stays mute.

    It takes a protocol that it offers, and the speed of its TA1 or the default one; any other speed
    is left out of the answer, which means the default.  PPS2 and PPS3 are left out, too.
    """
    if request.protocol not in atr.protocols or atr.specific_mode is not None:
        return None
    spoken = request.fi_di in (atr.fi_di, DEFAULT_FI_DI)
    return Pps(request.protocol, request.fi_di if spoken else None)

"""T=0, the card's half: takes TPDUs, asks a card that knows APDUs, keeps what was announced.

What is assumed: 6985 for GET RESPONSE when nothing is kept, and that a GET RESPONSE which is
refused takes nothing away from what is kept.
"""

from __future__ import annotations

from collections.abc import Callable

from sscard.apdu.iso7816 import INS
from sscard.apdu.status import StatusWord
from sscard.apdu.t0 import MORE, WRONG_LE, Direction, direction

Directions = Callable[[int, int], Direction | None]

_HEADER, _P3 = 4, 5  # sizes of a header without and with P3
_GET_RESPONSE = bytes((0x00, INS.GET_RESPONSE))


class TpduCard:
    """A card on T=0 (decision 1).  ``answer`` takes and gives APDUs and must itself

    * give the whole answer to a command with data and without Le, which T=0 does not send;
    * judge an Le that does not fit, 6Cxx.

    ``directions`` tells from INS and P1 which way data goes; an instruction that it does not know
    is handed on as it came, so that the card says what it thinks of it.
    """

    def __init__(
        self, answer: Callable[[bytes], bytes], directions: Directions = direction
    ) -> None:
        self._answer = answer
        self._directions = directions
        self._kept = b""  # answer and status word; empty when nothing is kept

    def reset(self) -> None:
        """Power came back: nothing is kept."""
        self._kept = b""

    def process(self, tpdu: bytes) -> bytes:
        """Execute one TPDU, data included.  Four bytes alone are taken as if P3 were 00.

        6700 when P3 disagrees with the bytes behind it.  An answer to a command with data stays in
        the card and 61xx announces it; it is gone with the next command but GET RESPONSE.
        """
        if tpdu[:2] == _GET_RESPONSE and len(tpdu) >= _HEADER:
            return self._get_response(tpdu)
        self._kept = b""
        apdu = self._apdu(tpdu)
        if apdu is None:
            return _status(StatusWord.WRONG_LENGTH)
        answer = self._answer(apdu)
        if len(apdu) == _P3 or len(answer) == 2:
            return answer
        self._kept = answer
        return self._announcement()

    def _apdu(self, tpdu: bytes) -> bytes | None:
        """The APDU: without P3 (case 1), with Le (2), with data (3, 4); None for wrong lengths."""
        if len(tpdu) <= _HEADER:
            return tpdu if len(tpdu) == _HEADER else None
        way, p3, size = self._directions(tpdu[1], tpdu[2]), tpdu[4], len(tpdu) - _P3
        if size:
            return tpdu if size == p3 and way is not Direction.OUT else None
        if way is Direction.OUT:
            return tpdu
        if p3 == 0:
            return tpdu[:_HEADER]
        return tpdu if way is None else None

    def _get_response(self, tpdu: bytes) -> bytes:
        if any(tpdu[2:_HEADER]):
            return _status(StatusWord.WRONG_P1P2)
        if len(tpdu) != _P3:
            return _status(StatusWord.WRONG_LENGTH)
        if not self._kept:
            return _status(StatusWord.CONDITIONS_NOT_SATISFIED)
        wanted, left = tpdu[4] or 0x100, len(self._kept) - 2
        if wanted > left:
            return bytes((WRONG_LE, left))
        if wanted == left:
            answer, self._kept = self._kept, b""
            return answer
        part, self._kept = self._kept[:wanted], self._kept[wanted:]
        return part + self._announcement()

    def _announcement(self) -> bytes:
        """61xx: how many bytes wait, 00 for 256 and for more."""
        waiting = len(self._kept) - 2
        return bytes((MORE, waiting if waiting <= 0xFF else 0x00))


def _status(sw: StatusWord) -> bytes:
    return sw.to_bytes(2, "big")

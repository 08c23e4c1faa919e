"""A reader's contacts or antenna: what it does with a card before a program sees it."""

from __future__ import annotations

from sscard.apdu.atr import Atr
from sscard.apdu.ats import Ats
from sscard.apdu.pcsc_atr import contactless_atr
from sscard.cos.protocol import Protocol
from sscard.errors import MalformedData

from .pluggable import Pluggable

_HEADER, _P3 = 4, 5  # sizes of a header without and with P3
_NUMBERS = {Protocol.T0: 0, Protocol.T1: 1}


class Reader:
    """One card, reached over ``protocol``; PC/SC programs see the ATR that a real reader gives.

    Over the antenna it is made from the ATS.  On contacts it offers ``protocol`` alone: a virtual
    reader never hears which one a program has chosen.
    """

    def __init__(self, card: Pluggable, protocol: Protocol) -> None:
        self.card = card
        self.protocol = protocol
        #: Commands that were answered since the reader was made.
        self.exchanges = 0
        #: Whether the program at the other end has asked for anything yet.
        self.seen = False
        self._atr = b""

    @property
    def atr(self) -> bytes:
        """The ATR of the last power-on; a card that had none yet gets power for a moment."""
        self.seen = True
        if not self._atr:
            self.power_on()
            self.power_off()
        return self._atr

    def power_on(self) -> bytes:
        """Power, or a reset when it has power.  Raises TransportError."""
        answer = self.card.power_on(self.protocol)
        self._atr = self._shown(answer)
        return self._atr

    def power_off(self) -> None:
        """No power; the ATR is still known, as readers do."""
        self.card.power_off()

    def transmit(self, command: bytes) -> bytes:
        """One exchange.  On T=0 a reader keeps the Le of a command with data to itself.

        Raises TransportError.
        """
        if self.protocol is Protocol.T0:
            size = len(command)
            if size > _P3 and command[_HEADER] and size == _P3 + command[_HEADER] + 1:
                command = command[:-1]  # ISO/IEC 7816-3 §12.2.4: case 4 goes without it
        answer = self.card.transmit(command)
        self.exchanges += 1
        return answer

    def exchange(self, command: bytes) -> bytes:
        """One exchange as the program wants it, T=0 or not.  Raises TransportError."""
        answer = self.card.transmit(command)
        self.exchanges += 1
        return answer

    def _shown(self, answer: bytes) -> bytes:
        """What cannot be read is shown as it is: the program may judge it."""
        try:
            if self.protocol is Protocol.CONTACTLESS:
                return contactless_atr(Ats.parse(answer).historical)
            return bytes(Atr.parse(answer).only(_NUMBERS[self.protocol]))
        except MalformedData:
            return answer

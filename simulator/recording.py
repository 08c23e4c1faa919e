"""A card that tells what is said to it: of a command what came over the line, TPDUs on T=0."""

from __future__ import annotations

from collections.abc import Callable

from sscard.cos.protocol import Protocol
from sscard.errors import TransportError
from sscard.transport.recorder import Recorder, Tell

from .pluggable import Negotiating, Pluggable


class RecordedCard:
    """Passes everything on to ``card``; ``clock`` counts seconds.  A PPS is not told."""

    def __init__(self, card: Pluggable, tell: Tell, clock: Callable[[], float]) -> None:
        self._inner = card
        self._recorder = Recorder(card, tell, clock)

    def power_on(self, protocol: Protocol = Protocol.T1, /) -> bytes:
        """Apply power; the ATR, over an antenna the ATS."""
        return self._recorder.told(None, lambda: self._inner.power_on(protocol))

    def reset(self) -> bytes:
        """Power off and on, the protocol as before."""
        return self._recorder.reset()

    def pps(self, request: bytes, /) -> bytes:
        """The answer to a PPS.  Raises MalformedData, TransportError."""
        if not isinstance(self._inner, Negotiating):
            raise TransportError("the card does not answer a PPS")
        return self._inner.pps(request)

    def power_off(self) -> None:
        """Take the power away."""
        self._inner.power_off()

    def transmit(self, command: bytes, /) -> bytes:
        """One exchange.  Raises TransportError when there was no answer; it is told, too."""
        return self._recorder.transmit(command)

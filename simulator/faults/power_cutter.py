"""Power cut in the middle of a command of a simulated card, as a conformance run asks for it."""

from __future__ import annotations

from simulator.faults.fault import Fault, Kind
from simulator.faults.faulty_card import FaultyCard
from simulator.faults.torn_memory import Torn
from sscard.errors import TransportError

#: Pages that a command programs at most, journal included: what is behind them is its end.
_PAGES = 12
_LEFT = (Torn.OLD, Torn.FIRST_HALF, Torn.ERASED, Torn.UNSTABLE_RANDOM, Torn.NEW)


class SimulatedPowerCutter:
    """Cuts the power of ``card``, whose memory is a ``FaultyNVM``, at a page it programs.

    What the page then holds goes round what a torn page may be (decision 10).
    """

    def __init__(self, card: FaultyCard) -> None:
        self._card = card
        self._cuts = 0

    def cut(self, command: bytes, moment: float, /) -> None:
        """Send a command and lose the power at ``moment``, 0 to 1 of its work.

        The last moment is between the end of the command and its response.
        """
        torn = _LEFT[self._cuts % len(_LEFT)]
        self._cuts += 1
        page = 1 + round(moment * _PAGES)
        self._card.plan([Fault(Kind.POWER_CUT, page=page, torn=torn)])
        try:
            self._card.transmit(command)
        except TransportError:
            pass
        finally:
            self._card.plan(())
            self._card.power_off()

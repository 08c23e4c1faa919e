"""Power cut in the middle of a command of a simulated card, as a conformance run asks for it."""

from __future__ import annotations

from contextlib import suppress

from simulator.faults.fault import Fault, Kind
from simulator.faults.faulty_card import FaultyCard
from simulator.faults.torn_memory import Torn
from sscard.errors import TransportError

#: Pages that a command programs, journal included, where nobody has counted them.
_PAGES = 12
_LEFT = (Torn.FIRST_HALF, Torn.OLD, Torn.ERASED, Torn.UNSTABLE_RANDOM, Torn.NEW)
_HEADER = 4


class SimulatedPowerCutter:
    """Cuts the power of ``card``, whose memory is a ``FaultyNVM``, at a page it programs.

    What the page then holds goes round what a torn page may be (decision 10).
    """

    def __init__(self, card: FaultyCard) -> None:
        self._card = card
        self._cuts = 0
        self._pages: dict[bytes, int] = {}

    def whole(self, command: bytes, /) -> bytes:
        """Send a command and count the pages that it programs; its answer."""
        memory = self._card.card.nvm
        before = memory.programmed
        answer = self._card.transmit(command)
        self._pages[command[:_HEADER]] = memory.programmed - before
        return answer

    def moments(self, command: bytes, /) -> int:
        """Before each page, and behind the last one."""
        return self._pages.get(command[:_HEADER], _PAGES) + 1

    def cut(self, command: bytes, moment: float, /) -> None:
        """Send a command and lose the power at ``moment``, 0 to 1 of its work.

        The last moment is between the end of the command and its response.
        """
        torn = _LEFT[self._cuts % len(_LEFT)]
        self._cuts += 1
        page = 1 + round(moment * (self.moments(command) - 1))
        self._card.plan([Fault(Kind.POWER_CUT, page=page, torn=torn)])
        with suppress(TransportError):
            self._card.transmit(command)
        self._card.plan(())
        self._card.power_off()

"""A chip that a station speaks to only as long as it holds the card's job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sscard.perso.plan import Connection


@dataclass(frozen=True, slots=True)
class HeldChip:
    """Asks before each command whether the job is still held, and raises what the answer raises.

    A station that hung (a paused machine, a ledger that was away) may wake up when its lease is
    over and the ledger has given the card up: not one command more may reach it.
    """

    chip: Connection
    require_held: Callable[[], None]

    def reset(self) -> bytes:
        """Power off and on; the ATR."""
        self.require_held()
        return self.chip.reset()

    def transmit(self, command: bytes, /) -> bytes:
        """One exchange."""
        self.require_held()
        return self.chip.transmit(command)

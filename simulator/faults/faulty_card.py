"""A card in a reader where planned faults happen; without any it is the card itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from simulator.faults.fault import Fault, Kind, Moment
from simulator.faults.faulty_memory import FaultyNVM
from simulator.faults.slot import Event, Slot, after
from simulator.faults.torn_memory import PowerLoss
from simulator.simulated_card import SimulatedCard, WithMemory, pps
from sscard.cos.protocol import Protocol
from sscard.errors import TransportError
from sscard.transport.errors import CardRemoved

#: What each kind, if it is one of a card that no longer answers, does to the slot.
_SLOT = {
    Kind.POWER_CUT: Event.RESET,
    Kind.REMOVED: Event.REMOVED,
    Kind.MUTE: Event.HANGS,
    Kind.READER_DIES: Event.DIES,
}
_SAYS = {Slot.CARD: "the card has lost its power"}


class FaultyCard:
    """``card`` with ``faults``; its memory must be a ``FaultyNVM`` where they concern it.

    ``wait`` is called with the seconds a slow card takes; without it they are only summed up in
    ``waited``.  The reader gives up a card that asks for more than ``patience`` seconds.  With
    ``in_slot`` the reader around it has a slot of its own, out of which it takes a removed card.

    Raises ValueError when the memory is another one.
    """

    def __init__(
        self,
        card: SimulatedCard,
        faults: Iterable[Fault] = (),
        *,
        patience: float | None = None,
        wait: Callable[[float], object] | None = None,
        in_slot: bool = False,
    ) -> None:
        self._inner = card
        self._patience = patience
        self._wait = wait or (lambda _: None)
        self._slot = Slot.CARD
        self._in_slot = in_slot
        #: Commands and resets so far, also those that had no answer; since the last ``plan``.
        self.commands = self.resets = 0
        #: Seconds that the card has asked for in addition.
        self.waited = 0.0
        #: What has happened, in order; not what happened to pages.
        self.happened: list[Fault] = []
        self.plan(faults)

    def plan(self, faults: Iterable[Fault]) -> None:
        """Let these happen from now on, instead of what was planned; counting begins again."""
        self._faults = tuple(faults)
        self.commands = self.resets = 0
        if isinstance(self.card.nvm, FaultyNVM):
            self.card.nvm.plan(self._faults)
        elif any(each.concerns_memory for each in self._faults):
            raise ValueError("faults of the memory need a card with nvm=FaultyNVM")

    @property
    def chip(self) -> Any:
        """The chip's description."""
        return self._inner.chip

    @property
    def card(self) -> WithMemory:
        """The operating system in the chip."""
        return self._inner.card

    def insert(self) -> None:
        """Put a removed card back."""
        self._slot = after(self._slot, Event.INSERTED)

    def replace_reader(self) -> None:
        """Put the card into another reader after the first has died."""
        self._slot = after(self._slot, Event.REPLACED)

    def power_on(self, protocol: Protocol = Protocol.T1) -> bytes:
        """Apply power; the ATR.  Raises TransportError when no card answers."""
        return self._reset(lambda: self._inner.power_on(protocol))

    def reset(self) -> bytes:
        """Power off and on again; the ATR.  Raises TransportError when no card answers."""
        return self._reset(self._inner.reset)

    def pps(self, request: bytes, /) -> bytes:
        """The answer to a PPS, straight after power-on.  Raises MalformedData, TransportError."""
        self._require_card()
        with self._supplied():
            return pps(self._inner, request)

    def power_off(self) -> None:
        """Take the power away."""
        self._inner.power_off()

    def transmit(self, command: bytes, /) -> bytes:
        """One command, one answer.  Raises TransportError when no card answers."""
        self._require_card()
        self.commands += 1
        for fault in self._now(Moment.COMMAND, self.commands):
            command = self._changed(fault, command)
        with self._supplied():
            answer = self._inner.transmit(command)
        if self._slot is Slot.MUTE:  # it took longer than the reader waits
            raise TransportError("the card has asked for more time than the reader waits")
        for fault in self._now(Moment.RESPONSE, self.commands):
            answer = self._changed(fault, answer)
        return answer

    def save(self, path: Path, /) -> None:
        """Write the memory to a card image."""
        self._inner.save(path)

    def _reset(self, power: Callable[[], bytes]) -> bytes:
        if self._slot in (Slot.EMPTY, Slot.GONE):
            self._require_card()
        self._slot = after(self._slot, Event.RESET)
        with self._supplied():
            answer = power()
        self.resets += 1
        for fault in self._now(Moment.RESET, self.resets):
            answer = self._changed(fault, answer)
        return answer

    def _require_card(self) -> None:
        if self._slot is not Slot.CARD:
            raise self._error()

    def _error(self) -> TransportError:
        """What the reader says when no card answers."""
        if self._slot is Slot.EMPTY:
            if self._in_slot:
                self.insert()  # the slot around it is the empty one now
            return CardRemoved(Slot.EMPTY.value)
        return TransportError(_SAYS.get(self._slot, self._slot.value))

    def _now(self, moment: Moment, number: int) -> Iterator[Fault]:
        """What happens now, until something ends the exchange."""
        for fault in self._faults:
            if fault.at(moment, number):
                self.happened.append(fault)
                yield fault

    def _changed(self, fault: Fault, line: bytes) -> bytes:
        """The bytes on the line after the fault.  Raises TransportError when nothing is left."""
        if fault.kind in _SLOT:
            self._slot = after(self._slot, _SLOT[fault.kind])
            if self._slot is not Slot.MUTE:
                self._inner.power_off()
            raise self._error()
        if fault.kind is Kind.WRONG_BYTE:
            return _with_wrong_byte(fault, line)
        if fault.kind is Kind.SLOW:
            self._take_time(fault.extensions * fault.seconds)
        elif isinstance(self.card.nvm, FaultyNVM):
            self.card.nvm.wear_out()
        return line

    def _take_time(self, seconds: float) -> None:
        if self._patience is not None and seconds > self._patience:
            seconds = self._patience
            self._slot = after(self._slot, Event.HANGS)
        self.waited += seconds
        self._wait(seconds)

    @contextmanager
    def _supplied(self) -> Iterator[None]:
        """Raises TransportError when power fails inside."""
        try:
            yield
        except PowerLoss:
            self._inner.power_off()
            raise TransportError(_SAYS[Slot.CARD]) from None


def _with_wrong_byte(fault: Fault, line: bytes) -> bytes:
    """A byte that the line does not have is its last."""
    at = fault.byte if -len(line) <= fault.byte < len(line) else -1
    changed = bytearray(line)
    changed[at] ^= fault.mask
    return bytes(changed)

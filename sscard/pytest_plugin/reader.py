"""A reader for tests: what reaches it is a program like any other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from simulator import Protocol, tcp
from simulator.doors import Address, Listening
from simulator.pluggable import Pluggable
from simulator.rack import Rack
from simulator.reader import Reader
from simulator.slot import Event, Slot
from sscard.transport import TcpConnection

_PROTOCOLS = (Protocol.T1, Protocol.T0)


@dataclass(frozen=True, slots=True)
class SimulatedReader:
    """A reader on this computer's loopback, with a card in it.

    ``events`` is what has happened to its slot, in order.
    """

    slot: Slot
    events: list[Event] = field(default_factory=list)
    connections: ExitStack = field(default_factory=ExitStack, repr=False)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port, for programs that speak the protocol of ``sscard simulate --tcp``."""
        return self.slot.door.address.host, self.slot.door.address.port

    @property
    def spec(self) -> str:
        """What ``--reader`` of the command ``sscard`` takes."""
        host, port = self.address
        return f"tcp:{host}:{port}"

    def connect(self) -> TcpConnection:
        """The card: ``reset``, ``transmit``, ``close``; at the end of the test it is closed.

        Raises CardRemoved, ReaderInUse.
        """
        return self.connections.enter_context(TcpConnection(*self.address))

    def remove(self) -> None:
        """Pull the card out, whatever is under way."""
        self.slot.remove()

    def insert(self) -> None:
        """Put the card in again."""
        self.slot.insert()


@contextmanager
def reader_with(card: Pluggable) -> Iterator[SimulatedReader]:
    """A reader with this card until the block ends."""
    events: list[Event] = []
    door = Listening(Address(0), tcp.turn_away)
    slot = Slot(
        1, "ssc_card", Reader(card, _PROTOCOLS[0]), door, tcp.serving(_PROTOCOLS), events.append
    )
    with Rack([slot]), ExitStack() as connections:
        yield SimulatedReader(slot, events, connections)

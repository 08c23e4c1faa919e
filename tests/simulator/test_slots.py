"""Slots: insertion, removal, reconnection, several at once, and their clean end."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from queue import SimpleQueue

import pytest

from simulator import VirtualCard
from simulator.doors import Address, Calling, Door, Listening
from simulator.pluggable import Pluggable
from simulator.rack import Rack
from simulator.reader import Reader
from simulator.slot import Event, Slot, What
from simulator.vpcd import Control, frames, serve
from sscard.cos import Protocol
from sscard.errors import TransportError
from sscard.transport import CardRemoved

_SECONDS = 5
CHALLENGE = bytes.fromhex("0084000008")


class Faulty:
    """A card that raises what it is told to, once, at a command."""

    def __init__(self) -> None:
        self.card = VirtualCard.blank()
        self.next: TransportError | None = None
        self.reset = self.card.reset
        self.power_on = self.card.power_on
        self.power_off = self.card.power_off

    def transmit(self, command: bytes, /) -> bytes:
        failure, self.next = self.next, None
        if failure is not None:
            raise failure
        return self.card.transmit(command)


class Driver:
    """The reader's side: listens as vpcd does and takes one card after the other."""

    def __init__(self, port: int = 0) -> None:
        self.socket = socket.create_server(("127.0.0.1", port), backlog=0)
        self.socket.settimeout(_SECONDS)
        self.port = self.socket.getsockname()[1]

    def close(self) -> None:
        self.socket.close()

    @contextmanager
    def card(self) -> Iterator[Callable[[bytes], bytes]]:
        """The next card that comes, as a function from message to answer; empty for its end."""
        connection, _ = self.socket.accept()
        with asking(connection) as ask:
            yield ask


@contextmanager
def asking(connection: socket.socket) -> Iterator[Callable[[bytes], bytes]]:
    with connection:
        messages = frames(connection)
        connection.settimeout(_SECONDS)

        def ask(message: bytes) -> bytes:
            messages.send(message)
            if len(message) == 1 and message[0] != Control.GET_ATR:
                return b""
            try:
                return messages.receive() or b""
            except ConnectionError:
                return b""

        yield ask


class Heard:
    """What a slot has told, in order."""

    def __init__(self) -> None:
        self.events: SimpleQueue[Event] = SimpleQueue()

    def until(self, what: What) -> Event:
        while True:
            event = self.events.get(timeout=_SECONDS)
            if event.what is what:
                return event


@contextmanager
def slot(card: Pluggable, door: Door, heard: Heard | None = None) -> Iterator[Slot]:
    """A running slot with the card in it."""
    made = Slot(1, "a.card", Reader(card, Protocol.T0), door, serve, (heard or Heard()).events.put)
    made.insert()
    thread = threading.Thread(target=made.run)
    thread.start()
    try:
        yield made
    finally:
        made.stop()
        thread.join(_SECONDS)
        assert not thread.is_alive()


@pytest.fixture
def driver() -> Iterator[Driver]:
    with closing(Driver()) as made:
        yield made


def test_a_card_comes_goes_and_comes_again(driver: Driver) -> None:
    heard = Heard()
    with slot(VirtualCard.blank(), Calling(Address(driver.port)), heard) as running:
        assert running.inserted
        with driver.card() as ask:
            ask(bytes((Control.POWER_ON,)))
            assert ask(CHALLENGE).endswith(b"\x90\x00")
            running.remove()
            assert ask(CHALLENGE) == b""
            assert not running.inserted
        heard.until(What.REMOVED)
        running.insert()
        with driver.card() as ask:
            assert ask(bytes((Control.GET_ATR,))).startswith(b"\x3b\x6d")
            assert ask(CHALLENGE) == b"", "it lost its power"
    heard.until(What.STOPPED)


def test_a_reader_that_comes_later_and_goes_away() -> None:
    heard = Heard()
    with closing(Driver()) as first:
        port = first.port
    with slot(VirtualCard.blank(), Calling(Address(port)), heard):
        assert heard.until(What.WAITING).slot == 1
        for _ in range(2):
            with closing(Driver(port)) as driver, driver.card() as ask:
                assert ask(bytes((Control.GET_ATR,)))
            heard.until(What.DISCONNECTED)


def test_a_card_without_an_answer_comes_back(driver: Driver) -> None:
    heard, card = Heard(), Faulty()
    with slot(card, Calling(Address(driver.port)), heard) as running:
        with driver.card() as ask:
            ask(bytes((Control.POWER_ON,)))
            card.next = TransportError("mute at command 7")
            assert ask(CHALLENGE) == b""
        assert heard.until(What.MUTE).detail == "mute at command 7"
        assert running.inserted
        with driver.card() as ask:
            ask(bytes((Control.POWER_ON,)))
            assert ask(CHALLENGE)


def test_a_card_that_is_pulled_stays_out(driver: Driver) -> None:
    heard, card = Heard(), Faulty()
    with slot(card, Calling(Address(driver.port)), heard) as running:
        with driver.card() as ask:
            ask(bytes((Control.POWER_ON,)))
            card.next = CardRemoved("pulled at command 7")
            assert ask(CHALLENGE) == b""
        heard.until(What.REMOVED)
        assert not running.inserted


def test_stopped_while_a_program_asks(driver: Driver) -> None:
    card = VirtualCard.blank()
    with slot(card, Calling(Address(driver.port))) as running, driver.card() as ask:
        ask(bytes((Control.POWER_ON,)))
        assert ask(CHALLENGE)
        running.stop()
        assert ask(CHALLENGE) == b""
    with pytest.raises(TransportError):
        card.transmit(CHALLENGE)


def test_two_slots_are_two_cards() -> None:
    with closing(Driver()) as one, closing(Driver()) as two:
        blank, third = VirtualCard.blank("gen2-32k"), VirtualCard.blank("gen3-80k")
        with (
            slot(blank, Calling(Address(one.port))) as first,
            slot(third, Calling(Address(two.port))),
            one.card() as ask_first,
            two.card() as ask_second,
        ):
            ask_first(bytes((Control.POWER_ON,)))
            ask_second(bytes((Control.POWER_ON,)))
            assert ask_first(CHALLENGE) != ask_second(CHALLENGE)
            first.remove()
            assert ask_first(CHALLENGE) == b""
            assert ask_second(CHALLENGE)


def test_who_waits_for_programs_serves_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Listening, "grace", 0.01)
    door = Listening(Address(0))
    with slot(VirtualCard.blank(), door) as running:
        address = ("127.0.0.1", door.address.port)
        for _ in range(2):
            with asking(socket.create_connection(address)) as ask:
                ask(bytes((Control.POWER_ON,)))
                assert ask(CHALLENGE)
                with asking(socket.create_connection(address)) as other:
                    assert other(bytes((Control.GET_ATR,))) == b""
                assert ask(CHALLENGE)
            monkeypatch.setattr(Listening, "grace", _SECONDS)  # who was served has yet to leave
            running.insert()
            with asking(socket.create_connection(address)) as ask:
                assert ask(bytes((Control.GET_ATR,)))
            monkeypatch.setattr(Listening, "grace", 0.01)
            running.remove()
            with asking(socket.create_connection(address)) as ask:
                assert ask(bytes((Control.GET_ATR,))) == b"", "there is no card"
            running.insert()


def test_who_waits_for_programs_and_is_stopped_waits_for_no_reader() -> None:
    heard = Heard()
    with slot(VirtualCard.blank(), Listening(Address(0)), heard):
        pass
    told = [heard.events.get(timeout=_SECONDS).what for _ in range(2)]
    assert told == [What.INSERTED, What.STOPPED]
    assert heard.events.empty()


def test_a_rack_has_all_cards_in_while_it_is_open() -> None:
    with closing(Driver()) as one, closing(Driver()) as two:
        slots = [
            Slot(i, "blank", Reader(VirtualCard.blank(), Protocol.T0), door, serve)
            for i, door in enumerate((Calling(Address(each.port)) for each in (one, two)), start=1)
        ]
        with Rack(slots) as rack:
            for driver in (one, two):
                with driver.card() as ask:
                    assert ask(bytes((Control.GET_ATR,)))
            assert rack.slot(2) is slots[1]
            assert rack.slot(3) is None
            rack.check()


def test_what_breaks_in_a_slot_comes_out_of_the_rack() -> None:
    class Broken(Calling):
        def open(self) -> socket.socket | None:
            raise OSError("no route to host")

    slot = Slot(1, "blank", Reader(VirtualCard.blank(), Protocol.T0), Broken(Address(1)), serve)
    with pytest.raises(OSError, match="no route"), Rack([slot]):
        pass


def test_a_card_s_answer_that_cannot_be_read_is_shown_as_it_is() -> None:
    card = Faulty()
    card.power_on = lambda *_: b"\x3b\xff"  # type: ignore[method-assign, assignment]
    for protocol in Protocol:
        assert Reader(card, protocol).power_on() == b"\x3b\xff"

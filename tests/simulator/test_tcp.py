"""The card over TCP: hello, power, protocols, PPS, refusals, one program at a time."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import VirtualCard, tcp
from simulator.doors import Address, Listening
from simulator.reader import Reader
from simulator.slot import Slot
from sscard.apdu.atr import InterfaceBytes
from sscard.apdu.pps import Pps
from sscard.cos import Protocol
from sscard.dialects import Chip
from sscard.errors import TransportError
from sscard.profiles.chips import load_chip
from sscard.transport import CardRemoved

_SECONDS = 5
ALL = (Protocol.T0, Protocol.T1, Protocol.CONTACTLESS)
CHALLENGE = bytes.fromhex("0084000008")
SELECT_DEBIT = bytes.fromhex("00a4040008a000000333010101")
DEBIT_FCI = bytes.fromhex("6f0a8408a0000003330101019000")


class Program:
    """What sscard's transport does, byte by byte as the format says."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=_SECONDS)
        self.stream = self.socket.makefile("rb")
        self.hello = self.hear()

    def hear(self) -> tuple[int, bytes]:
        head = self.stream.read(4)
        if len(head) < 4:
            raise EOFError
        message = self.stream.read(int.from_bytes(head, "big"))
        return message[0], message[1:]

    def ask(self, kind: int, body: bytes = b"") -> tuple[int, bytes]:
        self.socket.sendall((1 + len(body)).to_bytes(4, "big") + bytes((kind,)) + body)
        return self.hear()

    def close(self) -> None:
        self.stream.close()
        self.socket.close()


@contextmanager
def served(card: VirtualCard, protocols: tuple[Protocol, ...] = ALL) -> Iterator[tuple[int, Slot]]:
    """The port at which a slot with the card waits for programs."""
    door = Listening(Address(0), tcp.turn_away)
    slot = Slot(1, "a", Reader(card, protocols[0]), door, tcp.serving(protocols))
    slot.insert()
    thread = threading.Thread(target=slot.run)
    thread.start()
    try:
        yield door.address.port, slot
    finally:
        slot.stop()
        thread.join(_SECONDS)
        assert not thread.is_alive()


@pytest.fixture
def program() -> Iterator[Program]:
    with served(VirtualCard.blank("gen3-80k")) as (port, _), closing(Program(port)) as made:
        yield made


def test_hello(program: Program) -> None:
    assert program.hello == (0, b"SSCARD\x01\x00\x01\x02")


def test_each_protocol(program: Program) -> None:
    atr = "3b6d00000081544c868684000000000000"
    assert program.ask(tcp.Request.RESET, b"\0") == (0, bytes.fromhex(atr))
    assert program.ask(tcp.Request.TRANSMIT, SELECT_DEBIT) == (0, b"\x61\x0c")
    assert program.ask(tcp.Request.TRANSMIT, SELECT_DEBIT + b"\0") == (0, b"\x67\0"), "a TPDU"
    assert program.ask(tcp.Request.RESET, b"\1") == (0, bytes.fromhex(atr))
    assert program.ask(tcp.Request.TRANSMIT, SELECT_DEBIT + b"\0") == (0, DEBIT_FCI)
    assert program.ask(tcp.Request.RESET, b"\2") == (0, bytes.fromhex("127880a002" + atr[8:]))
    assert program.ask(tcp.Request.TRANSMIT, SELECT_DEBIT + b"\0") == (0, DEBIT_FCI)


def test_without_power(program: Program) -> None:
    assert program.ask(tcp.Request.TRANSMIT, CHALLENGE)[0] == tcp.Answer.NO_POWER
    program.ask(tcp.Request.RESET, b"\1")
    assert program.ask(tcp.Request.TRANSMIT, CHALLENGE)[0] == tcp.Answer.DONE
    assert program.ask(tcp.Request.POWER_OFF) == (0, b"")
    assert program.ask(tcp.Request.TRANSMIT, CHALLENGE) == (1, b"the card has no power")
    assert program.ask(tcp.Request.PPS, bytes(Pps(0)))[0] == tcp.Answer.NO_POWER


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (1, b""),
        (1, b"\3"),
        (1, b"\0\0"),
        (3, b"\0"),
        (4, b"\xff\0"),
        (0, b""),
        (5, b""),
        (255, b"x"),
    ],
)
def test_what_cannot_be_asked(program: Program, kind: int, body: bytes) -> None:
    program.ask(tcp.Request.RESET, b"\0")
    assert program.ask(kind, body)[0] == tcp.Answer.REFUSED
    assert program.ask(tcp.Request.TRANSMIT, CHALLENGE)[0] == tcp.Answer.DONE


def test_a_protocol_that_the_card_has_not() -> None:
    card = VirtualCard.blank("gen2-32k")
    with served(card, (Protocol.T1, Protocol.T0)) as (port, _), closing(Program(port)) as program:
        assert program.hello == (0, b"SSCARD\x01\x01\x00")
        assert program.ask(tcp.Request.RESET, b"\2")[0] == tcp.Answer.REFUSED


def test_a_message_that_is_too_long_ends_it(program: Program) -> None:
    program.socket.sendall(b"\xff\xff\xff\xff\2")
    with pytest.raises((EOFError, ConnectionError)):
        program.hear()


def test_the_longest_command(program: Program) -> None:
    program.ask(tcp.Request.RESET, b"\1")
    command = bytes.fromhex("00fe000000ffff") + bytes(0xFFFF)
    assert program.ask(tcp.Request.TRANSMIT, command) == (0, b"\x6d\0")


def test_one_program_at_a_time_and_none_without_a_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Listening, "grace", 0.01)
    with served(VirtualCard.blank()) as (port, slot), closing(Program(port)) as first:
        with closing(Program(port)) as second:
            assert second.hello[0] == tcp.Answer.IN_USE
        assert first.ask(tcp.Request.RESET, b"\0")[0] == tcp.Answer.DONE
        slot.remove()
        with pytest.raises((EOFError, ConnectionError)):
            first.ask(tcp.Request.TRANSMIT, CHALLENGE)


def test_mute_and_removed_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    card = VirtualCard.blank()
    with served(card) as (port, slot), closing(Program(port)) as program:
        program.ask(tcp.Request.RESET, b"\0")
        for failure, kind in (
            (TransportError("mute"), tcp.Answer.NO_ANSWER),
            (CardRemoved("pulled"), tcp.Answer.NO_CARD),
        ):

            def fail(_: bytes, why: TransportError = failure) -> bytes:
                raise why

            with monkeypatch.context() as patched:
                patched.setattr(card, "transmit", fail)
                answer = program.ask(tcp.Request.TRANSMIT, CHALLENGE)
            assert answer == (kind, str(failure).encode())
        with pytest.raises((EOFError, ConnectionError)):
            program.hear()
        assert not slot.inserted


def fast_chip() -> Chip:
    """A chip whose blank ATR offers TA1 = 94, T=0 and T=1."""
    levels = (InterfaceBytes(None, 0x94, 0, 0), InterfaceBytes(0), InterfaceBytes(1))
    plain = load_chip("gen3-80k")
    return replace(plain, atr={"blank": levels, "final": plain.atr["final"]})


def test_pps(program: Program) -> None:
    program.ask(tcp.Request.RESET, b"\0")
    assert program.ask(tcp.Request.PPS, bytes(Pps(0, 0x94))) == (0, bytes(Pps(0)))
    assert program.ask(tcp.Request.PPS, bytes(Pps(0)))[0] == tcp.Answer.NO_ANSWER, "once"
    program.ask(tcp.Request.RESET, b"\2")
    assert program.ask(tcp.Request.PPS, bytes(Pps(0)))[0] == tcp.Answer.NO_ANSWER, "contacts only"


def test_pps_speed_and_protocol() -> None:
    card = VirtualCard.blank(fast_chip())
    assert card.power_on(Protocol.T0).hex() == "3bfd94000080010081544c868684000000000000f5"
    assert card.fi_di == 0x11
    assert Pps.parse(card.pps(bytes(Pps(1, 0x94)))) == Pps(1, 0x94)
    assert card.fi_di == 0x94
    assert card.transmit(SELECT_DEBIT + b"\0") == DEBIT_FCI, "it is T=1 now"
    with pytest.raises(TransportError):
        card.pps(bytes(Pps(1, 0x94)))
    card.reset()
    assert card.fi_di == 0x11
    card.transmit(CHALLENGE)
    with pytest.raises(TransportError):
        card.pps(bytes(Pps(1)))


@given(st.binary(max_size=40))
@settings(max_examples=50)
def test_any_request_has_an_answer(message: bytes) -> None:
    with served(_BLANK) as (port, _), closing(Program(port)) as program:
        program.ask(tcp.Request.RESET, b"\1")
        program.socket.sendall(len(message).to_bytes(4, "big") + message)
        kind, body = program.hear()
        if tcp.Answer(kind):
            assert body.decode()


_BLANK = VirtualCard.blank("gen3-80k")

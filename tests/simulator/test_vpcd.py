"""The virtual reader's protocol, against a reader that is made of a socket."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import VirtualCard
from simulator.frames import Frames
from simulator.reader import Reader
from simulator.vpcd import Control, frames, serve
from sscard.cos import Protocol
from sscard.errors import MalformedData, TransportError

ATR = "3b6d00000081544c868684000000000000"
CHALLENGE = bytes.fromhex("0084000008")
SELECT_DEBIT = bytes.fromhex("00a4040008a000000333010101")


class PlainReader:
    """What vpcd does: length and payload in two sends, one answer where one is due."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        connection.settimeout(5)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def say(self, message: bytes) -> None:
        self.connection.sendall(len(message).to_bytes(2, "big"))
        self.connection.sendall(message)

    def hear(self) -> bytes:
        return self._exactly(int.from_bytes(self._exactly(2), "big"))

    def control(self, code: int) -> None:
        self.say(bytes((code,)))

    def atr(self) -> str:
        self.control(Control.GET_ATR)
        return self.hear().hex()

    def ask(self, command: bytes) -> str:
        self.say(command)
        return self.hear().hex()

    def _exactly(self, size: int) -> bytes:
        got = b""
        while len(got) < size:
            more = self.connection.recv(size - len(got))
            if not more:
                raise EOFError
            got += more
        return got


@contextmanager
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two ends of a TCP connection."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        one = socket.create_connection(server.getsockname())
        other, _ = server.accept()
    with one, other:
        yield one, other


@contextmanager
def plugged(card: VirtualCard, protocol: Protocol) -> Iterator[PlainReader]:
    """A card behind the protocol; at the end its loop must have ended without an error."""
    failed: list[BaseException] = []

    def run(connection: socket.socket) -> None:
        try:
            serve(connection, Reader(card, protocol))
        except (TransportError, OSError) as error:
            failed.append(error)
        finally:
            connection.close()

    with pair() as (own, theirs):
        thread = threading.Thread(target=run, args=(theirs,))
        thread.start()
        try:
            yield PlainReader(own)
        finally:
            own.close()
            thread.join(5)
    assert not thread.is_alive()
    if failed:
        raise failed[0]


@pytest.fixture
def card() -> VirtualCard:
    return VirtualCard.blank("gen3-80k")


def test_power_reset_atr_and_commands(card: VirtualCard) -> None:
    with plugged(card, Protocol.T1) as reader:
        assert reader.atr() == "3bed000001" + ATR[8:] + "f1", "known before there is power"
        reader.control(Control.POWER_ON)
        first = reader.ask(CHALLENGE)
        assert first.endswith("9000")
        assert len(first) == 20
        assert reader.ask(SELECT_DEBIT).endswith("9000")
        reader.control(Control.RESET)
        assert reader.ask(bytes.fromhex("80ca9f3600"))[-4:] != "9000", "nothing is selected"
        reader.control(Control.POWER_OFF)
        assert reader.atr() == "3bed000001" + ATR[8:] + "f1"


def test_the_end_of_the_connection_is_the_end_of_the_power(card: VirtualCard) -> None:
    with plugged(card, Protocol.T1) as reader:
        reader.control(Control.POWER_ON)
        reader.ask(CHALLENGE)
    with pytest.raises(TransportError, match="no power"):
        card.transmit(CHALLENGE)


def test_without_power_there_is_no_answer(card: VirtualCard) -> None:
    with (
        pytest.raises(TransportError, match="no power"),
        plugged(card, Protocol.T1) as reader,
        pytest.raises(EOFError),
    ):
        reader.ask(CHALLENGE)


@pytest.mark.parametrize("code", [3, 5, 0x7F, 0xFF])
def test_other_controls_are_not_answered(card: VirtualCard, code: int) -> None:
    with plugged(card, Protocol.T0) as reader:
        reader.control(code)
        reader.say(b"")
        assert reader.atr() == ATR


def test_t0_has_procedure_bytes(card: VirtualCard) -> None:
    with plugged(card, Protocol.T0) as reader:
        reader.control(Control.POWER_ON)
        assert reader.atr() == ATR
        assert reader.ask(SELECT_DEBIT) == "610c"
        assert reader.ask(bytes.fromhex("00c000000c")) == "6f0a8408a0000003330101019000"
        assert reader.ask(SELECT_DEBIT + b"\0") == "610c", "a reader keeps Le to itself"
        assert reader.ask(bytes.fromhex("00c0000000")) == "6c0c"
        assert reader.ask(bytes.fromhex("00a4040002a0")) == "6700"


def test_t1_has_none(card: VirtualCard) -> None:
    with plugged(card, Protocol.T1) as reader:
        reader.control(Control.POWER_ON)
        assert reader.ask(SELECT_DEBIT + b"\0") == "6f0a8408a0000003330101019000"


def test_an_antenna_is_seen_as_pcsc_sees_it(card: VirtualCard) -> None:
    with plugged(card, Protocol.CONTACTLESS) as reader:
        assert reader.atr() == "3b8d8001" + ATR[8:] + "11"


@given(
    messages=st.lists(st.binary(max_size=300), max_size=6),
    cuts=st.lists(st.integers(min_value=1, max_value=40), min_size=1),
    size=st.sampled_from([2, 4]),
)
def test_messages_however_they_are_cut(messages: list[bytes], cuts: list[int], size: int) -> None:
    stream = b"".join(len(each).to_bytes(size, "big") + each for each in messages)
    with pair() as (own, theirs):
        incoming = Frames(theirs, size=size, longest=300)
        got: list[bytes] = []
        at, turn = 0, 0
        while at < len(stream):
            step = cuts[turn % len(cuts)]
            own.sendall(stream[at : at + step])
            at, turn = at + step, turn + 1
        own.shutdown(socket.SHUT_WR)
        while (message := incoming.receive()) is not None:
            got.append(message)
    assert got == messages


@given(st.binary(max_size=300))
def test_what_is_sent_is_received(message: bytes) -> None:
    with pair() as (own, theirs):
        frames(own).send(message)
        assert frames(theirs).receive() == message


@given(st.binary(max_size=200))
def test_any_bytes_are_messages_or_an_end(stream: bytes) -> None:
    with pair() as (own, theirs):
        own.sendall(stream)
        own.shutdown(socket.SHUT_WR)
        incoming = Frames(theirs, size=2, longest=100)
        at = 0
        try:
            while (message := incoming.receive()) is not None:
                assert stream[at : at + 2] == len(message).to_bytes(2, "big")
                at += 2
                assert stream[at : at + len(message)] == message
                at += len(message)
        except MalformedData:
            assert int.from_bytes(stream[at : at + 2], "big") > 100
        else:
            left = stream[at:]
            assert len(left) < 2 or len(left) < 2 + int.from_bytes(left[:2], "big")


def test_the_longest_message() -> None:
    with pair() as (own, theirs):
        sent = bytes(0xFFFF)
        sender = threading.Thread(target=frames(own).send, args=(sent,))
        sender.start()
        assert frames(theirs).receive() == sent
        sender.join(5)
        with pytest.raises(ValueError, match="65535"):
            frames(own).send(sent + b"\0")


def test_each_receive_asks_for_an_acknowledgement() -> None:
    """Without it each exchange through vpcd 3.3 takes 40 ms: the option does not last."""
    option = getattr(socket, "TCP_QUICKACK", None)
    said: list[str] = []

    class Listened(socket.socket):
        def setsockopt(self, *args: object) -> None:  # type: ignore[override]
            said.append("quick" if args[1] == option else "other")
            super().setsockopt(*args)  # type: ignore[arg-type]

        def recv_into(self, buffer: memoryview) -> int:  # type: ignore[override]
            said.append("receive")
            return super().recv_into(buffer[:2])  # as if length and payload came one by one

    with pair() as (own, theirs), Listened(fileno=theirs.detach()) as heard:
        incoming = frames(heard)
        own.sendall(b"\0\1\4")
        assert incoming.receive() == b"\4"
    assert said[1:] == (["quick", "receive"] if option else ["receive"]) * 2

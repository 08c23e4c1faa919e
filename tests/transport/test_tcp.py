"""The client of ``sscard simulate --tcp``, against the simulator's own server and a rude one."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import simulator.tcp as server
from simulator import Protocol, VirtualCard
from simulator.doors import Address, Listening
from simulator.rack import Rack
from simulator.reader import Reader
from simulator.slot import Slot
from sscard.errors import TransportError
from sscard.transport import CardRemoved, ReaderInUse, TcpConnection, TcpProtocol
from sscard.transport import tcp as client

SELECT = bytes.fromhex("00A4040008A00000033301010100")
FCI = bytes.fromhex("6F0A8408A0000003330101019000")
ALL = (Protocol.T0, Protocol.T1, Protocol.CONTACTLESS)


@contextmanager
def served() -> Iterator[tuple[int, Slot]]:
    """A blank card, and the port at which it is."""
    reader = Reader(VirtualCard.blank("gen3-80k"), Protocol.T0)
    door = Listening(Address(0), server.turn_away)
    slot = Slot(1, "card", reader, door, server.serving(ALL))
    with Rack([slot]):
        yield door.address.port, slot


@contextmanager
def rude(said: bytes) -> Iterator[int]:
    """Somebody at a port who says this to whoever comes, and hangs up."""

    def answer() -> None:
        caller, _ = listening.accept()
        with caller:
            caller.sendall(said)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        speaking = threading.Thread(target=answer)
        speaking.start()
        yield listening.getsockname()[1]
        speaking.join()


def test_the_numbers_are_those_of_the_documentation() -> None:
    assert (client.MAGIC, client.VERSION, client.LONGEST) == (b"SSCARD", 1, 65_793)
    requests, answers, protocols = (
        " ".join(f"{each.name}={each.value}" for each in kind)
        for kind in (client.Request, client.Answer, TcpProtocol)
    )
    assert requests == "RESET=1 TRANSMIT=2 POWER_OFF=3 PPS=4"
    assert answers == "DONE=0 NO_POWER=1 NO_CARD=2 REFUSED=3 IN_USE=4 NO_ANSWER=5"
    assert protocols == "T0=0 T1=1 CONTACTLESS=2"
    assert list(server.PROTOCOLS.items()) == list(enumerate(ALL))


@pytest.mark.parametrize("protocol", [None, *TcpProtocol])
def test_callers_see_apdus_on_every_protocol(protocol: TcpProtocol | None) -> None:
    with served() as (port, _), TcpConnection("127.0.0.1", port, protocol=protocol) as card:
        assert card.protocols == (TcpProtocol.T0, TcpProtocol.T1, TcpProtocol.CONTACTLESS)
        assert card.protocol is (TcpProtocol.T0 if protocol is None else protocol)
        answer = card.reset()
        assert bytes.fromhex("81544C868684") in answer
        assert card.transmit(SELECT) == card.transmit(SELECT[:-1]) == FCI
        assert card.reset() == answer


def test_t0_carries_no_extended_length() -> None:
    with served() as (port, _), TcpConnection("127.0.0.1", port) as card:
        card.reset()
        with pytest.raises(TransportError, match="T=0 carries no extended"):
            card.transmit(bytes.fromhex("00D68200000100") + bytes(256))


def test_what_the_simulator_refuses() -> None:
    with served() as (port, slot), TcpConnection("127.0.0.1", port) as card:
        with pytest.raises(TransportError, match=f"tcp:127.0.0.1:{port}: .*power"):
            card.transmit(SELECT)
        card.reset()
        with pytest.raises(ReaderInUse):
            TcpConnection("127.0.0.1", port)
        slot.remove()
        with pytest.raises(CardRemoved):
            card.transmit(SELECT)


@pytest.mark.parametrize(
    ("kind", "error"), [(b"\2", CardRemoved), (b"\5", TransportError), (b"\1", TransportError)]
)
def test_a_removed_card_is_told_from_a_mute_one(kind: bytes, error: type[Exception]) -> None:
    hello = b"\0\0\0\x09\0SSCARD\x01\x01"
    with (
        rude(hello + b"\0\0\0\x05" + kind + b"gone") as port,
        TcpConnection("127.0.0.1", port) as card,
        pytest.raises(error, match="gone") as told,
    ):
        card.reset()
    assert told.type is error


def test_somebody_who_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_GREETING", 0.05)
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(TransportError, match="timed out"),
    ):
        TcpConnection("127.0.0.1", silent.getsockname()[1])


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(TransportError, match=rf"tcp:127.0.0.1:{port}: 无法连接 cannot be reached"):
        TcpConnection("127.0.0.1", port)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (b"", "has closed the connection"),
        (b"\0\0", "has closed the connection"),
        (b"\0\0\0\0\0", "is no frame"),
        (b"HTTP/1.1 400", "is no frame"),
        (b"\0\0\0\x09\0SSCARD\x02\x01", "no sscard simulator of format 1"),
        (b"\0\0\0\x08\0SSCARD\x01", "no sscard simulator of format 1"),
        (b"\0\0\0\x09\0SSCARD\x01\x09", "an unknown protocol"),
        (b"\0\0\0\x05\x09what", "what"),
    ],
)
def test_whoever_is_no_simulator(said: bytes, message: str) -> None:
    with rude(said) as port, pytest.raises(TransportError, match=message):
        TcpConnection("127.0.0.1", port)

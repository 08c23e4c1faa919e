"""The card over TCP for sscard's own transport: power and protocol are part of it, pcscd is not.

A frame is ``length`` (4 bytes, of what follows), ``kind`` (1 byte), body; numbers are big-endian.
The card speaks first, with HELLO, and then answers each request with one frame.  docs/simulator.md
has the whole format.  What the other side needs, too, is its: ``sscard.transport.tcp``.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType

from sscard.cos.protocol import Protocol
from sscard.errors import MalformedData, TransportError
from sscard.transport.errors import CardRemoved
from sscard.transport.tcp import LONGEST, MAGIC, VERSION, Answer, Request, TcpProtocol

from .frames import Frames
from .pluggable import Negotiating, NoPower
from .reader import Reader
from .slot import Serve

_LENGTH = 4
_TURNED_AWAY = b"another program uses the card, or the card is out of its slot"
#: Protocols as numbers.
PROTOCOLS: Mapping[int, Protocol] = MappingProxyType(
    {each.value: Protocol[each.name] for each in TcpProtocol}
)
_NUMBERS = {protocol: number for number, protocol in PROTOCOLS.items()}
_RESET, _TRANSMIT, _POWER_OFF, _PPS = (bytes((each,)) for each in Request)


def frames(connection: socket.socket) -> Frames:
    """Messages as this format sends them, for either side: kind and body."""
    return Frames(connection, size=_LENGTH, longest=LONGEST)


def serving(protocols: Sequence[Protocol]) -> Serve:
    """How a card with these protocols, the preferred one first, answers a program until it ends.

    Then the card has no power.  Raises CardRemoved when the card is pulled, after the program was
    told; MalformedData for what is no frame; OSError when the connection breaks.
    """
    numbers = bytes(_NUMBERS[each] for each in protocols)

    def serve(connection: socket.socket, reader: Reader) -> None:
        messages, reader.seen = frames(connection), True
        messages.send(_frame(Answer.DONE, MAGIC + bytes((VERSION,)) + numbers))
        try:
            while (message := messages.receive()) is not None:
                messages.send(_answered(reader, message, numbers))
        except CardRemoved as error:
            messages.send(_frame(Answer.NO_CARD, str(error).encode()))
            raise
        finally:
            reader.power_off()

    return serve


def _answered(reader: Reader, message: bytes, numbers: bytes) -> bytes:
    """The answer's frame.  Raises CardRemoved."""
    try:
        if message[:1] == _TRANSMIT:  # nearly all of them
            return b"\0" + reader.exchange(message[1:])
        return b"\0" + _controlled(reader, message, numbers)
    except CardRemoved:
        raise
    except NoPower as error:
        return _frame(Answer.NO_POWER, str(error).encode())
    except TransportError as error:
        return _frame(Answer.NO_ANSWER, str(error).encode())
    except MalformedData as error:
        return _frame(Answer.REFUSED, str(error).encode())


def _controlled(reader: Reader, message: bytes, numbers: bytes) -> bytes:
    kind, body = message[:1], message[1:]
    if kind == _RESET:
        if len(body) != 1 or body not in numbers:
            raise MalformedData("the card does not have this protocol")
        return reader.card.power_on(PROTOCOLS[body[0]])
    if kind == _POWER_OFF and not body:
        reader.power_off()
        return b""
    if kind == _PPS:
        if not isinstance(reader.card, Negotiating):
            raise MalformedData("the card takes no PPS")
        return reader.card.pps(body)
    raise MalformedData("no request of this kind and length")


def turn_away(connection: socket.socket) -> None:
    """Tell a program that it cannot have the card now, and end the connection."""
    with connection, suppress(OSError):  # it is its own loss
        frames(connection).send(_frame(Answer.IN_USE, _TURNED_AWAY))


def _frame(kind: Answer, body: bytes) -> bytes:
    return bytes((kind,)) + body

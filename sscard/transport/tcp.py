"""Client of ``sscard simulate --tcp``: a simulated card in another process.

Frames are ``length`` (4 bytes, of what follows), ``kind`` (1 byte) and a body, both ways.  The
server speaks first; then every request has one answer.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Mapping
from enum import IntEnum, unique
from types import MappingProxyType, TracebackType
from typing import Self

from sscard.apdu import t0
from sscard.apdu.command import CommandAPDU
from sscard.errors import TransportError
from sscard.transport.errors import CardRemoved, ReaderInUse

MAGIC, VERSION = b"SSCARD", 1
#: The longest frame behind its length: kind, and an extended APDU with room to spare.
LONGEST = 0x10101
#: Seconds in which a simulator greets; whatever listens and says nothing is none.
_GREETING = 5.0
_HEAD = struct.Struct(">IB")


@unique
class Request(IntEnum):
    """What a client asks for."""

    #: Power, or a reset; the body is the protocol, the answer ATR or ATS.
    RESET = 1
    #: One command: on T=0 a TPDU, else an APDU.
    TRANSMIT = 2
    POWER_OFF = 3
    #: Protocol and parameters selection, straight after the reset.
    PPS = 4


@unique
class Answer(IntEnum):
    """What the server says; anything but DONE comes with a text for people."""

    #: Also the greeting: MAGIC, VERSION, and the protocols that the card has.
    DONE = 0
    NO_POWER = 1
    #: It was removed.
    NO_CARD = 2
    #: The request cannot be read, or asks for what the card has not.
    REFUSED = 3
    IN_USE = 4
    #: It is there, and did not answer.
    NO_ANSWER = 5


@unique
class TcpProtocol(IntEnum):
    """How the card is reached; the greeting says which it has, the preferred one first."""

    T0 = 0
    T1 = 1
    CONTACTLESS = 2


_ERRORS: Mapping[int, type[TransportError]] = MappingProxyType(
    {Answer.NO_CARD: CardRemoved, Answer.IN_USE: ReaderInUse}
)


class TcpConnection:
    """The card at ``host`` and ``port``, without power until the first ``reset``.

    On T=0 GET RESPONSE and the second command after 6Cxx are sent here.
    """

    def __init__(self, host: str, port: int, *, protocol: TcpProtocol | None = None) -> None:
        """``protocol``: by default the one that the server prefers.

        Raises TransportError when nobody listens or it is no simulator; ReaderInUse.
        """
        self.name = f"tcp:{host}:{port}"
        self._ended: type[TransportError] = TransportError
        try:
            self._socket = socket.create_connection((host, port), _GREETING)
        except OSError as error:
            raise self._error(f"无法连接 cannot be reached ({error.strerror or error})") from None
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.protocols = self._greeting()
        except TransportError:
            self._socket.close()
            raise
        self._socket.settimeout(None)  # a slow card takes as long as it takes
        self._ended = CardRemoved  # as PC/SC says it of a pulled card, and of a pulled reader
        self.protocol = protocol if protocol is not None else self.protocols[0]

    def reset(self) -> bytes:
        """Power off and on; the answer to reset, over an antenna the ATS."""
        return self._asked(Request.RESET, bytes((self.protocol,)))

    def transmit(self, command: bytes, /) -> bytes:
        """The answer to a command APDU.

        Raises TransportError when there is none, CardRemoved when the card is gone; on T=0
        TransportError for an extended command, too, and MalformedData for what is no APDU.
        """
        if self.protocol is not TcpProtocol.T0:
            return self._send(command)
        if CommandAPDU.parse(command).extended:
            raise self._error("命令超长 T=0 carries no extended-length command")
        return t0.exchange(self._send, command)

    def close(self) -> None:
        """End the connection, and with it the card's power."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _send(self, command: bytes) -> bytes:
        return self._asked(Request.TRANSMIT, command)

    def _asked(self, request: Request, body: bytes) -> bytes:
        try:
            self._socket.sendall(_HEAD.pack(1 + len(body), request) + body)
        except OSError as error:
            raise self._lost(error) from None
        return self._answer()

    def _greeting(self) -> tuple[TcpProtocol, ...]:
        hello = self._answer()
        start, protocols = hello[: len(MAGIC) + 1], hello[len(MAGIC) + 1 :]
        if start != MAGIC + bytes((VERSION,)) or not protocols:
            raise self._error(f"不是本版本的模拟器 no sscard simulator of format {VERSION}")
        try:
            return tuple(map(TcpProtocol, protocols))
        except ValueError:
            raise self._error("未知协议 the simulator names an unknown protocol") from None

    def _answer(self) -> bytes:
        length, kind = _HEAD.unpack(self._received(_HEAD.size))
        if not 1 <= length <= LONGEST:
            raise self._error("帧格式错误 the answer is no frame")
        body = self._received(length - 1)
        if kind == Answer.DONE:
            return body
        raise self._error(body.decode("utf-8", "replace"), _ERRORS.get(kind, TransportError))

    def _received(self, size: int) -> bytes:
        parts = []
        while size:
            try:
                part = self._socket.recv(size)
            except OSError as error:
                raise self._lost(error) from None
            if not part:
                raise self._error("连接已断开 the simulator has closed the connection", self._ended)
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _lost(self, error: OSError) -> TransportError:
        return self._error(
            f"连接中断 the connection broke ({error.strerror or error})", self._ended
        )

    def _error(self, text: str, kind: type[TransportError] = TransportError) -> TransportError:
        return kind(f"{self.name}: {text}")

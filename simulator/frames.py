"""Messages over TCP, each behind its length.

vpcd 3.3, the virtual reader that many have, sends length and payload in two segments, and the
second waits for our acknowledgement of the first, which the kernel delays by 40 ms.
``TCP_QUICKACK`` sends it at once, but only until the kernel thinks otherwise: it is set again
before every receive.  Behind the last one it need not be: the answer carries the acknowledgement.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Final

from sscard.errors import MalformedData

#: Linux only; elsewhere the kernel decides.
_QUICKACK: Final[int | None] = getattr(socket, "TCP_QUICKACK", None)


class Frames:
    """Whole messages; what was received too much waits for the next one.

    The length, big-endian, has ``size`` bytes and counts what is behind it, at most ``longest``.
    """

    def __init__(self, connection: socket.socket, *, size: int, longest: int) -> None:
        connection.settimeout(None)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._size, self._longest = size, longest
        self._acknowledge = _acknowledging(connection)
        self._receive_into = connection.recv_into
        self._send_all = connection.sendall
        self._buffer = memoryview(bytearray(2 * (size + longest)))
        self._held = 0  # bytes at the start of the buffer that are received and not given

    def receive(self) -> bytes | None:
        """The next message; None when the other side has ended, also amid a message.

        Raises MalformedData for a length that is too large, and OSError.
        """
        size = self._size
        if self._held < size and not self._hold(size):
            return None
        end = size + int.from_bytes(self._buffer[:size], "big")
        if self._held < end:
            if end > size + self._longest:
                raise MalformedData(f"a message has at most {self._longest} bytes")
            if not self._hold(end):
                return None
        message = bytes(self._buffer[size:end])
        if self._held > end:
            self._buffer[: self._held - end] = bytes(self._buffer[end : self._held])
        self._held -= end
        return message

    def send(self, message: bytes) -> None:
        """Send a message, in one segment where it fits one.

        ValueError for one that is too long.  Raises OSError.
        """
        if len(message) > self._longest:
            raise ValueError(f"a message has at most {self._longest} bytes")
        self._send_all(len(message).to_bytes(self._size, "big") + message)

    def _hold(self, size: int) -> bool:
        """Receive until ``size`` bytes are held; whether they are."""
        held, acknowledge, receive_into = self._held, self._acknowledge, self._receive_into
        while held < size:
            acknowledge()
            received = receive_into(self._buffer[held:])
            if not received:
                return False
            held += received
        self._held = held
        return True


def _acknowledging(connection: socket.socket) -> Callable[[], None]:
    """A call that has what was received acknowledged at once, for a while."""
    if _QUICKACK is None:
        return lambda: None
    option, set_option = _QUICKACK, connection.setsockopt
    return lambda: set_option(socket.IPPROTO_TCP, option, 1)

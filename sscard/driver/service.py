"""The driver for other programs of this computer: one call for each connection, on loopback.

Calls are answered one after the other, as they come: a terminal has one slot and one keypad.  What
a step leaves for the next one stays in the driver, whoever makes the next connection.
"""

from __future__ import annotations

import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from logging import Logger
from typing import Protocol

from sscard.driver.frames import LENGTH, Call, answer_frame, body_size, parse_answer, parse_call
from sscard.errors import MalformedData, TransportError
from sscard.terminal.driver import ErrorCode

#: Nothing else is listened on: who reaches the service has the terminal in hand.
HOST = "127.0.0.1"
_PART = 1 << 16


@dataclass(frozen=True, slots=True)
class Limits:
    """What a client may take; times in seconds."""

    #: From the connection to the end of its call.
    call: float = 5.0
    #: For taking the answer.
    answer: float = 5.0
    #: Connections that wait for their turn.
    waiting: int = 64


class Answers(Protocol):
    """Whoever answers calls, and raises nothing."""

    def call(self, name: str, args: Sequence[bytes | int], /) -> tuple[int, bytes]:
        """Code and output."""
        ...


class TooSlow(TransportError):
    """A client that did not say or take everything in time, or went away."""


class Service:
    """Listens from the beginning, answers while ``run`` runs, ends after ``stop``."""

    def __init__(
        self, answers: Answers, port: int, log: Logger, limits: Limits | None = None
    ) -> None:
        """Port 0 takes a free one.  Raises TransportError for a port that is taken."""
        self._answers = answers
        self._log = log
        self._limits = limits or Limits()
        try:
            self._listening = socket.create_server((HOST, port), backlog=self._limits.waiting)
        except OSError as error:
            raise TransportError(f"{HOST}:{port}: {error.strerror}") from None
        self._woken, self._waker = socket.socketpair()
        self._waker.setblocking(False)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listening.getsockname()[1])

    def run(self) -> None:
        """Until ``stop``; a call under way is answered.  Then nothing listens any more."""
        with selectors.DefaultSelector() as waiting, self._listening, self._woken, self._waker:
            for each in (self._listening, self._woken):
                waiting.register(each, selectors.EVENT_READ)
            while self._woken not in [key.fileobj for key, _ in waiting.select()]:
                with suppress(ConnectionError):  # gone before it was its turn
                    self._answer_one()

    def stop(self) -> None:
        """From any thread: ends ``run``, also one that begins later."""
        with suppress(OSError):  # it has ended already
            self._waker.send(b".")

    @contextmanager
    def ended_by_signals(self) -> Iterator[None]:
        """While open, Ctrl-C and SIGTERM end ``run``; for the main thread.

        The interpreter itself writes to the socket, which wakes a select on Windows, too.
        """
        names = (signal.SIGINT, signal.SIGTERM)
        before = {each: signal.signal(each, lambda *_: None) for each in names}
        descriptor = signal.set_wakeup_fd(self._waker.fileno())
        try:
            yield
        finally:
            signal.set_wakeup_fd(descriptor)
            for each, handler in before.items():
                signal.signal(each, handler)

    def _answer_one(self) -> None:
        client, _ = self._listening.accept()
        with client:
            try:
                client.sendall(answer_frame(*self._answered(client)))
            except (OSError, TooSlow):
                self._log.warning("client: 过慢或断开 too slow, or gone")

    def _answered(self, client: socket.socket) -> tuple[int, bytes]:
        """Raises OSError, TooSlow."""
        try:
            call = _call(client, time.monotonic() + self._limits.call)
        except MalformedData as error:
            self._log.warning("client: %s", error)
            client.settimeout(self._limits.answer)
            return int(ErrorCode.PARAMETER), b""
        client.settimeout(self._limits.answer)
        return self._answers.call(call.name, call.arguments)


def asked(port: int, call: Call) -> tuple[int, bytes]:
    """What the service at ``port`` answers.  Raises TransportError."""
    try:
        with socket.create_connection((HOST, port)) as line:
            line.sendall(call.frame())
            (size,) = LENGTH.unpack(_received(line.recv, LENGTH.size))
            return parse_answer(_received(line.recv, size))
    except (OSError, MalformedData) as error:
        raise TransportError(f"{HOST}:{port}: {error}") from None


def _call(client: socket.socket, until: float) -> Call:
    """Raises MalformedData, TooSlow, OSError."""

    def in_time(size: int) -> bytes:
        left = until - time.monotonic()
        if left <= 0:
            raise TooSlow("过慢 too slow")
        client.settimeout(left)
        return client.recv(size)

    return parse_call(_received(in_time, body_size(_received(in_time, LENGTH.size))))


def _received(receive: Callable[[int], bytes], size: int) -> bytes:
    """Raises TooSlow where the other side ends before that."""
    parts = []
    while size:
        part = receive(min(size, _PART))
        if not part:
            raise TooSlow("连接已断开 the other side is gone")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)

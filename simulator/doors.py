"""How a card meets the program that uses it: it calls a virtual reader, or waits to be called."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Protocol

LOOPBACK = "127.0.0.1"
#: What passes when the host starts, or the cable is in again.
_UNREACHABLE = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN})


@dataclass(frozen=True, slots=True)
class Address:
    """A TCP address; port 0 takes a free one."""

    port: int
    host: str = LOOPBACK

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Door(Protocol):
    """One way in.  ``close`` ends an ``open`` that waits in another thread."""

    address: Address
    #: Seconds before another try when ``open`` has found nobody.
    pause: float

    def open(self) -> socket.socket | None:
        """A connection; None when nobody is there.  Raises OSError for what does not pass."""
        ...

    def close(self) -> None:
        """No more connections."""
        ...


class Calling:
    """Calls a reader that listens, as pcscd's virtual reader driver does."""

    pause = 0.2

    def __init__(self, address: Address) -> None:
        self.address = address

    def open(self) -> socket.socket | None:
        """A connection to the reader, None when none listens or its host cannot be reached."""
        try:
            return socket.create_connection((self.address.host, self.address.port), timeout=5)
        except (ConnectionError, TimeoutError):
            return None
        except OSError as error:
            if error.errno in _UNREACHABLE:
                return None
            raise

    def close(self) -> None:
        """Nothing waits here."""


class Listening:
    """Waits for a program; whoever comes while another is served is turned away.

    So is whoever comes while the card is out of the slot.
    """

    pause = 0.0
    #: Seconds that a program may come before the one before it is quite gone.
    grace = 0.5

    def __init__(
        self, address: Address, turn_away: Callable[[socket.socket], None] = socket.socket.close
    ) -> None:
        self._socket = socket.create_server((address.host, address.port))
        self.address = Address(self._socket.getsockname()[1], address.host)
        self._turn_away = turn_away
        self._free = threading.Event()
        self._come: SimpleQueue[socket.socket | None] = SimpleQueue()
        threading.Thread(target=self._welcome, name=f"door {self.address}", daemon=True).start()

    def open(self) -> socket.socket | None:
        """The next program's connection, whenever it comes; None once this is closed."""
        self._free.set()
        return self._come.get()

    def close(self) -> None:
        """Ends ``open``; the port is free again."""
        with suppress(OSError):  # not on every system can be shut down what listens
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._come.put(None)

    def _welcome(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            if self._free.wait(self.grace):
                self._free.clear()
                self._come.put(connection)
            else:
                self._turn_away(connection)

"""One slot of a reader: a card that is put in and pulled out while the reader runs."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum, unique

from sscard.errors import MalformedData, TransportError
from sscard.transport.errors import CardRemoved

from .doors import Door
from .reader import Reader

#: Be the card over a connection until the other side ends.
Serve = Callable[[socket.socket, Reader], None]

_SOON = 0.2  # seconds until a card that did not answer is tried again


@unique
class What(StrEnum):
    """What can happen to a slot."""

    INSERTED = "inserted"
    #: Nobody is at the other end; it is tried again and again.
    WAITING = "waiting"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    #: The card did not answer; the connection is ended, which is all that a reader sees of it.
    MUTE = "mute"
    REMOVED = "removed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a slot.  ``card`` is its name; ``detail`` says what was wrong."""

    what: What
    slot: int
    card: str
    detail: str = ""


class Slot:
    """``run`` belongs into a thread of its own; everything else may be called from others.

    ``name`` is the card's for people.  ``note`` hears what happens, in the thread of ``run``.
    """

    def __init__(
        self,
        number: int,
        name: str,
        reader: Reader,
        door: Door,
        serve: Serve,
        note: Callable[[Event], None] = lambda _: None,
    ) -> None:
        self.number, self.name, self.reader, self.door = number, name, reader, door
        self._serve = serve
        self._note = note
        self._inserted = self._stopped = False
        self._connection: socket.socket | None = None
        self._changed = threading.Condition()

    @property
    def inserted(self) -> bool:
        """Whether there is a card in the slot."""
        return self._inserted

    def insert(self) -> None:
        """Put the card in; nothing happens when it is."""
        with self._changed:
            before, self._inserted = self._inserted, True
            self._changed.notify_all()
        if not before:
            self._tell(What.INSERTED)

    def remove(self) -> None:
        """Pull the card out, whatever is under way: the reader loses it at once."""
        with self._changed:
            before, self._inserted = self._inserted, False
            self._end_connection()
        if before:
            self._tell(What.REMOVED)

    def stop(self) -> None:
        """Have ``run`` return."""
        with self._changed:
            self._stopped = True
            self._end_connection()
            self._changed.notify_all()
        self.door.close()

    def run(self) -> None:
        """Serve whoever is at the other end, again and again, until ``stop``.

        Raises OSError when the other end cannot be looked for.
        """
        waiting = False
        while self._has_card():
            connection = self.door.open()
            if connection is not None:
                waiting = False
                self._connected(connection)
            elif waiting or self._stopped:
                self._pause(self.door.pause)
            else:
                waiting = True
                self._tell(What.WAITING)
        self._tell(What.STOPPED)

    def _has_card(self) -> bool:
        """Wait for a card; False when stopped instead."""
        with self._changed:
            self._changed.wait_for(lambda: self._inserted or self._stopped)
            return not self._stopped

    def _connected(self, connection: socket.socket) -> None:
        with connection:
            with self._changed:
                if not self._inserted or self._stopped:
                    return
                self._connection = connection
            self.reader.seen = False
            self._tell(What.CONNECTED)
            try:
                self._serve(connection, self.reader)
            except CardRemoved:
                self.remove()
            except TransportError as error:
                self._tell(What.MUTE, str(error))
                self._pause(_SOON)
            except (MalformedData, OSError) as error:
                self._tell(What.DISCONNECTED, str(error))
            else:
                self._tell(What.DISCONNECTED)
            finally:
                with self._changed:
                    self._connection = None

    def _end_connection(self) -> None:
        """Wakes whoever receives from it; the descriptor is closed where it is used."""
        if self._connection is not None:
            with suppress(OSError):  # it may have ended meanwhile
                self._connection.shutdown(socket.SHUT_RDWR)

    def _pause(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopped, seconds)

    def _tell(self, what: What, detail: str = "") -> None:
        self._note(Event(what, self.number, self.name, detail))

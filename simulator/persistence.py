"""A card whose memory outlives its process: kept in its image at each command, or at power-off.

The image is replaced as a whole, and only when a page of the memory was programmed.  So whenever
the process dies, the file is what the card was after the last command that changed it: never
anything between two, and never cut short.  Why not a journal: ``docs/card-image.md``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum, unique
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from simulator.simulated_card import SimulatedCard, WithMemory, pps
from simulator.virtual_card import Random, VirtualCard
from sscard.cos import NVM
from sscard.cos.protocol import Protocol
from sscard.durable import DRAFT
from sscard.errors import TransportError


@unique
class Persist(Enum):
    """When the image is written."""

    #: Before the answer of each command that changed the memory leaves the card.
    EACH_COMMAND = "each-command"
    #: When the power goes, a reset included.  What was not written then a killed process forgets.
    POWER_OFF = "power-off"


class PersistentCard:
    """``card`` kept in ``path``.  Get one from ``kept``, which also keeps others away."""

    def __init__(self, card: SimulatedCard, path: Path, when: Persist) -> None:
        self._inner = card
        self._path = path
        self._when = when
        self._kept = card.card.nvm.programmed

    @property
    def chip(self) -> Any:
        """The chip's description."""
        return self._inner.chip

    @property
    def card(self) -> WithMemory:
        """The operating system in the chip."""
        return self._inner.card

    def power_on(self, protocol: Protocol = Protocol.T1) -> bytes:
        """Apply power; a command that was torn before is finished or forgotten, for good."""
        self._keep()
        try:
            return self._inner.power_on(protocol)
        finally:
            self._command_ended()

    def reset(self) -> bytes:
        """Power off and on again, the protocol as before."""
        self._keep()
        try:
            return self._inner.reset()
        finally:
            self._command_ended()

    def pps(self, request: bytes, /) -> bytes:
        """The answer to a PPS, straight after power-on.  Raises MalformedData, TransportError."""
        return pps(self._inner, request)

    def power_off(self) -> None:
        """Take the power away.  Raises TransportError when the image cannot be written."""
        self._inner.power_off()
        self._keep()

    def transmit(self, command: bytes, /) -> bytes:
        """One command.  Its answer comes after what it has changed is on the disk.

        Raises TransportError, also when that is not possible: then the host gets no answer, the
        card loses its power, and the next power-up tries again to write the image.
        """
        try:
            return self._inner.transmit(command)
        finally:  # also where power failed in the middle: the memory says what has happened
            self._command_ended()

    def save(self, path: Path, /) -> None:
        """Write the memory to another image."""
        self._inner.save(path)

    def _command_ended(self) -> None:
        if self._when is Persist.EACH_COMMAND:
            self._keep()

    def _keep(self) -> None:
        programmed = self.card.nvm.programmed
        if programmed == self._kept:
            return
        try:
            self._inner.save(self._path)
        except OSError as error:
            self._inner.power_off()
            raise TransportError(
                f"{self._path}: the card's state cannot be kept ({error.strerror})"
            ) from None
        self._kept = programmed


@contextmanager
def kept(
    path: Path,
    when: Persist,
    *,
    blank: Callable[[], SimulatedCard] | None = None,
    load: Callable[..., SimulatedCard] = VirtualCard.load,
    random: Random = os.urandom,
    nvm: Callable[[bytearray], NVM] = NVM,
) -> Iterator[PersistentCard]:
    """The card in the image at ``path``, for this process alone until the block ends.

    With ``blank`` a new card when there is no image yet; it is written at once.  ``load`` is that
    of the kind of card.  At the end the power goes, whatever the reason.

    Raises MalformedData, TransportError.
    """
    with _locked(path):
        _tidy(path)
        if blank is not None and not path.exists():
            _make(blank(), path)
        card = PersistentCard(load(path, random=random, nvm=nvm), path, when)
        try:
            yield card
        finally:
            card.power_off()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Holds the lock beside the image; a killed process holds none."""
    if not path.parent.is_dir():
        raise TransportError(f"{path}: there is no such directory")
    lock = FileLock(path.with_name(f".{path.name}.lock"), blocking=False, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        raise TransportError(f"{path}: another program simulates this card") from None
    except OSError as error:
        raise TransportError(f"{path}: cannot be locked ({error.strerror})") from None
    try:
        yield
    finally:
        lock.release()


def _make(card: SimulatedCard, path: Path) -> None:
    try:
        card.save(path)
    except OSError as error:
        raise TransportError(f"{path}: cannot be written ({error.strerror})") from None


def _tidy(path: Path) -> None:
    """Remove what a killed process has left of images that were being written: they hold keys."""
    for each in path.parent.iterdir():
        draft = DRAFT.fullmatch(each.name)
        if draft and draft["name"] == path.name:
            each.unlink()

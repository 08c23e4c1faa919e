"""A ceremony that is open at a desk: its folder, locked, and the officer who signs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from sscard.keys.ceremony.entry import Step
from sscard.keys.ceremony.errors import CeremonyError
from sscard.keys.ceremony.minutes import Minutes
from sscard.keys.ceremony.people import Person, Signer
from sscard.keys.ceremony.record import Record
from sscard.keys.ceremony.sheets import Heading
from sscard.keys.ceremony.steps import Closed, Opened
from sscard.keys.types import NotCopied

RECORD = "record.jsonl"


@dataclass(frozen=True, slots=True)
class Desk(NotCopied):
    """Where a ceremony is held; clock and randomness are the caller's."""

    record: Record
    officer: Signer
    now: Callable[[], datetime]
    random: Callable[[int], bytes]

    @property
    def minutes(self) -> Minutes:
        """What the ceremony has come to."""
        return self.record.minutes

    def enter(self, step: Step) -> None:
        """Put a step into the record.  Raises CeremonyError, OSError."""
        self.record.append(step, self.officer, self.now())

    def close(self) -> None:
        """Say that nothing follows, and which keys never got to their store.  Raises OSError."""
        self.enter(Closed(not_stored=tuple(sorted(self.minutes.pending))))

    def heading(self) -> Heading:
        """What sheets made now have in common."""
        return heading_of(self.minutes, self.record.count, self.now())


def heading_of(minutes: Minutes, entries: int, now: datetime) -> Heading:
    """What sheets have in common that are made after so many entries of the record."""
    return Heading(
        ceremony=minutes.ceremony,
        title=minutes.title,
        officer=minutes.officer.name,
        officer_fingerprint=minutes.officer.fingerprint,
        entry=entries,
        head=minutes.head,
        made_at=now,
    )


@dataclass(frozen=True, slots=True)
class Opening:
    """Who and what a new ceremony is for."""

    title: str
    officer: Person
    custodians: tuple[Person, ...]
    software: str


def open_ceremony(
    folder: Path, opening: Opening, officer: Signer, now: datetime, random: Callable[[int], bytes]
) -> Minutes:
    """Begin a ceremony in ``folder``, which is made if need be.

    Raises CeremonyError when one was opened there, or somebody is there twice; ValueError for a
    title that is empty, long or unprintable; OSError.
    """
    opened = Opened(
        ceremony=random(4).hex().upper(),
        title=opening.title,
        officer=opening.officer,
        custodians=opening.custodians,
        software=opening.software,
    )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(folder):
        return Record.begin(folder / RECORD, opened, officer, now).minutes


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """The ceremony's folder for this process alone.  Raises CeremonyError, OSError."""
    if not folder.is_dir():
        raise CeremonyError(f"{folder}: no ceremony is here")
    lock = FileLock(folder / ".lock", blocking=False)
    try:
        lock.acquire()
    except Timeout:
        raise CeremonyError(f"{folder}: this ceremony is open at another desk") from None
    try:
        yield
    finally:
        lock.release()

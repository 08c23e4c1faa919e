"""The ceremony record: JSON lines that are only ever appended, chained by hashes, each signed.

Each entry has the hash of the line before it and the officer's Ed25519 signature, so that no line
can be changed, moved, put in or taken out without the officer's key.  What hashes cannot see is
that lines are missing *at the end*: the last hash is printed on the sheets, and an entry ``closed``
says that nothing follows.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, Field, ValidationError

from sscard.durable import replace_file
from sscard.keys.ceremony.canonical import canonical
from sscard.keys.ceremony.errors import CeremonyError, RecordDamaged
from sscard.keys.ceremony.fields import Hash, Name, Recorded, Signature
from sscard.keys.ceremony.minutes import Minutes
from sscard.keys.ceremony.people import Person, Signer
from sscard.keys.ceremony.steps import (
    Closed,
    Combined,
    Exported,
    Made,
    Mended,
    Opened,
    Recovered,
    Stored,
)

#: What the first line has for the hash of the line before it.
START = bytes(32)

Step = Annotated[
    Opened | Made | Exported | Combined | Recovered | Stored | Mended | Closed,
    Field(discriminator="what"),
]


class Entry(Recorded):
    """One line of the record."""

    number: Annotated[int, Field(ge=1)]
    time: AwareDatetime
    who: Name
    previous: Hash
    step: Step
    signature: Signature

    def line(self) -> bytes:
        """The entry as it stands in the file, line end included."""
        return canonical(self.model_dump(mode="json")) + b"\n"

    def statement(self) -> bytes:
        """What the officer signs: everything but the signature."""
        return canonical(self.model_dump(mode="json", exclude={"signature"}))

    @property
    def hash(self) -> bytes:
        """What the next entry refers to: SHA-256 of the line without its end."""
        return sha256(self.line()[:-1]).digest()


@dataclass(frozen=True, slots=True)
class Reading:
    """A record that was read and is sound."""

    entries: tuple[Entry, ...]
    minutes: Minutes
    #: Bytes of whole lines.
    size: int
    #: Bytes behind them, which an interrupted write left.
    torn: int

    @property
    def head(self) -> bytes:
        """The hash of the last entry."""
        return self.entries[-1].hash


def read(path: Path) -> Reading:
    """Read and verify a record.  A torn last line is counted and otherwise ignored.

    Raises CeremonyError when there is none; RecordDamaged, naming the line, for one that was cut,
    edited, put in or taken out, moved, or signed with another key.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise CeremonyError(f"{path.parent}: no ceremony is here (no {path.name})") from None
    whole, _, torn = content.rpartition(b"\n")
    if not whole:
        raise RecordDamaged(f"{path.name}: no whole line is in it")
    entries: list[Entry] = []
    minutes: Minutes | None = None
    for number, line in enumerate(whole.split(b"\n"), start=1):
        try:
            entry = _parsed(line)
            minutes = _after(minutes, entry, entries)
        except CeremonyError as error:
            raise RecordDamaged(f"{path.name}, line {number}: {error}") from None
        entries.append(entry)
    if minutes is None:
        raise RecordDamaged(f"{path.name}: no whole line is in it")
    return Reading(tuple(entries), minutes, len(whole) + 1, len(torn))


class Record:
    """A record that is open for more entries.  The caller sees to it that nobody else has it."""

    def __init__(self, path: Path) -> None:
        """Raises what ``read`` raises."""
        self.path = path
        reading = read(path)
        self.minutes, self.head, self.torn = reading.minutes, reading.head, reading.torn
        self._count, self._size = len(reading.entries), reading.size

    @classmethod
    def begin(cls, path: Path, opened: Opened, officer: Signer, now: datetime) -> Record:
        """A new record.  Raises CeremonyError when there is one, or for people twice; OSError."""
        if path.exists():
            raise CeremonyError(f"{path}: a ceremony was opened here before")
        opened.minutes()
        entry = _signed(officer, 1, now, opened.officer.name, START, opened)
        replace_file(path, entry.line())
        return cls(path)

    def append(self, step: Step, officer: Signer, now: datetime) -> Entry:
        """Put one more entry on the disk; when the call returns it is there, or nothing is.

        Raises CeremonyError for a step that cannot come here, OSError.
        """
        who = self.minutes.officer.name
        entry = _signed(officer, self._count + 1, now, who, self.head, step)
        after = _entered(copy.deepcopy(self.minutes), entry)
        self._write(entry.line())
        self.minutes, self.head, self.torn = after, entry.hash, 0
        self._count += 1
        return entry

    def mend(self, officer: Signer, now: datetime) -> int:
        """Cut what an interrupted write left and say so in the record; how many bytes it was."""
        torn = self.torn
        if torn:
            self.append(Mended(bytes_cut=torn), officer, now)
        return torn

    def _write(self, line: bytes) -> None:
        # At the end of the whole lines, and not of the file: a failed write may have left half a
        # line, of this process or one before.
        with self.path.open("r+b") as file:
            file.seek(self._size)
            file.truncate()
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        self._size += len(line)


def _signed(
    officer: Signer, number: int, now: datetime, who: str, previous: bytes, step: Step
) -> Entry:
    blank = Entry(
        number=number, time=now, who=who, previous=previous, step=step, signature=bytes(64)
    )
    return blank.model_copy(update={"signature": officer.sign(blank.statement())})


def _parsed(line: bytes) -> Entry:
    try:
        entry = Entry.model_validate_json(line)
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"])) or "it"
        raise RecordDamaged(f"no entry of a ceremony: {place} is wrong") from None
    if entry.line()[:-1] != line:
        raise RecordDamaged("edited: it is not written as sscard writes it")
    return entry


def _after(minutes: Minutes | None, entry: Entry, before: list[Entry]) -> Minutes:
    if minutes is None:
        if not isinstance(entry.step, Opened):
            raise RecordDamaged("a record begins with the entry `opened`: the first line is gone")
        _require_signed(entry, entry.step.officer)
    expected = (len(before) + 1, before[-1].hash if before else START)
    if minutes:
        _require_signed(entry, minutes.officer)
    if (entry.number, entry.previous) != expected:
        raise RecordDamaged(
            "it does not follow the line before: a line was taken out, put in or moved"
        )
    if minutes is None and isinstance(entry.step, Opened):
        return entry.step.minutes()
    return _entered(minutes, entry)


def _require_signed(entry: Entry, officer: Person) -> None:
    if entry.who != officer.name or not officer.signed(entry.statement(), entry.signature):
        raise RecordDamaged(f"edited, or not signed with the key of the officer, {officer.name}")


def _entered(minutes: Minutes, entry: Entry) -> Minutes:
    if minutes.closed:
        raise CeremonyError(f"ceremony {minutes.ceremony} is closed")
    entry.step.enter(minutes, entry.previous)
    return minutes


def _whole_lines(content: bytes) -> Iterator[bytes]:
    yield from content.split(b"\n")

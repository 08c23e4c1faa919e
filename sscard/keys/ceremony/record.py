"""The ceremony record: JSON lines that are only ever appended, chained by hashes, each signed.

Each entry has the hash of the line before it and the officer's Ed25519 signature, so that no line
can be changed, moved, put in or taken out without the officer's key.  What hashes cannot see is
that lines are missing *at the end*: the last hash is printed on the sheets, and an entry ``closed``
says that nothing follows.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sscard.durable import replace_file
from sscard.keys.ceremony.entry import Chain, Entry, Step, opening
from sscard.keys.ceremony.errors import CeremonyError, RecordDamaged
from sscard.keys.ceremony.minutes import Minutes
from sscard.keys.ceremony.people import Signer
from sscard.keys.ceremony.steps import Mended, Opened


@dataclass(frozen=True, slots=True)
class Reading:
    """A record that was read and is sound."""

    entries: tuple[Entry, ...]
    chain: Chain
    #: Bytes of whole lines.
    size: int
    #: Bytes behind them, which an interrupted write left.
    torn: int


def read(path: Path) -> Reading:
    """Read and verify a record.  A torn last line is counted and otherwise ignored.

    Raises CeremonyError when there is none; RecordDamaged, naming the line, for one that was
    edited, put in, taken out, moved, or signed with another key; OSError.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise CeremonyError(f"{path.parent}: no ceremony is here (no {path.name})") from None
    whole, _, torn = content.rpartition(b"\n")
    entries: list[Entry] = []
    chain: Chain | None = None
    for number, line in enumerate(whole.split(b"\n"), start=1):
        try:
            entry = Entry.parse(line)
            chain = chain.then(entry) if chain else Chain.begin(entry)
        except CeremonyError as error:
            raise RecordDamaged(f"{path.name}, line {number}: {error}") from None
        entries.append(entry)
    if chain is None:
        raise RecordDamaged(f"{path.name}: it is empty")
    return Reading(tuple(entries), chain, len(whole) + 1, len(torn))


class Record:
    """A record that is open for more entries.  The caller sees to it that nobody else has it."""

    def __init__(self, path: Path) -> None:
        """Raises what ``read`` raises."""
        reading = read(path)
        self.path = path
        self.torn = reading.torn
        self._chain = reading.chain
        self._size = reading.size

    @classmethod
    def begin(cls, path: Path, opened: Opened, officer: Signer, now: datetime) -> Record:
        """A new record.  Raises CeremonyError when there is one, or somebody twice; OSError."""
        if path.exists():
            raise CeremonyError(f"{path}: a ceremony was opened here before")
        first = opening(opened, officer, now)
        Chain.begin(first)
        replace_file(path, first.line + b"\n")
        return cls(path)

    @property
    def minutes(self) -> Minutes:
        """What the ceremony has come to."""
        return self._chain.minutes

    @property
    def head(self) -> bytes:
        """The hash of the last entry."""
        return self._chain.head

    @property
    def count(self) -> int:
        """How many entries there are."""
        return self._chain.count

    def append(self, step: Step, officer: Signer, now: datetime) -> None:
        """Put one more entry on the disk; when the call returns it is there, or nothing is.

        Raises CeremonyError for a step that cannot come here, OSError.
        """
        entry = self._chain.next(step, officer, now)
        chain = self._chain.then(entry)
        self._write(entry.line + b"\n")
        self._chain, self.torn = chain, 0

    def mend(self, officer: Signer, now: datetime) -> int:
        """Cut what an interrupted write left and say so in the record; how many bytes it was."""
        torn = self.torn
        if torn:
            self.append(Mended(bytes_cut=torn), officer, now)
        return torn

    def _write(self, line: bytes) -> None:
        # At the end of the whole lines, not of the file: a write that failed, of this process or
        # of one before, may have left half a line.
        with self.path.open("r+b") as file:
            file.seek(self._size)
            file.truncate()
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        self._size += len(line)

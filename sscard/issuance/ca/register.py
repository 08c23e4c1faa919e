"""What a CA has certified: one line for each key of a card, so that no card has two by accident.

A line is on the disk before its answer is given.  There are no names in it: a card is its
identification code (卡识别码), a key its fingerprint.  Any number of processes may use one file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock, Timeout

from sscard.errors import KeyStoreError
from sscard.issuance.ca.authority import RequestRefused

_LONGEST_WAIT = 10  # seconds for whoever else is writing a line


class AnotherKey(RequestRefused):
    """The card has an answer for another key, and nobody said that it gets one for this, too."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line.  ``again``: the card had an answer for another key before, and somebody said so."""

    card_id: str
    #: First 16 digits of the SHA-256 of the signature public key; empty in a word that the card may
    #: have another one.
    key: str
    #: Serial of the signature certificate; empty where nothing was answered.
    serial: str
    again: bool
    at: str

    @property
    def answered(self) -> bool:
        """Whether the key was certified."""
        return bool(self.serial)

    @property
    def refused(self) -> bool:
        """Whether there was no answer, because the card had one for another key."""
        return bool(self.key) and not self.serial

    @property
    def allowed(self) -> bool:
        """Whether it says that the card may have another key."""
        return not self.key


class Register:
    """The file at ``path``, which begins with the first answer.  ``clock`` gives aware times."""

    def __init__(self, path: Path, clock: Callable[[], datetime]) -> None:
        self.path = path
        self._clock = clock
        self._end = 0
        self._entries: list[Entry] = []
        self._by_card: dict[str, list[Entry]] = {}

    def entries(self) -> tuple[Entry, ...]:
        """All lines.  Raises KeyStoreError naming file and line."""
        if self.path.exists():
            with self._locked() as file:
                self._read(file)
        return tuple(self._entries)

    def enter(self, card_id: str, key: str, serial: str, *, again: bool) -> None:
        """Note an answer; one that is noted already changes nothing.

        Raises AnotherKey where the card has an answer for another key and nobody said ``again``;
        that is noted, too.  Raises KeyStoreError for a register that is damaged or cannot be
        written: there is no answer then.
        """
        with self._locked() as file:
            self._read(file)
            known = self._by_card.get(card_id, [])
            if any((each.key, each.serial) == (key, serial) for each in known):
                return
            keys = {each.key for each in known if each.answered}
            another = bool(keys) and key not in keys
            if another and not again and not _allowed(known):
                self._refuse(file, card_id, key)
            self._append(file, card_id, key, serial, again=another)

    def allow(self, card_id: str) -> bool:
        """Let the card have one more key; False where that is so already, or it has none yet.

        Raises KeyStoreError.
        """
        with self._locked() as file:
            self._read(file)
            known = self._by_card.get(card_id, [])
            if _allowed(known) or not any(each.answered for each in known):
                return False
            self._append(file, card_id, "", "", again=True)
            return True

    def _refuse(self, file: BinaryIO, card_id: str, key: str) -> None:
        known = self._by_card[card_id]
        if not any(each.refused and each.key == key for each in known):
            self._append(file, card_id, key, "", again=False)
        raise AnotherKey(
            f"card {card_id}: the CA has answered for another key of this card; where it was made "
            "anew on purpose: sscard ca again"
        )

    def _append(self, file: BinaryIO, card_id: str, key: str, serial: str, *, again: bool) -> None:
        entry = Entry(card_id, key, serial, again, self._clock().isoformat(timespec="seconds"))
        line = json.dumps(asdict(entry)).encode("ascii") + b"\n"
        file.seek(self._end)
        file.truncate()  # what a power cut left of a line that nobody was told of
        file.write(line)
        file.flush()
        os.fsync(file.fileno())
        self._take(entry, len(line))

    def _read(self, file: BinaryIO) -> None:
        """The lines that others have added."""
        if file.seek(0, os.SEEK_END) < self._end:
            raise KeyStoreError(f"{self.path}: the CA's register has become shorter")
        file.seek(self._end)
        for line in file:
            if not line.endswith(b"\n"):
                return
            self._take(self._parsed(line), len(line))

    def _parsed(self, line: bytes) -> Entry:
        try:
            found = Entry(**json.loads(line))
            if all(isinstance(each, str) for each in (found.card_id, found.key, found.serial)):
                return found
        except (TypeError, ValueError, RecursionError):
            pass
        where = len(self._entries) + 1
        raise KeyStoreError(f"{self.path}: line {where} of the CA's register is damaged")

    def _take(self, entry: Entry, size: int) -> None:
        self._end += size
        self._entries.append(entry)
        self._by_card.setdefault(entry.card_id, []).append(entry)

    @contextmanager
    def _locked(self) -> Iterator[BinaryIO]:
        try:
            with FileLock(f"{self.path}.lock", timeout=_LONGEST_WAIT), _opened(self.path) as file:
                yield file
        except Timeout:
            raise KeyStoreError(f"{self.path}: another program is writing it") from None
        except OSError as error:
            raise KeyStoreError(f"{self.path}: {error.strerror}") from None


def _allowed(known: Sequence[Entry]) -> bool:
    """Whether somebody said so since the last answer."""
    last = next((each for each in reversed(known) if each.answered or each.allowed), None)
    return last is not None and last.allowed


def _opened(path: Path) -> BinaryIO:
    """Readable by its owner only: it says which cards there are."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, 0o600), "r+b")

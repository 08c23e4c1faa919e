"""What a run has found so far, in a file, so that an interrupted one goes on with the next case.

One JSON object a line.  The first binds the journal to one card, profile and set of cases by
hashes; then ``begun`` before a case, ``case`` with its result behind it, masked as in the report,
and ``refused`` for a key or PIN that must not be tried again.  Each line is on the disk before the
next command goes to the card.  A last line without its end is left out when it is read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import typer
from filelock import FileLock, Timeout

from sscard.conformance.report.document import case_document, case_of
from sscard.conformance.report.told import CaseTold
from sscard.durable import sync_directory
from sscard.errors import MalformedData

_FORMAT = "sscard-conformance-journal"
_VERSION = 1
_HINT = "--resume"


@dataclass(slots=True)
class Kept:
    """What a journal says: cases that are done, one that was begun, what is not tried again."""

    done: dict[str, CaseTold] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    begun: str = ""

    def read(self, said: Mapping[str, Any]) -> None:
        """One line.  Raises MalformedData."""
        if "case" in said:
            case = case_of(said["case"])
            self.done[case.id] = case
            self.begun = ""
        elif "begun" in said:
            self.begun = str(said["begun"])
        elif isinstance(refused := said.get("refused"), dict):
            self.refused.update({name: str(first) for name, first in refused.items()})
        else:
            raise MalformedData("no line of a journal")


class Journal:
    """Get one from ``journal``.  ``kept`` is what it held when it was opened."""

    def __init__(self, file: BinaryIO, kept: Kept) -> None:
        self._file = file
        self.kept = kept

    def begin(self, case_id: str) -> None:
        """A case begins.  Raises OSError."""
        self._write({"begun": case_id})

    def add(self, case: CaseTold) -> None:
        """A case is done.  Raises OSError."""
        self._write({"case": case_document(case)})

    def refuse(self, refused: Mapping[str, str]) -> None:
        """Keys that are not tried again, with the case that found them out.  Raises OSError."""
        self._write({"refused": dict(refused)})

    def _write(self, said: Mapping[str, Any]) -> None:
        self._file.write(_line(said))
        self._file.flush()
        os.fsync(self._file.fileno())


def _line(said: Mapping[str, Any]) -> bytes:
    return json.dumps(said, ensure_ascii=False).encode() + b"\n"


@contextmanager
def journal(path: Path, binding: Mapping[str, str]) -> Iterator[Journal]:
    """The journal at ``path``: a new one, or one that this run goes on with.

    Raises BadParameter for one of another card, profile or set of cases, and for one in use;
    MalformedData, OSError.
    """
    lock = FileLock(f"{path}.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        said = f"{path}: 正在使用 another run uses this journal"
        raise typer.BadParameter(said, param_hint=_HINT) from None
    try:
        with _opened(path) as file:
            kept = _begin(file, path, binding)
            yield Journal(file, kept)
    finally:
        lock.release()


def _opened(path: Path) -> BinaryIO:
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, 0o600), "r+b")


def _begin(file: BinaryIO, path: Path, binding: Mapping[str, str]) -> Kept:
    """Read what is there and stand behind its last whole line; an empty file becomes a journal.

    Nothing is written to a file that is no journal of this run.
    """
    whole = file.read()
    heading, kept = {_FORMAT: _VERSION, **binding}, Kept()
    if _line(heading).startswith(whole):  # a new file, or one whose first line was torn
        file.seek(0)
        Journal(file, kept)._write(heading)
        sync_directory(path.resolve().parent)
        return kept
    lines = whole[: whole.rfind(b"\n") + 1]
    first, *others = (lines or whole).splitlines()
    _require(_read(first, path, 1), heading, path)
    for number, line in enumerate(others, start=2):
        _take(kept, line, path, number)
    file.seek(len(lines))
    file.truncate()
    return kept


def _take(kept: Kept, line: bytes, path: Path, number: int) -> None:
    said = _read(line, path, number)
    try:
        kept.read(said)
    except MalformedData as error:
        raise MalformedData(f"{path}, line {number}: {error}") from None


def _require(found: Mapping[str, Any], wanted: Mapping[str, Any], path: Path) -> None:
    if _FORMAT not in found:
        raise MalformedData(f"{path}: 不是检测日志 no journal of a conformance run")
    other = [name for name, value in wanted.items() if found.get(name) != value]
    if other:
        said = f"{path}: 属于另一次检测 is the journal of another run: {', '.join(other)} differs"
        raise typer.BadParameter(said, param_hint=_HINT)


def _read(line: bytes, path: Path, number: int) -> Mapping[str, Any]:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise MalformedData(f"{path}, line {number}: {error}") from None
    if not isinstance(found, dict):
        raise MalformedData(f"{path}, line {number}: no object")
    return found

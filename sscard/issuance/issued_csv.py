"""``issued.csv``: one line a card for the office, on the disk before the ledger says ISSUED.

UTF-8 with BOM, which Excel needs to recognize it.  It holds names: readable by its owner only.
Nobody else writes it: a file in any other form is refused and left alone.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from sscard.durable import replace_file, sync_directory
from sscard.errors import LedgerError
from sscard.issuance.spreadsheet import BOM, inert

COLUMNS = (
    "card_number",
    "name",
    "id_number",
    "card_id_code",
    "atr",
    "bank_number",
    "issued_at",
)
#: What stands for the card number of a line that was torn before its end.
TORN = "torn line"

_ID = COLUMNS.index("id_number")
_LINE_END = b"\r\n"
#: Bytes that a line of ours stays below, whatever the name.
_LONGEST = 4096
_CARD_NUMBER = re.compile(r"[0-9A-Z]{9}")


@dataclass(frozen=True, slots=True)
class IssuedLine:
    """What the office is told about one issued card."""

    card_number: str
    name: str = field(repr=False)
    id_number: str = field(repr=False)
    card_id_code: bytes
    atr: bytes
    bank_number: str = field(repr=False)
    issued_at: datetime

    def cells(self) -> tuple[str, ...]:
        """The line in the order of ``COLUMNS``; bytes as capital hex digits, time as ISO 8601."""
        return (
            self.card_number,
            inert(self.name),
            self.id_number,
            self.card_id_code.hex().upper(),
            self.atr.hex().upper(),
            self.bank_number,
            self.issued_at.isoformat(timespec="seconds"),
        )


@dataclass(frozen=True, slots=True)
class Listing:
    """The file as it stands.  ``whole``: it ends where a line ends, or is not there at all."""

    lines: tuple[tuple[str, ...], ...] = field(repr=False)
    whole: bool

    @property
    def numbers(self) -> frozenset[str]:
        """The card numbers in it, also that of a torn line which still has it."""
        return frozenset(cells[0] for cells in self.lines) - {TORN}

    @property
    def complete(self) -> tuple[tuple[str, ...], ...]:
        """The lines with all columns."""
        return tuple(cells for cells in self.lines if len(cells) == len(COLUMNS))


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What ``IssueFolder.reconcile`` found.

    ``kept``: lines that stand.  ``dropped``: card numbers of lines that went, because the card was
    not issued after all, the line was torn, or a later one of the card stands.  ``missing`` and
    ``images_missing``: issued cards without line or image, which only somebody else explains.
    """

    kept: int
    dropped: tuple[str, ...]
    missing: tuple[str, ...]
    images_missing: tuple[str, ...]


def append(path: Path, line: IssuedLine) -> None:
    """Add a line; on return it is on the disk.  Raises OSError naming the file."""
    try:
        _append(path, _encoded(line.cells()))
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


def read(path: Path) -> Listing:
    """What is in the file; only its last line may be torn, as a crash leaves it.

    Raises OSError, and LedgerError for anything that ``append`` does not write, such as what a
    spreadsheet makes of the file.
    """
    raw = path.read_bytes() if path.exists() else _head()
    if _head().startswith(raw):
        return Listing((), whole=raw == _head())
    if not raw.startswith(_head()):
        raise _foreign(path, 1)
    body, end, tail = raw.removeprefix(_head()).rpartition(_LINE_END)
    lines = tuple(_lines(path, body + end))
    torn = (_torn(path, tail, len(lines) + 2),) if tail else ()
    return Listing(lines + torn, whole=not tail)


def tidy(path: Path, listing: Listing, issued: Collection[str]) -> tuple[str, ...]:
    """Make the file name the ``issued`` cards only, each by its last line.

    Returns the card numbers of the lines that went, ``TORN`` for one without.  The file is
    replaced in one step, and only when something has to change.  Raises OSError.
    """
    kept = {cells[0]: cells for cells in listing.complete if cells[0] in issued}
    dropped = [cells[0] for cells in listing.lines if kept.get(cells[0]) is not cells]
    if dropped or not listing.whole:
        replace_file(path, _head() + b"".join(map(_encoded, kept.values())))
    return tuple(dropped)


def _append(path: Path, line: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "ab") as file:
        new = file.seek(0, os.SEEK_END) == 0
        file.write((_head() if new else b"") + line)
        file.flush()
        os.fsync(file.fileno())
    if new:
        sync_directory(path.parent)


def require_one_person_each(path: Path, listing: Listing) -> None:
    """LedgerError when two people stand under one card number: no crash leaves that."""
    holders: dict[str, str] = {}
    for number, cells in enumerate(listing.complete, start=2):
        if holders.setdefault(cells[0], cells[_ID]) != cells[_ID]:
            raise _foreign(path, number)


def _lines(path: Path, body: bytes) -> Iterator[tuple[str, ...]]:
    """Lines that end, each in our form; the header is line 1."""
    for number, line in enumerate(body.split(_LINE_END)[:-1], start=2):
        cells = _cells(line, "strict")
        if len(cells) != len(COLUMNS) or not _CARD_NUMBER.fullmatch(cells[0]):
            raise _foreign(path, number)
        yield cells


def _torn(path: Path, tail: bytes, number: int) -> tuple[str, ...]:
    """A last line that does not end; only its card number has to be right, if it got that far."""
    if len(tail) > _LONGEST:
        raise _foreign(path, number)
    cells = _cells(tail.rstrip(b"\r"), "replace")
    return cells if len(cells) > 1 and _CARD_NUMBER.fullmatch(cells[0]) else (TORN,)


def _cells(line: bytes, errors: Literal["strict", "replace"]) -> tuple[str, ...]:
    """The fields of a line, the last perhaps torn with "replace"; none when it cannot be read."""
    try:
        text = line.decode(errors=errors)
        return tuple(next(csv.reader([text], strict=errors == "strict"), ()))
    except (UnicodeDecodeError, csv.Error):
        return ()


def _foreign(path: Path, line: int) -> LedgerError:
    return LedgerError(
        f"{path}: line {line} is not as sscard wrote it; was it saved by another program?  "
        "Nothing was changed: put the file back as it was, and give the office a copy"
    )


def _head() -> bytes:
    return BOM + _encoded(COLUMNS)


def _encoded(cells: Sequence[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()

"""``issued.csv``: one line a card for the office, on the disk before the ledger says ISSUED.

UTF-8 with BOM, which Excel needs to recognize it.  It holds names: readable by its owner only.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sscard.errors import LedgerError
from sscard.issuance.files import replace_file, sync_directory
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
class Reconciliation:
    """What ``reconcile`` found.

    ``dropped``: what stood in place of a card number on lines that went, because the card was not
    issued after all or the line was torn.  ``missing``: issued cards without a line, which only a
    file changed by somebody else explains.
    """

    kept: int
    dropped: tuple[str, ...]
    missing: tuple[str, ...]


def append(path: Path, line: IssuedLine) -> None:
    """Add a line; on return it is on the disk.  Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "ab") as file:
        new = file.seek(0, os.SEEK_END) == 0
        file.write((_head() if new else b"") + _encoded(line.cells()))
        file.flush()
        os.fsync(file.fileno())
    if new:
        sync_directory(path.parent)


def reconcile(path: Path, issued: Collection[str]) -> Reconciliation:
    """Make the file agree with the ledger, whose ``issued`` card numbers these are.

    The last line of a card number stands; lines of cards not issued and torn lines go.  The file
    is replaced in one step, and only when something has to change.  Raises OSError, and
    LedgerError when the file is no CSV any more.
    """
    lines = list(_lines(path))
    last = {cells[0]: cells for cells in lines}
    kept = [cells for cells in last.values() if _stands(cells, issued)]
    if kept != lines or not _is_whole(path):
        replace_file(path, _head() + b"".join(map(_encoded, kept)))
    numbers = {cells[0] for cells in kept}
    dropped = tuple(number for number in last if number not in numbers)
    return Reconciliation(len(kept), dropped, tuple(sorted(set(issued) - numbers)))


def _stands(cells: Sequence[str], issued: Collection[str]) -> bool:
    return len(cells) == len(COLUMNS) and cells[0] in issued


def _lines(path: Path) -> Iterator[list[str]]:
    if not path.exists():
        return
    # A torn line may end inside a character.
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        try:
            yield from (cells for cells in csv.reader(file) if cells and cells[0] != COLUMNS[0])
        except csv.Error as error:
            raise LedgerError(f"{path} is damaged: {error}") from error


def _is_whole(path: Path) -> bool:
    """Whether the file begins with BOM and header and ends a line, or is not there at all."""
    if not path.exists():
        return True
    with path.open("rb") as file:
        if file.read(len(_head())) != _head():
            return False
        file.seek(-2, os.SEEK_END)
        return file.read() == b"\r\n"


def _head() -> bytes:
    return BOM + _encoded(COLUMNS)


def _encoded(cells: Sequence[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()

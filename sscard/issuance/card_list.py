"""Lists of one line a card that a run writes as it goes: on the disk before the ledger says so.

UTF-8 with BOM, which Excel needs to recognize it; readable by its owner only.  Nobody else writes
them: a file in any other form is refused and left alone.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sscard.durable import replace_file, sync_directory
from sscard.errors import LedgerError
from sscard.issuance.spreadsheet import BOM

#: What stands for the card number of a line that was torn before its end.
TORN = "torn line"

_LINE_END = b"\r\n"
#: Bytes that a line of ours stays below, whatever the name.
_LONGEST = 4096
_CARD_NUMBER = re.compile(r"[0-9A-Z]{9}")


@dataclass(frozen=True, slots=True)
class Listing:
    """The file as it stands.

    ``whole``: it is in the present form and ends where a line ends, or is not there at all.
    """

    lines: tuple[tuple[str, ...], ...] = field(repr=False)
    whole: bool
    columns: int

    @property
    def numbers(self) -> frozenset[str]:
        """The card numbers in it, also that of a torn line which still has it."""
        return frozenset(cells[0] for cells in self.lines) - {TORN}

    @property
    def complete(self) -> tuple[tuple[str, ...], ...]:
        """The lines with all columns."""
        return tuple(cells for cells in self.lines if len(cells) == self.columns)


@dataclass(frozen=True, slots=True)
class CardList:
    """Such a file's ``columns``, the card number first, and the forms that it had before.

    Lines in a former form get empty cells behind, and the file the present one.
    """

    columns: tuple[str, ...]
    former: tuple[tuple[str, ...], ...] = ()

    def append(self, path: Path, cells: Sequence[str]) -> None:
        """Add a line; on return it is on the disk.  Raises OSError naming the file."""
        try:
            self._append(path, _encoded(cells))
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(path)) from None

    def read(self, path: Path) -> Listing:
        """What is in the file; only its last line may be torn, as a crash leaves it.

        Raises OSError, and LedgerError for anything that ``append`` does not write, such as what a
        spreadsheet makes of the file.
        """
        size, head = len(self.columns), _head(self.columns)
        raw = path.read_bytes() if path.exists() else head
        forms = (self.columns, *self.former)
        if any(_head(form).startswith(raw) for form in forms):
            return Listing((), whole=raw == head, columns=size)
        form = next((form for form in forms if raw.startswith(_head(form))), None)
        if form is None:
            raise foreign(path, 1)
        body, end, tail = raw.removeprefix(_head(form)).rpartition(_LINE_END)
        lines = tuple(_lines(path, body + end, form))
        torn = (_torn(path, tail, len(lines) + 2),) if tail else ()
        grown = tuple(_grown(cells, form, size) for cells in lines + torn)
        return Listing(grown, whole=not tail and form == self.columns, columns=size)

    def tidy(self, path: Path, listing: Listing, right: Collection[str]) -> tuple[str, ...]:
        """Make the file name the ``right`` cards only, each by its last line.

        Returns the card numbers of the lines that went, ``TORN`` for one without.  The file is
        replaced in one step, and only when something has to change.  Raises OSError.
        """
        kept = {cells[0]: cells for cells in listing.complete if cells[0] in right}
        dropped = [cells[0] for cells in listing.lines if kept.get(cells[0]) is not cells]
        if dropped or not listing.whole:
            replace_file(path, _head(self.columns) + b"".join(map(_encoded, kept.values())))
        return tuple(dropped)

    def _append(self, path: Path, line: bytes) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            new = file.seek(0, os.SEEK_END) == 0
            file.write((_head(self.columns) if new else b"") + line)
            file.flush()
            os.fsync(file.fileno())
        if new:
            sync_directory(path.parent)


def foreign(path: Path, line: int) -> LedgerError:
    """The error for a file that another program has written."""
    return LedgerError(
        f"{path}: line {line} is not as sscard wrote it; was it saved by another program?  "
        "Nothing was changed: put the file back as it was, and give the office a copy"
    )


def _lines(path: Path, body: bytes, form: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Lines that end, each with the columns of ``form``; the header is line 1."""
    for number, line in enumerate(body.split(_LINE_END)[:-1], start=2):
        cells = _cells(line, "strict")
        if len(cells) != len(form) or not _CARD_NUMBER.fullmatch(cells[0]):
            raise foreign(path, number)
        yield cells


def _grown(cells: tuple[str, ...], form: Sequence[str], size: int) -> tuple[str, ...]:
    """A whole line of ``form`` in the present form; a torn one stays as it is."""
    return cells + ("",) * (size - len(form)) if len(cells) == len(form) else cells


def _torn(path: Path, tail: bytes, number: int) -> tuple[str, ...]:
    """A last line that does not end; only its card number has to be right, if it got that far."""
    if len(tail) > _LONGEST:
        raise foreign(path, number)
    cells = _cells(tail.rstrip(b"\r"), "replace")
    return cells if len(cells) > 1 and _CARD_NUMBER.fullmatch(cells[0]) else (TORN,)


def _cells(line: bytes, errors: Literal["strict", "replace"]) -> tuple[str, ...]:
    """The fields of a line, the last perhaps torn with "replace"; none when it cannot be read."""
    try:
        text = line.decode(errors=errors)
        return tuple(next(csv.reader([text], strict=errors == "strict"), ()))
    except (UnicodeDecodeError, csv.Error):
        return ()


def _head(form: Sequence[str]) -> bytes:
    return BOM + _encoded(form)


def _encoded(cells: Sequence[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()

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
    "profile",
    "profile_sha256",
    "supplement_sha256",
)
#: The forms it has had.  Lines in the first one get empty cells behind, and the file the new form.
_FORMS = (COLUMNS, COLUMNS[:7])
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
    #: Name and SHA-256 of all layers together; the supplement's own, None without one.
    profile: tuple[str, bytes]
    supplement_sha256: bytes | None = None

    def cells(self) -> tuple[str, ...]:
        """The line in the order of ``COLUMNS``; time as ISO 8601.

        Bytes are capital hex digits, hashes small ones, as other programs write them.
        """
        return (
            self.card_number,
            inert(self.name),
            self.id_number,
            self.card_id_code.hex().upper(),
            self.atr.hex().upper(),
            self.bank_number,
            self.issued_at.isoformat(timespec="seconds"),
            inert(self.profile[0]),
            self.profile[1].hex(),
            self.supplement_sha256.hex() if self.supplement_sha256 else "",
        )


@dataclass(frozen=True, slots=True)
class Listing:
    """The file as it stands.

    ``whole``: it is in the present form and ends where a line ends, or is not there at all.
    """

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
    if any(_head(form).startswith(raw) for form in _FORMS):
        return Listing((), whole=raw == _head())
    form = next((form for form in _FORMS if raw.startswith(_head(form))), None)
    if form is None:
        raise _foreign(path, 1)
    body, end, tail = raw.removeprefix(_head(form)).rpartition(_LINE_END)
    lines = tuple(_lines(path, body + end, form))
    torn = (_grown(_torn(path, tail, len(lines) + 2), form),) if tail else ()
    return Listing(lines + torn, whole=not tail and form == COLUMNS)


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


def _lines(path: Path, body: bytes, form: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Lines that end, each with the columns of ``form``; the header is line 1."""
    for number, line in enumerate(body.split(_LINE_END)[:-1], start=2):
        cells = _cells(line, "strict")
        if len(cells) != len(form) or not _CARD_NUMBER.fullmatch(cells[0]):
            raise _foreign(path, number)
        yield _grown(cells, form)


def _grown(cells: tuple[str, ...], form: Sequence[str]) -> tuple[str, ...]:
    """A whole line of ``form`` in the present form; a torn one stays as it is."""
    return cells + ("",) * (len(COLUMNS) - len(form)) if len(cells) == len(form) else cells


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


def _head(form: Sequence[str] = COLUMNS) -> bytes:
    return BOM + _encoded(form)


def _encoded(cells: Sequence[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()

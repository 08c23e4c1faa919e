"""The encoder's file: one line a card with its tracks; written for one batch, then destroyed.

Nothing in it may outlive the batch (issuance 3 [S], flow A step 3): ``purge_stripes`` overwrites it
and leaves a record that proves it, in the chain of the bank's own data-preparation files.  Beside
that record the batch is not written again.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sscard.durable import new_file
from sscard.errors import ApplicantError, MalformedData
from sscard.issuance.bank_data.purge import Purge, purge_file, require_kind_not_purged
from sscard.issuance.csv_table import Table, parse_table
from sscard.issuance.face.error import FaceError
from sscard.issuance.face.stripe.tracks import Tracks
from sscard.issuance.numbering import require_card_number
from sscard.keys import BankStore, KeyReference

COLUMNS = ("batch", "card_number", "track1", "track2", "track3", "cvv2")
#: What the record of a purge calls such a file.
KIND = "stripe"
#: The key that the bank's data-preparation files have their MACs under; the version is the store's.
MAC_KEY = KeyReference("TK-MAC", 1)
#: No cell begins a formula, and no record of a purge has more than a word.
_BATCH = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,31}")


@dataclass(frozen=True, slots=True)
class StripeLine:
    """One card.  ``cvv2`` is printed beside the signature, where the bank gives one."""

    card_number: str
    tracks: Tracks = field(repr=False)
    cvv2: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        require_card_number(self.card_number)
        if self.cvv2 and not (self.cvv2.isascii() and self.cvv2.isdigit() and len(self.cvv2) == 3):
            raise ValueError("a CVV2 has 3 digits")

    def cells(self) -> tuple[str, ...]:
        """The line in the order of ``COLUMNS`` behind the batch; no cell can begin a formula."""
        return (self.card_number, *self.tracks.texts(), self.cvv2)


def require_writable(batch: str, purged: Path) -> None:
    """FaceError for what is no batch number; LedgerError when a record in the folder ``purged``
    says that the stripes of this batch were destroyed.
    """
    if not _BATCH.fullmatch(batch):
        raise FaceError("batch", "批次号 has 1 to 32 letters, digits, points, dashes")
    require_kind_not_purged(purged, KIND, batch)


def write_stripes(path: Path, batch: str, lines: Iterable[StripeLine], *, purged: Path) -> int:
    """Write the file in one step, readable by its owner only; returns how many cards it has.

    ``purged`` is the folder of purge records.  Raises FaceError when two lines are of one card or
    of one account, and for a file that is there and is not one of this batch: that would be gone
    without a proof.  Raises as ``require_writable`` does; OSError.
    """
    require_writable(batch, purged)
    _require_replaceable(path, batch)
    numbers: set[str] = set()
    count = 0
    with new_file(path) as stream:
        text = io.TextIOWrapper(stream, "ascii", newline="", write_through=True)
        writer = csv.writer(text)
        writer.writerow(COLUMNS)
        for count, line in enumerate(lines, start=1):
            for number in (line.card_number, line.tracks.track2.number):
                if number in numbers:
                    raise FaceError(f"card {count}", "has the number or the account of another one")
                numbers.add(number)
            writer.writerow((batch, *line.cells()))
        text.detach()
    return count


def purge_stripes(
    path: Path,
    folder: Path,
    batch: str,
    *,
    store: BankStore,
    random: Callable[[int], bytes],
    now: datetime,
    mac_key: KeyReference = MAC_KEY,
) -> Purge:
    """Destroy the encoder's file of ``batch``; ``folder`` keeps the record.

    The record has the number of cards, the file's hash, a MAC that the bank can check, and the
    hash of the record before it; ``bank_data.purge`` verifies and resumes it.  Raises MalformedData
    for a file that is no such list or of another batch, which is left alone; OSError, LedgerError,
    KeyStoreError.
    """
    table = parse_table(path.read_bytes(), path.name)
    _require_of(table, path, batch)
    said = {
        "kind": KIND,
        "batch": batch,
        "records": len(table.rows),
        "purged_fields": list(COLUMNS[2:]),
        "mac_key": [*mac_key],
    }
    return purge_file(path, folder, said, store=store, random=random, now=now)


def _require_replaceable(path: Path, batch: str) -> None:
    if not path.exists():
        return
    try:
        _require_of(parse_table(path.read_bytes(), path.name), path, batch)
    except (MalformedData, ApplicantError):
        what = "已有其他文件 is there already, and holds no stripes of this batch"
        raise FaceError(str(path), what) from None


def _require_of(table: Table, path: Path, batch: str) -> None:
    if table.header != COLUMNS:
        raise MalformedData(f"{path}: is no file for an encoder of stripes")
    if any(row.fields[0] != batch for row in table.rows):
        raise MalformedData(f"{path}: 批次不符 is of another batch than {batch}")

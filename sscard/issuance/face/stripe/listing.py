"""The encoder's file: one line a card with its tracks; written for one batch, then destroyed.

Nothing in it may outlive the batch (issuance 3 [S], flow A step 3): ``purge_stripes`` overwrites it
and leaves a record that proves it, in the chain of the bank's own data-preparation files.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sscard.durable import new_file
from sscard.errors import MalformedData
from sscard.issuance.bank_data.purge import Purge, purge_file
from sscard.issuance.csv_table import parse_table
from sscard.issuance.face.error import FaceError
from sscard.issuance.face.stripe.tracks import Tracks
from sscard.issuance.numbering import require_card_number
from sscard.keys import BankStore, KeyReference

COLUMNS = ("card_number", "track1", "track2", "track3", "cvn2")
#: What the record of a purge calls such a file.
KIND = "stripe"
#: The key that the bank's data-preparation files have their MACs under; the version is the store's.
MAC_KEY = KeyReference("TK-MAC", 1)


@dataclass(frozen=True, slots=True)
class StripeLine:
    """One card.  ``cvn2`` is printed beside the signature, where the bank gives one."""

    card_number: str
    tracks: Tracks = field(repr=False)
    cvn2: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        require_card_number(self.card_number)
        if self.cvn2 and not (self.cvn2.isascii() and self.cvn2.isdigit() and len(self.cvn2) == 3):
            raise ValueError("a CVN2 has 3 digits")

    def cells(self) -> tuple[str, ...]:
        """The line in the order of ``COLUMNS``; no cell can begin a formula."""
        return (self.card_number, *self.tracks.texts(), self.cvn2)


def write_stripes(path: Path, lines: Iterable[StripeLine]) -> int:
    """Write the file in one step, readable by its owner only; returns how many cards it has.

    Raises FaceError when two lines are of one card or of one account, and OSError.
    """
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
            writer.writerow(line.cells())
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
    for a file that is no such list, which is left alone; OSError, LedgerError, KeyStoreError.
    """
    table = parse_table(path.read_bytes(), path.name)
    if table.header != COLUMNS:
        raise MalformedData(f"{path}: is no file for an encoder of stripes")
    said = {
        "kind": KIND,
        "batch": batch,
        "records": len(table.rows),
        "purged_fields": list(COLUMNS[1:]),
        "mac_key": [*mac_key],
    }
    return purge_file(path, folder, said, store=store, random=random, now=now)

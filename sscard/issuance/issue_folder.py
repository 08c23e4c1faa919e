"""The directory of ``--out``: one run at a time, and what each of its files is called.

The order that loses nothing: pending image saved → ledger SSSE_DONE → audited image saved →
line in issued.csv → ledger ISSUED → pending image removed.  ``finish`` does the last three, and
``reconcile`` at the start of the next run tidies up behind a crash between any two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

from filelock import BaseFileLock, FileLock, Timeout

from sscard.errors import LedgerError
from sscard.issuance import issued_csv
from sscard.issuance.files import sync_directory
from sscard.issuance.issued_csv import IssuedLine, Reconciliation
from sscard.issuance.ledger import Facts, Ledger
from sscard.issuance.numbering import require_card_number
from sscard.issuance.states import CardState

#: An image, waiting or not; ``.part`` is one that was being saved when the run was cut off.
_IMAGE = re.compile(r"(?P<number>[0-9A-Z]{9})\.card(?P<waiting>\.half)?(?P<draft>\.part)?")


@dataclass(frozen=True, slots=True)
class IssueFolder:
    """Paths of a directory that this run has locked.  File names hold card numbers only."""

    path: Path

    @property
    def ledger(self) -> Path:
        """The ledger, an SQLite file."""
        return self.path / "ledger.sqlite"

    @property
    def issued(self) -> Path:
        """The list of issued cards."""
        return self.path / "issued.csv"

    @property
    def rejects(self) -> Path:
        """The list of records that go back."""
        return self.path / "rejects.csv"

    @property
    def report(self) -> Path:
        """The report of the last run."""
        return self.path / "report.html"

    @property
    def _cards(self) -> Path:
        return self.path / "cards"

    def image(self, card_number: str) -> Path:
        """Where the image of an audited card belongs.  ValueError for an unsafe number."""
        return self._cards / f"{require_card_number(card_number)}.card"

    def pending_image(self, card_number: str) -> Path:
        """Where the image of an SSSE_DONE card waits for the bank station."""
        return self._cards / f"{require_card_number(card_number)}.card.half"

    def finish(self, ledger: Ledger, line: IssuedLine, **facts: Unpack[Facts]) -> None:
        """The card is audited and its image saved: tell the office, then the ledger.

        Raises OSError or LedgerError.
        """
        sync_directory(self._cards)
        issued_csv.append(self.issued, line)
        ledger.advance(line.card_number, CardState.ISSUED, line.issued_at, station="audit", **facts)
        self.pending_image(line.card_number).unlink(missing_ok=True)

    def reconcile(self, ledger: Ledger) -> Reconciliation:
        """Make issued.csv and the images agree with the ledger, before the first card of a run.

        Raises OSError, and LedgerError when issued.csv or the ledger cannot be read.
        """
        states = ledger.states()
        issued = {number for number, state in states.items() if state is CardState.ISSUED}
        found = issued_csv.reconcile(self.issued, issued)
        drafts = [*self.path.glob(".*.new"), *self._cards.glob(".*.new")]
        images = [each for each in self._cards.iterdir() if _is_stale(each.name, states)]
        for leftover in drafts + images:
            leftover.unlink()
        return found


@contextmanager
def open_folder(path: Path) -> Iterator[IssueFolder]:
    """The directory, made if need be, for this run alone until the block ends.

    Raises LedgerError when another run has it or it cannot be made.
    """
    lock = _locked(path)
    try:
        yield IssueFolder(path)
    finally:
        lock.release()


def _locked(path: Path) -> BaseFileLock:
    lock = FileLock(path / ".lock", blocking=False)
    try:
        (path / "cards").mkdir(mode=0o700, parents=True, exist_ok=True)
        sync_directory(path)
        lock.acquire()
    except Timeout:
        raise LedgerError(f"{path}: another run is issuing to this directory") from None
    except OSError as error:
        raise LedgerError(f"{path} cannot be issued to: {error.strerror}") from error
    return lock


def _is_stale(name: str, states: Mapping[str, CardState]) -> bool:
    """Whether a file is an image of ours that its card's state does not call for."""
    match = _IMAGE.fullmatch(name)
    if match is None or match["number"] not in states:
        return False
    due = CardState.SSSE_DONE if match["waiting"] else CardState.ISSUED
    return bool(match["draft"]) or states[match["number"]] is not due

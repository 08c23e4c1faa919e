"""The directory of ``--out``: one run at a time, and what each of its files is called.

The order that loses nothing: pending image saved → ledger SSSE_DONE → audited image saved →
line in certificates.csv, for a card with certificates → line in issued.csv → ledger ISSUED →
pending image removed.  ``finish`` does all behind the image, and ``reconcile`` at the start of the
next run tidies up behind a crash between any two.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Unpack

from filelock import BaseFileLock, FileLock, Timeout

from sscard.durable import DRAFT, sync_directory
from sscard.errors import LedgerError
from sscard.issuance import certificates_csv, issued_csv
from sscard.issuance.card_certificates import CardCertificates
from sscard.issuance.card_images import Images, Kind, place
from sscard.issuance.issued_csv import IssuedLine, Reconciliation
from sscard.issuance.ledger import Facts, Ledger, require_aware
from sscard.issuance.reconciliation import Disk
from sscard.issuance.states import CardState

_LISTS = ("issued.csv", "certificates.csv", "rejects.csv", "bank-returned.csv", "report.html")


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
    def certificates(self) -> Path:
        """The list of issued cards' certificates; not there where none has any."""
        return self.path / "certificates.csv"

    @property
    def rejects(self) -> Path:
        """The last run's list of records that go back."""
        return self.path / "rejects.csv"

    @property
    def bank_returned(self) -> Path:
        """The last run's list of records of a bank's file that go back to the bank."""
        return self.path / "bank-returned.csv"

    @property
    def report(self) -> Path:
        """The report of the last run."""
        return self.path / "report.html"

    @property
    def _cards(self) -> Path:
        return self.path / "cards"

    def run_folder(self, started_at: datetime) -> Path:
        """The directory, made if need be, that keeps the lists of the run that began then.

        Raises ValueError for a time without zone, OSError.
        """
        require_aware(started_at)
        folder = self.path / "runs" / f"{started_at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def require_ledger(self) -> None:
        """LedgerError when earlier runs left their traces here, but no ledger; before opening one.

        To begin a new one would use their numbers again.
        """
        ledger = self.ledger
        if ledger.exists() and ledger.stat().st_size:
            return
        traces = [self.issued, self.certificates, *self._cards.iterdir(), *self.path.glob("runs/*")]
        if not ledger.exists():
            traces += self.path.glob(f"{ledger.name}-*")  # what SQLite keeps beside it
        if any(each.exists() for each in traces):
            raise LedgerError(
                f"ledger {ledger} is missing or empty, but {self.path} holds what earlier runs "
                "made.  Nothing was changed: put the newest ledger back, with all its files"
            )

    def _is_ours(self, name: str) -> bool:
        return name in _LISTS or name.partition(".")[2].startswith("card")

    def image(self, card_number: str) -> Path:
        """Where the image of an audited card belongs.  ValueError for an unsafe number."""
        return place(self._cards, card_number, Kind.AUDITED)

    def pending_image(self, card_number: str) -> Path:
        """Where the image of an SSSE_DONE card waits for the bank station."""
        return place(self._cards, card_number, Kind.WAITING)

    def dead_image(self, card_number: str) -> Path:
        """Where the image stays of a card that was given up half-done."""
        return place(self._cards, card_number, Kind.DEAD)

    def bury(self, card_number: str) -> None:
        """Keep the image of a card that was given up half-done where no run goes on with it.

        Nothing happens when none was saved.  Raises OSError.
        """
        pending = self.pending_image(card_number)
        if pending.exists():
            pending.replace(self.dead_image(card_number))
            sync_directory(self._cards)

    def finish(
        self,
        ledger: Ledger,
        line: IssuedLine,
        certificates: CardCertificates | None = None,
        **facts: Unpack[Facts],
    ) -> None:
        """The card is audited and its image saved: tell the office, then the ledger.

        Raises OSError or LedgerError.
        """
        sync_directory(self._cards)
        if certificates is not None:
            certificates_csv.append(self.certificates, line.card_number, certificates)
        issued_csv.append(self.issued, line)
        ledger.advance(line.card_number, CardState.ISSUED, line.issued_at, station="audit", **facts)
        self.pending_image(line.card_number).unlink(missing_ok=True)

    def reconcile(self, ledger: Ledger) -> Reconciliation:
        """Make both lists and the images agree with the ledger, before the first card of a run.

        Only what a crash leaves is put right.  Raises OSError, and LedgerError, before anything is
        changed, when a list was written by another program or the ledger is older than it.
        """
        disk = Disk(
            ledger.states(),
            issued_csv.read(self.issued),
            Images.found(self._cards),
            certificates_csv.LIST.read(self.certificates),
        )
        disk.require_age(self.ledger)
        issued_csv.require_one_person_each(self.issued, disk.listing)
        for number in disk.finished():
            self.pending_image(number).unlink()
        for number in disk.begun_again():
            self.image(number).unlink()
        for number in disk.given_up():
            self.bury(number)
        for folder in (self.path, self._cards, *self.path.glob("runs/*")):
            for each in folder.iterdir():
                draft = DRAFT.fullmatch(each.name)
                if draft and self._is_ours(draft["name"]) and each.is_file():
                    each.unlink()
        return disk.summary(
            issued_csv.tidy(self.issued, disk.listing, disk.issued),
            certificates_csv.LIST.tidy(self.certificates, disk.certificates, disk.issued),
        )


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

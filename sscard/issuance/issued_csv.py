"""``issued.csv``: one line a card for the office, on the disk before the ledger says ISSUED.

It holds names: readable by its owner only.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sscard.issuance.card_list import TORN, CardList, Listing, foreign
from sscard.issuance.spreadsheet import inert

__all__ = [
    "COLUMNS",
    "TORN",
    "IssuedLine",
    "Listing",
    "Reconciliation",
    "append",
    "read",
    "require_one_person_each",
    "tidy",
]

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
_LIST = CardList(COLUMNS, (COLUMNS[:7],))
_ID = COLUMNS.index("id_number")


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
class Reconciliation:
    """What ``IssueFolder.reconcile`` found.

    ``kept``: lines that stand.  ``dropped``: card numbers of lines that went, because the card was
    not issued after all, the line was torn, or a later one of the card stands.  ``missing`` and
    ``images_missing``: issued cards without line or image, which only somebody else explains.
    ``certificates_dropped`` are the numbers of lines that went from certificates.csv.
    """

    kept: int
    dropped: tuple[str, ...]
    missing: tuple[str, ...]
    images_missing: tuple[str, ...]
    certificates_dropped: tuple[str, ...] = ()


def append(path: Path, line: IssuedLine) -> None:
    """Add a line; on return it is on the disk.  Raises OSError naming the file."""
    _LIST.append(path, line.cells())


def read(path: Path) -> Listing:
    """What is in the file.  Raises OSError, LedgerError."""
    return _LIST.read(path)


def tidy(path: Path, listing: Listing, issued: Collection[str]) -> tuple[str, ...]:
    """Make the file name the ``issued`` cards only; the numbers of lines that went."""
    return _LIST.tidy(path, listing, issued)


def require_one_person_each(path: Path, listing: Listing) -> None:
    """LedgerError when two people stand under one card number: no crash leaves that."""
    holders: dict[str, str] = {}
    for number, cells in enumerate(listing.complete, start=2):
        if holders.setdefault(cells[0], cells[_ID]) != cells[_ID]:
            raise foreign(path, number)

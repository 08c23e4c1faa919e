"""Which lists came and went: an incoming one is imported once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select

from sscard.issuance.ledger import Book
from sscard.issuance.ledger.counters import take
from sscard.issuance.ledger.schema import LISTS


@dataclass(frozen=True, slots=True)
class ListNote:
    """One list between two parties, known by its SHA-256."""

    direction: Literal["in", "out"]
    layout: str
    kind: str
    sha256: bytes
    records: int
    party: str
    batch: str | None = None
    sealed_by: str | None = None


def note_list(book: Book, note: ListNote) -> bool:
    """Write the list down; False, and nothing is written, for an incoming one that was here."""
    same = (LISTS.c.sha256 == note.sha256) & (LISTS.c.direction == "in")
    if note.direction == "in" and book.connection.execute(select(LISTS.c.id).where(same)).first():
        return False
    (key,) = take(book.connection, "list")
    row = {
        "id": key,
        "direction": note.direction,
        "layout": note.layout,
        "kind": note.kind,
        "sha256": note.sha256,
        "records": note.records,
        "batch": note.batch,
        "party": note.party,
        "at": book.actor.at,
        "sealed_by": note.sealed_by,
    }
    book.insert(LISTS, [row], "imported" if note.direction == "in" else "written")
    return True

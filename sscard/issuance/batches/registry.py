"""The register of lists: what came and what went, by the hash of its content, never by a name."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from sscard.issuance.batches.facts import day
from sscard.issuance.ledger import Book, reading
from sscard.issuance.ledger.schema import LISTS
from sscard.issuance.orders import Orders
from sscard.issuance.orders.lists import ListNote, note_list


def register(book: Book, note: ListNote) -> bool:
    """Write down a list, in the transaction of what it does.

    False, and nothing is written, for one that came, or went to this batch as this kind, before.
    """
    return not (note.direction == "out" and _went(book, note)) and note_list(book, note)


def lists_of(orders: Orders, batch: str) -> tuple[Mapping[str, object], ...]:
    """The lists of a batch, oldest first."""
    columns = ("kind", "direction", "layout", "records", "party", "at", "sha256")
    query = select(*(LISTS.c[each] for each in columns)).where(LISTS.c.batch == batch)
    with reading(orders.engine) as connection:
        rows = connection.execute(query.order_by(LISTS.c.id)).mappings().all()
    return tuple({**row, "at": day(row["at"]), "sha256": row["sha256"].hex()} for row in rows)


def _went(book: Book, note: ListNote) -> bool:
    same = (
        LISTS.c.direction == "out",
        LISTS.c.sha256 == note.sha256,
        LISTS.c.batch == note.batch,
        LISTS.c.kind == note.kind,
    )
    return book.connection.execute(select(LISTS.c.id).where(*same).limit(1)).first() is not None


def went_as(book: Book, sha256: bytes, batch: str) -> str | None:
    """Which list of the batch left with this content; None for one of another ledger."""
    same = (LISTS.c.direction == "out", LISTS.c.sha256 == sha256, LISTS.c.batch == batch)
    kind: str | None = book.connection.execute(select(LISTS.c.kind).where(*same)).scalar()
    return kind

"""Booking a movement of stock or a count: what people declare, beside what the stations see."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sscard.errors import LedgerError
from sscard.issuance.ledger import Book
from sscard.issuance.ledger.counters import take
from sscard.issuance.ledger.schema.words import Movement
from sscard.issuance.ledger.schema.work import STOCK

#: Movements between two parties: each of them says who the other one is.
BETWEEN = frozenset({Movement.RECEIVED, Movement.HANDED_OVER})


@dataclass(frozen=True, slots=True)
class Entry:
    """A movement as somebody books it.  ``item`` is "body", "chip" or another word.

    A quantity below zero takes a wrong movement of the same kind back, and a note says why.
    ValueError for a movement between two parties without the other one, for a quantity of zero or
    one taken back without a note, and for a count below zero.
    """

    party: str
    item: str
    lot: str
    movement: Movement
    quantity: int
    counterparty: str = ""
    batch: str | None = None
    signed_by: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        self._require_quantity()
        if self.movement in BETWEEN and not self.counterparty:
            raise ValueError(f"{self.movement.name.lower()} needs the other party")
        if not (self.party and self.item):
            raise ValueError("a movement has a party and an item")

    def _require_quantity(self) -> None:
        if self.movement is Movement.COUNTED:
            if self.quantity < 0:
                raise ValueError("a count is of zero or more: count again instead")
        elif self.quantity == 0:
            raise ValueError("a movement has a quantity of one or more")
        elif self.quantity < 0 and not self.note:
            raise ValueError("a movement that is taken back has a note that says why")


def book_entry(book: Book, entry: Entry) -> int:
    """Append the movement to the stock; its number.

    Raises LedgerError for pieces destroyed without two different signatures ("one, other").
    """
    if entry.movement is Movement.DESTROYED:
        _require_two(entry.signed_by)
    (key,) = take(book.connection, "stock")
    row = {
        "id": key,
        "at": book.actor.at,
        "party": entry.party,
        "batch": entry.batch,
        "item": entry.item,
        "lot": entry.lot,
        "movement": entry.movement,
        "quantity": entry.quantity,
        "counterparty": entry.counterparty or None,
        "signed_by": entry.signed_by or None,
        "note": entry.note or None,
    }
    facts = {"item": entry.item, "quantity": entry.quantity}
    book.insert(STOCK, [row], entry.movement.name.lower(), facts)
    return key


def _require_two(signed_by: str) -> None:
    names = {name.strip() for name in re.split("[,，、]", signed_by)} - {""}
    if len(names) < 2:
        raise LedgerError(
            "销毁须两人签字 what is destroyed is signed for by two people: --signed-by one,other"
        )

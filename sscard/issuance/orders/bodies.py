"""Card bodies: what a station reads off a card says whose it is, and whether it may be used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import select

from sscard.errors import LedgerError
from sscard.issuance.accounts import luhn_valid
from sscard.issuance.ledger import Book
from sscard.issuance.ledger.schema import BODIES
from sscard.issuance.orders import sealed
from sscard.issuance.production_states import BodyState


class NotThisCard(LedgerError):
    """The card in the slot is not the one that may be worked on now: the reader stops.

    ``body`` is that of a known body, else "unknown": what a reader made of a strange card is not
    repeated, it may be a track.
    """

    def __init__(self, what: str, body: str | None = None) -> None:
        super().__init__(what)
        self.body = body or "unknown"


@dataclass(frozen=True, slots=True)
class Body:
    """A card body by what is read off it: stripe, barcode, place in the tray, blank's serial.

    ``order`` is whose face is printed on it; ``bank_number`` stands on a pre-made blank.
    """

    id: str
    kind: Literal["printed", "blank", "premade"]
    generation: str
    lot: str
    party: str
    batch: str | None = None
    order: int | None = None
    bank_number: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if (self.kind == "premade") != (self.bank_number is not None):
            raise ValueError("pre-made blanks, and no others, come with a bank number")
        # Spelled in another way, a number would be another one: on two cards.
        if self.bank_number is not None and not luhn_valid(self.bank_number):
            raise ValueError(f"blank {self.id}: its bank number has no right check digit")


def add_bodies(book: Book, bodies: Iterable[Body]) -> int:
    """Bodies come into stock; how many.  LedgerError when one is there already."""
    rows = [_row(book, each) for each in bodies]
    book.insert(BODIES, rows, "received")
    return len(rows)


def _row(book: Book, body: Body) -> dict[str, Any]:
    number = body.bank_number
    account = sealed.seal_body_account(book.keys, body.id, number) if number else {}
    return {
        "id": body.id,
        "kind": body.kind,
        "generation": body.generation,
        "lot": body.lot,
        "party": body.party,
        "batch": body.batch,
        "order_id": body.order,
        "state": BodyState.RECEIVED,
        "at": book.actor.at,
        **account,
    }


def found_body(book: Book, body: str) -> Mapping[str, Any]:
    """The row of a body that may be used now.  Raises NotThisCard."""
    row = book.connection.execute(select(BODIES).where(BODIES.c.id == body)).mappings().first()
    if row is None:
        raise NotThisCard("the body in the slot is not in stock 卡体未入库")
    if row["state"] is not BodyState.RECEIVED:
        state: BodyState = row["state"]
        raise NotThisCard(f"body {body} is {state.name} {state.zh}: it cannot be used", body)
    return dict(row)


def set_body(book: Book, body: str | None, state: BodyState, **changes: object) -> None:
    """The body of a card comes into ``state``; cards without a tracked body have none."""
    if body is not None:
        values = {"state": state, "at": book.actor.at, **changes}
        book.update(BODIES, body, values, state.name.lower())

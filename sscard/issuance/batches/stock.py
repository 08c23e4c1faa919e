"""What a list does to the stock of card bodies: booked with the list, so nobody books it by hand.

Only bodies that came into stock for the batch are booked; counting them stays with people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import func, select

from sscard.issuance.ledger import Book
from sscard.issuance.ledger.schema import BODIES, CARDS, ORDERS
from sscard.issuance.ledger.schema.words import Movement
from sscard.issuance.ledger.schema.work import STOCK
from sscard.issuance.orders.queries import SpoiledCard
from sscard.issuance.orders.steps import among
from sscard.issuance.reports.booking import Entry, book_entry

BODY = "body"
#: Who has a card that no bank's station has begun, and one that it has.
_BEFORE_BANK, _BANK = "integrator", "bank"


def book_cards(
    book: Book, batch: str, ids: Iterable[int], movement: Movement, party: str, other: str = ""
) -> None:
    """Book the bodies of these orders' present cards, lot by lot."""
    numbers = (ORDERS.c.card_number,)
    cards = [row[0] for row in among(book.connection, ORDERS.c.id, ids, *numbers) if row[0]]
    rows = among(book.connection, CARDS.c.card_number, cards, CARDS.c.body)
    lots = Counter(_lots(book, batch, [row.body for row in rows if row.body]))
    _book(book, batch, lots, movement, party, other)


def book_spoiled(book: Book, batch: str, cards: Iterable[SpoiledCard]) -> None:
    """Book the bodies of cards that were given up, as far as they are not booked yet."""
    begun = {
        row.card_number: row.bank_station is not None
        for row in book.connection.execute(
            select(CARDS.c.card_number, CARDS.c.bank_station).where(CARDS.c.batch_number == batch)
        )
    }
    found: dict[str, list[str]] = {_BEFORE_BANK: [], _BANK: []}
    for card in cards:
        if card.body:
            found[_BANK if begun.get(card.card_number) else _BEFORE_BANK].append(card.body)
    for party, bodies in found.items():
        lots = Counter(_lots(book, batch, bodies))
        lots.subtract(_booked(book, batch, party, Movement.SPOILED))
        _book(book, batch, +lots, Movement.SPOILED, party, "")


def book_received(book: Book, batch: str, lot: str, quantity: int, party: str, other: str) -> None:
    """Book bodies that came from a supplier."""
    _book(book, batch, Counter({lot: quantity}), Movement.RECEIVED, party, other)


def _lots(book: Book, batch: str, bodies: Iterable[str]) -> list[str]:
    """The lots of those bodies that are in stock for the batch."""
    rows = among(book.connection, BODIES.c.id, bodies, BODIES.c.lot, BODIES.c.batch)
    return [row.lot for row in rows if row.batch == batch]


def _booked(book: Book, batch: str, party: str, movement: Movement) -> Counter[str]:
    query = select(STOCK.c.lot, func.sum(STOCK.c.quantity)).group_by(STOCK.c.lot)
    query = query.where(
        STOCK.c.batch == batch,
        STOCK.c.party == party,
        STOCK.c.item == BODY,
        STOCK.c.movement == movement,
    )
    return Counter({row[0]: int(row[1]) for row in book.connection.execute(query)})


def _book(
    book: Book, batch: str, lots: Counter[str], movement: Movement, party: str, other: str
) -> None:
    for lot, quantity in sorted(lots.items()):
        if quantity > 0:
            note = "booked with its list"
            book_entry(book, Entry(party, BODY, lot, movement, quantity, other, batch, "", note))

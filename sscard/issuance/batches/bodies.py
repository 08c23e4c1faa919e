"""Card bodies that a supplier delivers: what is read off each of them, and whose face it has."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sscard.issuance.batches.intake import table_of
from sscard.issuance.batches.registry import register
from sscard.issuance.batches.stock import book_received
from sscard.issuance.columns import positions
from sscard.issuance.csv_table import Row, Table
from sscard.issuance.ledger import Actor
from sscard.issuance.orders import Body, Orders
from sscard.issuance.orders.bodies import add_bodies
from sscard.issuance.orders.lists import ListNote

_NAMES = {
    "卡体号": "body_number",
    "社保卡号": "card_number",
    "卡号": "card_number",
    "银行卡号": "bank_number",
    **{each: each for each in ("body_number", "card_number", "bank_number")},
}
#: Characters of what is read off a body: it is a key of the ledger.
_LONGEST = 64


@dataclass(frozen=True, slots=True)
class Delivery:
    """What all bodies of one delivery have in common.  ``batch``: None for blanks of any batch."""

    kind: Literal["printed", "blank", "premade"]
    generation: str
    lot: str
    party: str
    batch: str | None = None
    supplier: str = "supplier"


@dataclass(frozen=True, slots=True)
class Delivered:
    """How many bodies came into stock; ``again``: the same file did before."""

    bodies: int
    again: bool = False


def take_bodies(orders: Orders, path: Path, delivery: Delivery, actor: Actor) -> Delivered:
    """Bodies of a CSV or XLSX list come into stock, all of them and the note of the file, or none.

    Columns are 卡体号 and, for printed ones, 社保卡号; for pre-made ones 银行卡号.  Raises
    ListError, ApplicantError naming lines, and LedgerError for a body that is in stock already.
    """
    table = table_of(path)
    found = list(_bodies(table, delivery, _orders_by_card(orders, delivery.batch)))
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").digest()
    note = ListNote("in", "csv", "bodies", sha256, len(found), delivery.party, delivery.batch)
    with orders.book(actor) as book:
        if not register(book, note):
            return Delivered(0, again=True)
        if delivery.batch is not None:
            where = (delivery.party, delivery.supplier)
            book_received(book, delivery.batch, delivery.lot, len(found), *where)
        return Delivered(add_bodies(book, found))


def _orders_by_card(orders: Orders, batch: str | None) -> Mapping[str, int]:
    if batch is None:
        return {}
    numbers = (
        (each.card_number or each.wanted_number, each.id) for each in orders.orders_of(batch)
    )
    return {number: order for number, order in numbers if number}


def _bodies(table: Table, delivery: Delivery, cards: Mapping[str, int]) -> Iterator[Body]:
    found = positions(table, _NAMES, ("body_number",))
    seen: set[str] = set()
    for row in table.rows:
        cells = {name: row.fields[at] for name, at in found.items()}
        number = cells["body_number"]
        if not number or len(number) > _LONGEST or number in seen:
            what = "卡体号为空、过长或重复 body number is empty, too long or there twice"
            raise table.error(row.line, what)
        seen.add(number)
        yield _body(table, row, cells, delivery, cards)


def _body(
    table: Table, row: Row, cells: Mapping[str, str], delivery: Delivery, cards: Mapping[str, int]
) -> Body:
    card, bank = cells.get("card_number", ""), cells.get("bank_number") or None
    if card and card not in cards:
        raise table.error(row.line, "卡号不在该批次中 the card number is nobody's of the batch")
    if (delivery.kind == "premade") != (bank is not None):
        what = "预制卡须有银行卡号，其他卡体没有 pre-made bodies, and no others, have a bank number"
        raise table.error(row.line, what)
    return Body(
        cells["body_number"],
        delivery.kind,
        delivery.generation,
        delivery.lot,
        delivery.party,
        delivery.batch,
        cards.get(card),
        bank,
    )

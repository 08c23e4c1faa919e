"""Return data (回盘) of a maker with machines of its own: whose cards are finished."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sscard.issuance.batches.fields import FieldMap
from sscard.issuance.batches.registry import register
from sscard.issuance.exchange import Checked, ListError
from sscard.issuance.ledger import Actor
from sscard.issuance.orders import Orders
from sscard.issuance.orders.elsewhere import MadeCard, made_elsewhere
from sscard.issuance.orders.lists import ListNote
from sscard.issuance.orders.people import Outcome


@dataclass(frozen=True, slots=True)
class Made:
    """What came of it.  ``refused`` lines are not used: nobody of the batch waits for them."""

    taken: int
    refused: tuple[Outcome, ...]
    again: bool = False


def take_made(orders: Orders, batch: str, checked: Checked, party: str, actor: Actor) -> Made:
    """Take return data of success: the note of the file and all cards in one transaction.

    Raises ListError for a list with findings, or of which no line is about this batch, and
    LedgerError: nothing is changed then.
    """
    cards = list(_cards(checked))
    note = ListNote(
        direction="in",
        layout=checked.layout.name,
        kind=checked.layout.kind,
        sha256=checked.sha256,
        records=checked.count,
        party=party,
        batch=batch,
    )
    with orders.book(actor) as book:
        if not register(book, note):
            return Made(0, (), again=True)
        outcomes = made_elsewhere(book, orders.topologies, batch, cards)
        refused = tuple(each for each in outcomes if each.reason is not None)
        if len(refused) == len(outcomes):
            what = f"has no card that batch {batch} waits for 没有该批次待制的卡"
            raise ListError(checked.source.name, what)
    return Made(len(outcomes) - len(refused), refused)


def _cards(checked: Checked) -> Iterator[MadeCard]:
    fields = FieldMap.of(checked.layout)
    fields.require("id_number", "card_number")
    for record in checked.records():
        said = fields.facts(record.values)
        yield MadeCard(
            said["id_number"],
            said["card_number"],
            _bytes(said.get("card_id_code")),
            _bytes(said.get("atr")),
            record.line,
        )


def _bytes(text: str | None) -> bytes | None:
    return bytes.fromhex(text) if text and len(text) % 2 == 0 else None

"""Cards arrive with their list: what is on it, what was counted, and what the ledger says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import unique

from sscard.issuance.batches.fields import FieldMap
from sscard.issuance.batches.registry import register, went_as
from sscard.issuance.batches.stock import book_cards
from sscard.issuance.coded import Coded
from sscard.issuance.exchange import Checked, ListError
from sscard.issuance.ledger import Actor
from sscard.issuance.ledger.schema.words import Movement
from sscard.issuance.orders import Orders
from sscard.issuance.orders.lists import ListNote

#: The list whose cards are bodies that go on, not finished cards nor spoiled ones.
SEMI_FINISHED = "hand-over"


@unique
class Amiss(Coded):
    """Why cards are not received."""

    COUNT = ("COUNT", "实点数与清单不符", "the count is not that of the list")
    STRANGER = ("STRANGER", "不在该批次中", "is nobody of the batch")
    OTHER_MARK = ("OTHER_MARK", "新增、补换标志不符", "has another mark, new or replacement")
    OTHER_CARD = ("OTHER_CARD", "社保卡号不符", "has another card number")


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted by hand, from whom it came, and who has it now."""

    cards: int
    party: str
    at: str = "bank"


@dataclass(frozen=True, slots=True)
class Differs:
    """One difference; ``line`` of the list, None where it is about the whole."""

    difference: Amiss
    line: int | None = None
    order: int | None = None

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line is not None else ""
        return f"{place}{self.difference.en} {self.difference.zh}"


@dataclass(frozen=True, slots=True)
class Received:
    """What came of it; nothing is written down unless it is the ``same``."""

    listed: int
    differences: tuple[Differs, ...]
    again: bool = False

    @property
    def same(self) -> bool:
        """Whether list, count and ledger agree."""
        return not self.differences


def receive(
    orders: Orders, batch: str, checked: Checked, counted: Counted, actor: Actor
) -> Received:
    """Compare, and note the list as received where nothing differs.

    Raises ListError for a list with findings or of another batch, LedgerError.
    """
    found = tuple(_differences(orders, batch, checked, counted))
    if found:
        return Received(checked.count, found)
    note = ListNote(
        direction="in",
        layout=checked.layout.name,
        kind=checked.layout.kind,
        sha256=checked.sha256,
        records=checked.count,
        party=counted.party,
        batch=batch,
    )
    with orders.book(actor) as book:
        new = register(book, note)
        if new and went_as(book, checked.sha256, batch) == SEMI_FINISHED:
            cards = _orders(orders, batch, checked)
            book_cards(book, batch, cards, Movement.RECEIVED, counted.at, counted.party)
    return Received(checked.count, (), again=not new)


def _differences(orders: Orders, batch: str, checked: Checked, counted: Counted) -> list[Differs]:
    fields = FieldMap.of(checked.layout)
    fields.require("id_number")
    if fields.of_header(checked.header).get("batch", batch) != batch:
        raise ListError(checked.source.name, f"is of another batch than {batch} 批次号不符")
    people = {each.person.id_number: each.order for each in orders.files_of(batch)}
    found = [] if counted.cards == checked.count else [Differs(Amiss.COUNT)]
    for record in checked.records():
        said = fields.facts(record.values)
        order = people.get(said["id_number"])
        if order is None:
            found.append(Differs(Amiss.STRANGER, record.line))
        elif said.get("kind", order.kind) != order.kind:
            found.append(Differs(Amiss.OTHER_MARK, record.line, order.id))
        elif _other_card(said.get("card_number"), order.card_number, checked.layout.kind):
            found.append(Differs(Amiss.OTHER_CARD, record.line, order.id))
    return found


def _other_card(said: str | None, present: str | None, kind: str) -> bool:
    """A spoiled card's number is not the present one's."""
    return kind != "spoiled" and said is not None and present is not None and said != present


def _orders(orders: Orders, batch: str, checked: Checked) -> list[int]:
    """The orders of the people on a list."""
    fields = FieldMap.of(checked.layout)
    people = {each.person.id_number: each.order.id for each in orders.files_of(batch)}
    return [people[fields.facts(record.values)["id_number"]] for record in checked.records()]

"""A job at a station: an order, its card and its body, taken in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import select

from sscard.errors import LedgerError
from sscard.issuance import numbering
from sscard.issuance.ledger import Book, CardRow
from sscard.issuance.ledger import steps as cards
from sscard.issuance.ledger.counters import take
from sscard.issuance.ledger.schema import CARDS, ORDERS
from sscard.issuance.order_states import OrderState
from sscard.issuance.orders import sealed
from sscard.issuance.orders.bodies import NotThisCard
from sscard.issuance.orders.people import Account, Person
from sscard.issuance.orders.rows import MadeAfter, Order, row_of
from sscard.issuance.orders.rules import Rule, RuleBroken
from sscard.issuance.orders.steps import batch_of, one
from sscard.issuance.states import CardState


class Stage(Enum):
    """What a station does with a card it has taken."""

    SSSE = "binds chip to person and writes the social-security side"
    BANK = "writes the financial side and closes the hand-over area"
    AUDIT = "reads and judges the finished card"


class WaitsForNumber(RuleBroken):
    """The office has not given the card number yet; no chip is touched."""

    def __init__(self, order: int) -> None:
        super().__init__(Rule.CARD_NUMBER, f"order {order}")


@dataclass(frozen=True, slots=True)
class Work:
    """What a station needs for one card, and the token that lets it finish."""

    order: Order
    person: Person = field(repr=False)
    account: Account | None = field(repr=False)
    card: CardRow
    stage: Stage
    token: str = field(repr=False)
    until: datetime


def work_on(book: Book, order: int, stage: Stage, token: str, until: datetime) -> Work:
    """The job as the ledger has it now."""
    row = one(book.connection, ORDERS, order)
    found = row_of(Order, row)
    if found.card_number is None:
        raise LedgerError(f"order {order} has no card")
    return Work(
        found,
        sealed.open_person(book.keys, row),
        sealed.open_account(book.keys, row),
        cards.card(book.connection, book.keys, found.card_number),
        stage,
        token,
        until,
    )


def made_after(book: Book, order: Order, given: MadeAfter | None) -> MadeAfter:
    """The profile of the order's card: the batch's, or what the station says where none is."""
    if order.batch is None:
        if given is None:
            raise ValueError("a card without batch needs its profile")
        return given
    of_batch = batch_of(book.connection, order.batch).made_after
    if given is not None and given != of_batch:
        raise LedgerError(
            f"batch {order.batch} is made after {of_batch.profile_name} in another version"
        )
    return of_batch


def reserve_card(
    book: Book,
    order: Order,
    body: str | None,
    profile: MadeAfter,
    account: Account | None,
    *,
    test_numbers: bool,
) -> str:
    """The card of an order: the one whose chip was never touched, or a new row (decision 14)."""
    number = order.card_number or order.wanted_number
    if number is None and not test_numbers:
        raise WaitsForNumber(order.id)
    number = number or _allocated(book)
    values: dict[str, Any] = {"body": body}
    if account is not None:
        values |= cards.account_columns(book.keys, number, account.number, "file")
    if order.card_number is None:
        book.insert(CARDS, [_row(book, order, number, profile) | values], "reserved")
    else:
        book.update(CARDS, number, values, "taken again")
    return number


def _allocated(book: Book) -> str:
    while True:
        (sequence,) = take(book.connection, "card_number")
        number = numbering.allocated_card_number(sequence)
        query = select(CARDS.c.serial).where(CARDS.c.card_number == number)
        waiting = select(ORDERS.c.id).where(ORDERS.c.wanted_number == number)
        taken = (book.connection.execute(each.limit(1)).first() for each in (query, waiting))
        if not any(taken):
            return number


def _row(book: Book, order: Order, number: str, profile: MadeAfter) -> dict[str, Any]:
    return {
        "card_number": number,
        "serial": numbering.allocated_serial(take(book.connection, "serial")[0]),
        "batch_number": order.batch or "",
        "profile_name": profile.profile_name,
        "profile_sha256": profile.profile_sha256,
        "layers": profile.layers,
        "person_hash": order.person_hash,
        "number_source": numbering.source_of(number),
        "state": CardState.RESERVED,
        "reserved_at": book.actor.at,
        "changed_at": book.actor.at,
        "order_id": order.id,
    }


def require_body_fits(body: Mapping[str, Any], order: Order, kind: str) -> None:
    """NotThisCard unless the body in the slot can become this order's card."""
    name = body["id"]
    if body["kind"] != kind:
        what = f"body {name} is {body['kind']}, the flow {order.flow} wants {kind} 卡体种类不符"
        raise NotThisCard(what, name)
    if body["batch"] not in (None, order.batch):
        what = f"body {name} is of batch {body['batch']}, the order of {order.batch} 批次不符"
        raise NotThisCard(what, name)


def touched(card: CardRow, state: OrderState) -> bool:
    """Whether the chip may have been touched at the stage where the order is."""
    if state is OrderState.CHIP_BOUND:
        return card.started_at is not None
    if state is OrderState.HANDED_OVER:
        return card.bank_station is not None
    return state is OrderState.PSE_DONE

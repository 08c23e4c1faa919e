"""Cards that are given up: accounted for, never touched again, and the order goes again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sscard.errors import LedgerError
from sscard.issuance.ledger import Book, CardRow
from sscard.issuance.ledger import steps as cards
from sscard.issuance.ledger.schema import CARDS
from sscard.issuance.order_states import OrderState, PinState, SideState
from sscard.issuance.orders.bodies import set_body
from sscard.issuance.orders.leases import Lease, end_lease
from sscard.issuance.orders.rows import Order
from sscard.issuance.orders.sealed import NO_ACCOUNT
from sscard.issuance.orders.steps import flow_of, orders_by_id, step_one
from sscard.issuance.orders.topology import Topologies
from sscard.issuance.orders.work import touched
from sscard.issuance.production_states import BodyState
from sscard.issuance.states import CardState


@dataclass(frozen=True, slots=True)
class Expired:
    """A job whose lease is over; ``spoiled``: its chip may have been touched."""

    order: int
    card_number: str
    body: str | None
    spoiled: bool


def card_of(book: Book, order: Order) -> CardRow:
    """The present card of an order.  Raises LedgerError when it has none."""
    if order.card_number is None:
        raise LedgerError(f"order {order.id} has no card")
    return cards.card(book.connection, book.keys, order.card_number)


def give_up(book: Book, topologies: Topologies, order: Order, reason: str) -> None:
    """The card is spoiled, and another one is made: with another body and other numbers."""
    _end_card(book, card_of(book, order), CardState.SPOILED, reason)
    facts = {"reason": reason, "card": order.card_number}
    spoiled = step_one(book, topologies, order, OrderState.SPOILED, {"reason": reason}, facts)
    go_again(book, topologies, spoiled)


def refuse_card(book: Book, topologies: Topologies, order: Order, reason: str) -> None:
    """The card or its audit said no: the order waits until somebody has found the cause."""
    _end_card(book, card_of(book, order), CardState.FAILED, reason)
    facts = {"reason": reason, "card": order.card_number}
    step_one(book, topologies, order, OrderState.FAILED, {"reason": reason}, facts)


def refuse_finished(book: Book, topologies: Topologies, order: Order, reason: str) -> None:
    """The final check refuses an audited card."""
    _end_card(book, card_of(book, order), CardState.WITHDRAWN, reason)
    facts = {"reason": reason, "card": order.card_number}
    spoiled = step_one(book, topologies, order, OrderState.SPOILED, {"reason": reason}, facts)
    go_again(book, topologies, spoiled)


def go_again(book: Book, topologies: Topologies, order: Order) -> Order:
    """SPOILED or FAILED: back to where another card begins, without the numbers of the old one."""
    again = flow_of(order).again_from(topologies[order.bank])
    changes: dict[str, Any] = {"card_number": None, "wanted_number": None, "issued_at": None}
    # What was activated was the old card: one that the final check refuses may have been in use.
    changes |= {"social_state": SideState.INACTIVE, "account_state": SideState.INACTIVE}
    changes |= {"pin_state": PinState.INITIAL}
    if again is not OrderState.BANK_MATCHED:
        changes |= NO_ACCOUNT
    return step_one(book, topologies, order, again, changes)


def untouched(book: Book, topologies: Topologies, order: Order, reason: str) -> None:
    """The job goes back; the card keeps its numbers for the order, the body is free again."""
    card = card_of(book, order)
    flow = flow_of(order)
    freed: Mapping[str, Any] = {} if flow.body == "printed" else {"order_id": None}
    set_body(book, card.body, BodyState.RECEIVED, **freed)
    changes: Mapping[str, Any] = NO_ACCOUNT if flow.body == "premade" else {}
    if flow.body == "premade":
        book.update(CARDS, card.card_number, _WITHOUT_ACCOUNT, "blank taken off")
    before = flow.begins_card(topologies[order.bank])
    step_one(book, topologies, order, before, changes, {"reason": reason})


_WITHOUT_ACCOUNT: Mapping[str, Any] = {
    "bank_hash": None,
    "bank_sealed": None,
    "account_source": None,
}


def expire_one(book: Book, topologies: Topologies, lease: Lease) -> Expired:
    """What becomes of a job whose station did not come back in time."""
    (order,) = orders_by_id(book.connection, [lease.order_id])
    card = card_of(book, order)
    spoiled = touched(card, order.state)
    reason = f"lease of {lease.station} {lease.reader} was over"
    end_lease(book, order.id)
    if spoiled:
        give_up(book, topologies, order, reason)
    elif order.state is OrderState.CHIP_BOUND:
        untouched(book, topologies, order, reason)
    else:
        book.note("order", str(order.id), "lease over", {"reason": reason})
    return Expired(order.id, card.card_number, card.body, spoiled)


def _end_card(book: Book, card: CardRow, state: CardState, reason: str) -> None:
    at = book.actor.at
    changes = {"state": state, "changed_at": at, "ended_at": at, "reason": reason}
    book.update(CARDS, card.card_number, changes, state.name.lower(), {"reason": reason})
    set_body(book, card.body, BodyState.SPOILED)

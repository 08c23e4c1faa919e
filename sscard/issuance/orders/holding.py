"""The card in the person's hand: handed out, activated, lost, replaced, cancelled, overdue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import select

from sscard.errors import LedgerError
from sscard.issuance.ledger import Book
from sscard.issuance.ledger.counters import take
from sscard.issuance.ledger.events import require_aware
from sscard.issuance.ledger.schema import CARDS, FEES, ORDERS
from sscard.issuance.order_states import (
    PIN_TRANSITIONS,
    SIDE_TRANSITIONS,
    OrderState,
    PinState,
    SideState,
)
from sscard.issuance.orders import rules
from sscard.issuance.orders.entering import order_row, people_of, require_unit, taken_numbers
from sscard.issuance.orders.flow import load_flow
from sscard.issuance.orders.people import Entry, Intake, Presence
from sscard.issuance.orders.rows import Order
from sscard.issuance.orders.rules import Rule, RuleBroken
from sscard.issuance.orders.steps import (
    flow_of,
    move,
    orders_by_id,
    orders_where,
    step_one,
)
from sscard.issuance.orders.topology import Topologies
from sscard.issuance.states import CardState

_USES: Mapping[rules.Use, tuple[str, SideState | PinState]] = MappingProxyType(
    {
        "social": ("social_state", SideState.ACTIVE),
        "account": ("account_state", SideState.ACTIVE),
        "pin": ("pin_state", PinState.CHANGED),
    }
)


def one_order(book: Book, order: int) -> Order:
    """The order.  Raises LedgerError when there is none."""
    return orders_by_id(book.connection, [order])[0]


def collect(book: Book, topologies: Topologies, order: int, by: Presence) -> None:
    """The card is handed out at a window."""
    found = one_order(book, order)
    if found.state is OrderState.LOST:  # a lost card that turns up is not handed out but found
        raise RuleBroken(Rule.NO_CARD_THERE, f"order {order}")
    born = people_of(book, [order])[order].birth_date
    rule = rules.hand_out(born, by, book.actor.operator, rules.day(book.actor.at))
    _require(rule, found)
    changes = {"collected_at": book.actor.at}
    step_one(book, topologies, found, OrderState.COLLECTED, changes, _facts(by))


def activate(book: Book, topologies: Topologies, order: int, use: rules.Use, by: Presence) -> None:
    """One side becomes active, or the PIN is chosen, face to face."""
    found = one_order(book, order)
    _require_there(topologies, found)
    born = people_of(book, [order])[order].birth_date
    _require(rules.activation(use, born, by, book.actor.operator, rules.day(book.actor.at)), found)
    column, after = _USES[use]
    before = getattr(found, column)
    if (before, after) not in (*SIDE_TRANSITIONS, *PIN_TRANSITIONS):
        raise LedgerError(f"order {order}: {column} is {before.name} {before.zh}")
    facts = _facts(by) | {"from": before.name, "to": after.name}
    book.update(ORDERS, order, {column: after}, f"activated {use}", facts)


def _require_there(topologies: Topologies, order: Order) -> None:
    """RuleBroken unless the card is in the person's hand or waits at the window."""
    way = flow_of(order).path(topologies[order.bank])
    there = (*way[way.index(OrderState.COLLECTED) - 1 :], OrderState.OVERDUE)
    if order.state not in there:
        raise RuleBroken(Rule.NO_CARD_THERE, f"order {order.id}")


def _require(rule: Rule | None, order: Order) -> None:
    if rule is not None:
        raise RuleBroken(rule, f"order {order.id}")


def _facts(by: Presence) -> dict[str, str]:
    return {"who": by.who, "place": by.place}


def lose(book: Book, topologies: Topologies, order: int, reason: str) -> None:
    """Reported lost, or blocked because it is damaged; active sides are suspended."""
    found = one_order(book, order)
    changes = _sides(found, SideState.ACTIVE, SideState.SUSPENDED) | {"reason": reason}
    step_one(book, topologies, found, OrderState.LOST, changes, {"reason": reason})


def found_again(book: Book, topologies: Topologies, order: int) -> None:
    """The report is taken back; only who had the card can find it."""
    found = one_order(book, order)
    if found.collected_at is None:
        raise RuleBroken(Rule.NO_CARD_THERE, f"order {order}")
    changes = _sides(found, SideState.SUSPENDED, SideState.ACTIVE) | {"reason": None}
    step_one(book, topologies, found, OrderState.COLLECTED, changes)


def _sides(order: Order, before: SideState, after: SideState) -> dict[str, Any]:
    columns = ("social_state", "account_state")
    return {name: after for name in columns if getattr(order, name) is before}


def _ended(reason: str) -> dict[str, Any]:
    ended = SideState.ENDED
    return {"social_state": ended, "account_state": ended, "reason": reason}


#: What becomes of the card of an order that ends; a card that is none of these has ended before.
_ENDS = MappingProxyType(
    {
        CardState.ISSUED: (CardState.WITHDRAWN, "withdrawn"),
        # Taken for a chip that was never touched: the number is used up, and the person is free.
        CardState.RESERVED: (CardState.SPOILED, "given up"),
    }
)


def withdraw(book: Book, card_number: str | None, reason: str) -> None:
    """The card of an order that ends is valid no more; its numbers stay used."""
    if card_number is None:
        return
    query = select(CARDS.c.state).where(CARDS.c.card_number == card_number)
    after, what = _ENDS.get(book.connection.execute(query).scalar_one(), (None, ""))
    if after is not None:
        changes = {"state": after, "changed_at": book.actor.at, "reason": reason}
        book.update(CARDS, card_number, changes, what, {"reason": reason})


@dataclass(frozen=True, slots=True)
class Replacement:
    """What is asked for with a replacement; None means as it was with the old card."""

    bank: str | None = None
    card_number: str | None = None
    fee_fen: int = 0
    flow: str = "replacement"
    round: str | None = None
    unit: str | None = None


#: A replacement like the old card.
SAME_AGAIN = Replacement()


def replace_card(book: Book, topologies: Topologies, old: int, wish: Replacement) -> int:
    """A new order in the place of one that is reported lost: there is no way back."""
    before = one_order(book, old)
    if before.state is not OrderState.LOST:
        raise RuleBroken(Rule.NOT_REPORTED, f"order {old}")
    bank = wish.bank or before.bank
    if bank != before.bank:
        _require_unlocked(book, before)
    load_flow(wish.flow).path(topologies[bank])
    step_one(book, topologies, before, OrderState.REPLACED, _ended("replaced"))
    withdraw(book, before.card_number, "replaced")
    entry = Entry(people_of(book, [old])[old], bank, wish.card_number)
    new = _begin_replacement(book, topologies, before, wish, entry)
    if wish.fee_fen:
        _charge(book, new, wish.fee_fen)
    return new


def _begin_replacement(
    book: Book, topologies: Topologies, old: Order, wish: Replacement, entry: Entry
) -> int:
    if taken_numbers(book.connection, [entry.card_number]):
        raise LedgerError(f"card number {entry.card_number} would be given twice")
    (new,) = take(book.connection, "order")
    intake = Intake(wish.round or old.round, wish.flow, old.region, wish.unit or old.unit)
    require_unit(book, intake)
    row = order_row(book, new, intake, entry, old.person_hash, "replacement")
    since = old.bank_since if entry.bank == old.bank else rules.day(book.actor.at)
    book.insert(ORDERS, [row | {"replaces": old.id, "bank_since": since}], "entered")
    # The data come from the production database: they were verified with the first card.
    step_one(book, topologies, one_order(book, new), OrderState.VERIFIED)
    return new


def _charge(book: Book, order: int, fee_fen: int) -> None:
    (key,) = take(book.connection, "fee")
    row = {"id": key, "order_id": order, "what": "replacement", "amount_fen": fee_fen}
    book.insert(FEES, [row | {"party": "city"}], "charged", {"fen": fee_fen})


def _require_unlocked(book: Book, order: Order) -> None:
    issued = None if order.issued_at is None else rules.day(order.issued_at)
    if rules.bank_locked(issued, rules.day(book.actor.at)):
        raise RuleBroken(Rule.BANK_LOCKED, f"order {order.id}")


def cancel(
    book: Book, topologies: Topologies, order: int, reason: str, moves_to_bank: str | None
) -> None:
    """The order or its card ends.  A replacement that is under way cannot be undone."""
    found = one_order(book, order)
    if found.kind == "replacement" and found.issued_at is None:
        raise RuleBroken(Rule.REPLACEMENT_FINAL, f"order {order}")
    if moves_to_bank is not None and moves_to_bank != found.bank:
        _require_unlocked(book, found)
    step_one(book, topologies, found, OrderState.CANCELLED, _ended(reason), {"reason": reason})
    withdraw(book, found.card_number, reason)


def overdue(book: Book, topologies: Topologies, batch: str, before: datetime) -> tuple[int, ...]:
    """Cards of the batch that have waited at their windows since ``before``, a time with a zone."""
    require_aware(before)
    where = (
        ORDERS.c.batch == batch,
        ORDERS.c.state == OrderState.DELIVERED,
        ORDERS.c.changed_at < before,
    )
    late = orders_where(book.connection, *where)
    move(book, topologies, late, OrderState.OVERDUE)
    return tuple(order.id for order in late)

"""Many orders, one step: what a list between the parties says."""

from __future__ import annotations

from collections.abc import Sequence

from sscard.errors import LedgerError
from sscard.issuance.ledger import Book
from sscard.issuance.ledger.schema import ORDERS
from sscard.issuance.order_states import OrderState
from sscard.issuance.orders.holding import withdraw
from sscard.issuance.orders.leases import all_leases
from sscard.issuance.orders.rows import Order
from sscard.issuance.orders.rules import Rule, RuleBroken
from sscard.issuance.orders.spoiling import go_again
from sscard.issuance.orders.steps import move, orders_by_id, orders_where
from sscard.issuance.orders.topology import Topologies
from sscard.issuance.reasons import Reason

#: States that a list leads to; the others are a station's, the bank's or a window's to reach.
BY_LIST = frozenset(
    {OrderState.HANDED_OVER, OrderState.DELIVERED, OrderState.OVERDUE, OrderState.RECOVERED}
)
_BEFORE = {
    OrderState.HANDED_OVER: OrderState.SSSE_DONE,
    OrderState.DELIVERED: OrderState.AUDITED,
}


def advance(
    book: Book, topologies: Topologies, ids: Sequence[int], to: OrderState, reason: str
) -> int:
    """These orders go one step.  LedgerError names the first that may not; then none goes."""
    if to not in BY_LIST:
        raise LedgerError(f"no list makes an order {to.name} {to.zh}: it has a call of its own")
    orders = orders_by_id(book.connection, ids)
    _require_ready(orders, to)
    facts = {"reason": reason} if reason else {}
    move(book, topologies, orders, to, facts, facts=facts)
    return len(orders)


def advance_batch(
    book: Book,
    topologies: Topologies,
    batch: str,
    to: OrderState,
    ids: Sequence[int] | None,
) -> tuple[int, ...]:
    """Orders of a batch that are ready for the step, or those of ``ids``, which must be."""
    if ids is None:
        where = (ORDERS.c.batch == batch, ORDERS.c.state == _BEFORE[to])
        orders = orders_where(book.connection, *where)
        in_work = {lease.order_id for lease in all_leases(book.connection)}
        orders = [order for order in orders if order.id not in in_work]
    else:
        orders = orders_by_id(book.connection, ids)
        _require_of(batch, orders)
    _require_ready(orders, to)
    move(book, topologies, orders, to)
    return tuple(order.id for order in orders)


def _require_of(batch: str, orders: Sequence[Order]) -> None:
    strangers = [order.id for order in orders if order.batch != batch]
    if strangers:
        raise LedgerError(f"order {strangers[0]} is not of batch {batch}")


def _require_ready(orders: Sequence[Order], to: OrderState) -> None:
    """RuleBroken for a card that would reach its window without a known bank number."""
    if to is not OrderState.DELIVERED:
        return
    unknown = [order.id for order in orders if order.bank_hash is None]
    if unknown:
        raise RuleBroken(Rule.BANK_NUMBER, f"order {unknown[0]}")


def again(book: Book, topologies: Topologies, ids: Sequence[int]) -> None:
    """FAILED or SPOILED orders: another card is made."""
    for order in orders_by_id(book.connection, ids):
        go_again(book, topologies, order)


def send_back(book: Book, topologies: Topologies, ids: Sequence[int], reason: Reason) -> None:
    """RETURNED, with the reason."""
    orders = orders_by_id(book.connection, ids)
    facts = {"reason": str(reason)}
    move(book, topologies, orders, OrderState.RETURNED, facts, facts=facts)
    for order in orders:
        withdraw(book, order.card_number, str(reason))

"""Taking a job: which order the card in the slot belongs to, and binding the two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from sscard.issuance.ledger import Book
from sscard.issuance.ledger.schema import CARDS, ORDERS
from sscard.issuance.ledger.steps import require_own_account
from sscard.issuance.order_states import LIVE_ORDERS, OrderState
from sscard.issuance.orders import sealed
from sscard.issuance.orders.batching import begin_batch
from sscard.issuance.orders.bodies import NotThisCard, found_body, set_body
from sscard.issuance.orders.leases import Busy, begin_lease, lease_of
from sscard.issuance.orders.people import Account
from sscard.issuance.orders.rounds import require_tested
from sscard.issuance.orders.rows import MadeAfter, Order
from sscard.issuance.orders.steps import flow_of, one, orders_by_id, orders_where, step_one
from sscard.issuance.orders.topology import Topologies
from sscard.issuance.orders.work import (
    Stage,
    Work,
    made_after,
    require_body_fits,
    reserve_card,
    work_on,
)
from sscard.issuance.production_states import BatchState, BodyState

#: How long, and the name of the lease.
Term = tuple[float, str]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a station holds in its hands: a body, or an order for an unmarked one."""

    body: str | None
    order: int | None
    made_after: MadeAfter | None
    test_numbers: bool


def order_for(book: Book, wish: Wish) -> Order:
    """Whose card this becomes.  The card in the slot decides, not the list of jobs."""
    named = {wish.order} if wish.order is not None else set()
    if wish.body is not None:
        printed = found_body(book, wish.body)["order_id"]
        named |= {printed} if printed is not None else set()
    if len(named) != 1:
        what = "is another person's 卡体属于他人" if named else "belongs to nobody yet 卡体未绑定"
        raise NotThisCard(f"the body in the slot {what}", wish.body)
    return orders_by_id(book.connection, list(named))[0]


def bind(book: Book, topologies: Topologies, order: Order, wish: Wish, term: Term) -> Work:
    """Order, card row and body are bound, and the lease begins."""
    flow, topology = flow_of(order), topologies[order.bank]
    _require_waiting(book, order, flow.begins_card(topology))
    require_tested(book, order.round)
    body = _body(book, order, wish.body, flow.body)
    profile = made_after(book, order, wish.made_after)
    account = _account(book, order, body)
    number = reserve_card(book, order, wish.body, profile, account, test_numbers=wish.test_numbers)
    changes: dict[str, Any] = {
        "card_number": number,
        "attempts": order.attempts + (order.card_number is None),
    }
    if account is not None and order.bank_hash is None:
        changes |= sealed.account_columns(book.keys, order.id, account)
    step_one(book, topologies, order, OrderState.CHIP_BOUND, changes, {"card": number})
    set_body(book, wish.body, BodyState.BOUND, order_id=order.id)
    if order.batch is not None:
        begin_batch(book, order.batch, BatchState.IN_WORK)
    held = begin_lease(book, order.id, *term)
    return work_on(book, order.id, Stage.SSSE, held.token, held.until)


def _require_waiting(book: Book, order: Order, begins: OrderState) -> None:
    _require_free(book, order)
    if order.state is not begins:
        raise NotThisCard(
            f"order {order.id} is {order.state.name} {order.state.zh}: no card is begun for it"
        )


def _require_free(book: Book, order: Order) -> None:
    held = lease_of(book, order.id)
    if held is not None:
        raise Busy(f"order {order.id} is in work at {held.station} {held.reader}")


def _body(book: Book, order: Order, name: str | None, kind: str) -> Mapping[str, Any] | None:
    if name is not None:
        body = found_body(book, name)
        require_body_fits(body, order, kind)
        return body
    if kind == "premade":
        raise NotThisCard(f"order {order.id}: pre-made blanks are tracked one by one 预制卡须登记")
    return None


def _account(book: Book, order: Order, body: Mapping[str, Any] | None) -> Account | None:
    """The account of the card: what stands on the blank, or the bank's answer."""
    number = None if body is None else sealed.open_body_account(book.keys, body)
    if number is None:
        account = sealed.open_account(book.keys, one(book.connection, ORDERS, order.id))
    else:
        account = Account(number)
    if account is not None:
        require_own_account(book, order.person_hash, account.number)
    return account


def at_bank(book: Book, person_hash: bytes) -> Order:
    """The order of the person whom a hand-over area names."""
    where = (ORDERS.c.person_hash == person_hash, ORDERS.c.state.in_(_sorted(LIVE_ORDERS)))
    found = orders_where(book.connection, *where)
    if not found:
        raise NotThisCard("the hand-over area names nobody who waits for a card 公共区人员不符")
    _require_free(book, found[0])
    if found[0].state is not OrderState.HANDED_OVER:
        state = found[0].state
        raise NotThisCard(f"order {found[0].id} is {state.name} {state.zh}, not with the bank")
    return found[0]


def _sorted(states: frozenset[OrderState]) -> list[OrderState]:
    return sorted(states, key=lambda state: state.name)


def to_audit(book: Book, topologies: Topologies, card_number: str) -> Order:
    """The order of a card that waits for its audit."""
    query = select(CARDS.c.order_id).where(CARDS.c.card_number == card_number)
    order_id = book.connection.execute(query).scalar()
    if order_id is None:
        raise NotThisCard(f"card {card_number} is no order's")
    (order,) = orders_by_id(book.connection, [order_id])
    _require_free(book, order)
    way = flow_of(order).path(topologies[order.bank])
    before = way[way.index(OrderState.AUDITED) - 1]
    if order.card_number != card_number or order.state is not before:
        raise NotThisCard(f"card {card_number} does not wait for its audit 该卡不在待审核状态")
    return order


def lease(book: Book, order: Order, stage: Stage, term: Term) -> Work:
    """A job whose card is bound already."""
    held = begin_lease(book, order.id, *term)
    book.note("order", str(order.id), f"taken for {stage.name.lower()}")
    return work_on(book, order.id, stage, held.token, held.until)

"""Batches: one unit's people in their order, their numbers, and the end of the batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from sscard.errors import LedgerError
from sscard.issuance import numbering
from sscard.issuance.ledger import Book
from sscard.issuance.ledger.counters import take
from sscard.issuance.ledger.schema import BATCH_LENGTH, BATCHES, ORDERS
from sscard.issuance.order_states import OrderState
from sscard.issuance.orders.entering import taken_numbers
from sscard.issuance.orders.flow import load_flow
from sscard.issuance.orders.rounds import require_tested
from sscard.issuance.orders.rows import BatchRow, MadeAfter, Order
from sscard.issuance.orders.rules import Rule, RuleBroken
from sscard.issuance.orders.steps import batch_of, move, orders_by_id, orders_where, round_named
from sscard.issuance.orders.topology import Topologies
from sscard.issuance.production_states import BATCH_TRANSITIONS, BatchState

#: States in which an order waits for nothing of its batch.
DONE = frozenset(
    {
        OrderState.AUDITED,
        OrderState.DELIVERED,
        OrderState.COLLECTED,
        OrderState.RETURNED,
        OrderState.LOST,
        OrderState.REPLACED,
        OrderState.OVERDUE,
        OrderState.RECOVERED,
        OrderState.CANCELLED,
    }
)


@dataclass(frozen=True, slots=True)
class BatchWish:
    """Whose cards are to be made at which bank; ``number`` is the office's batch number."""

    unit: str
    round: str
    flow: str
    bank: str
    made_after: MadeAfter
    number: str | None = None


def make_batch(book: Book, topologies: Topologies, wish: BatchWish, *, test_numbers: bool) -> str:
    """Everybody of the unit who is verified, in the order in which they were entered."""
    flow = load_flow(wish.flow)
    require_tested(book, wish.round)
    same = _same(wish)
    if flow.whole_unit and _count(book, *same, ORDERS.c.state == OrderState.ENTERED):
        raise RuleBroken(Rule.UNIT_WAITS, f"unit {wish.unit}")
    people = orders_where(
        book.connection, *same, ORDERS.c.bank == wish.bank, ORDERS.c.state == OrderState.VERIFIED
    )
    if not people:
        raise RuleBroken(Rule.NOBODY, f"unit {wish.unit}, bank {wish.bank}")
    number = _number(wish, people, test_numbers=test_numbers)
    _insert(book, wish, number, len(people))
    cards = allocated(book, people) if test_numbers else {}
    places = [
        {
            "batch": number,
            "position": place,
            "wanted_number": cards.get(order.id, order.wanted_number),
        }
        for place, order in enumerate(people, 1)
    ]
    move(book, topologies, people, OrderState.BATCHED, places)
    return number


def _same(wish: BatchWish) -> tuple[ColumnElement[bool], ...]:
    return (
        ORDERS.c.unit == wish.unit,
        ORDERS.c.round == wish.round,
        ORDERS.c.flow == wish.flow,
    )


def _count(book: Book, *where: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(ORDERS).where(*where)
    return int(book.connection.execute(query).scalar_one())


def _number(wish: BatchWish, people: Sequence[Order], *, test_numbers: bool) -> str:
    if wish.number is None and not test_numbers:
        raise RuleBroken(Rule.BATCH_NUMBER, f"unit {wish.unit}")
    number = wish.number or f"{numbering.TEST_DISTRICT}{people[0].id:09d}"
    if len(number) > BATCH_LENGTH or not number.isprintable():
        raise ValueError(f"a batch number has at most {BATCH_LENGTH} printable characters")
    return number


def _insert(book: Book, wish: BatchWish, number: str, expected: int) -> None:
    row = {
        "number": number,
        "round": wish.round,
        "unit": wish.unit,
        "region": round_named(book.connection, wish.round).region,
        "flow": wish.flow,
        "bank": wish.bank,
        "profile_name": wish.made_after.profile_name,
        "profile_sha256": wish.made_after.profile_sha256,
        "layers": wish.made_after.layers,
        "state": BatchState.OPEN,
        "expected": expected,
        "opened_at": book.actor.at,
    }
    book.insert(BATCHES, [row], "made", {"people": expected})


def give_card_numbers(book: Book, numbers: Mapping[int, str]) -> None:
    """The office's card numbers for orders that wait for one (decision 14)."""
    orders = orders_by_id(book.connection, list(numbers))
    settled = [order for order in orders if order.card_number or order.wanted_number]
    if settled:
        raise LedgerError(f"order {settled[0].id} has a card number already")
    taken = taken_numbers(book.connection, numbers.values())
    taken |= {each for each, times in Counter(numbers.values()).items() if times > 1}
    if taken:
        raise LedgerError(f"card number {min(taken)} would be given twice")
    changes = [{"wanted_number": numbers[order.id]} for order in orders]
    book.update_many(ORDERS, list(numbers), changes, "card number", changes)


def allocated(book: Book, orders: Sequence[Order]) -> dict[int, str]:
    """Test card numbers for those that have none; their district letter says that they are."""
    waiting = [order.id for order in orders if not (order.card_number or order.wanted_number)]
    numbers: list[str] = []
    while len(numbers) < len(waiting):
        drawn = take(book.connection, "card_number", len(waiting) - len(numbers))
        fresh = [numbering.allocated_card_number(each) for each in drawn]
        numbers += sorted(set(fresh) - taken_numbers(book.connection, fresh))
    return dict(zip(waiting, numbers, strict=True))


def require_batch_step(batch: BatchRow, after: BatchState) -> None:
    """LedgerError unless the table lets the batch go to ``after``."""
    if after not in BATCH_TRANSITIONS[batch.state]:
        raise LedgerError(f"batch {batch.number} is {batch.state.name}: it cannot be {after.name}")


def begin_batch(book: Book, number: str, after: BatchState) -> None:
    """The batch is at the bank or in work, if it is not further."""
    batch = batch_of(book.connection, number)
    if after in BATCH_TRANSITIONS[batch.state]:
        book.update(BATCHES, number, {"state": after}, after.name.lower())


def close_batch(book: Book, number: str) -> None:
    """Every order is done; nothing of the batch changes any more but in people's hands."""
    batch = batch_of(book.connection, number)
    require_batch_step(batch, BatchState.CLOSED)
    left = _count(book, ORDERS.c.batch == number, ORDERS.c.state.not_in(DONE))
    if left:
        raise RuleBroken(Rule.BATCH_OPEN, f"batch {number}, {left} orders")
    purge_stripe(book, number)
    changes = {"state": BatchState.CLOSED, "closed_at": book.actor.at}
    book.update(BATCHES, number, changes, "closed")


def purge_stripe(book: Book, number: str) -> int:
    """Stripe data of the batch are gone; the event with the count is the proof (issuance 3)."""
    batch_of(book.connection, number)
    where = (ORDERS.c.batch == number) & ORDERS.c.stripe_sealed.is_not(None)
    ids = list(book.connection.execute(select(ORDERS.c.id).where(where)).scalars())
    book.update_many(ORDERS, ids, {"stripe_sealed": None}, "stripe purged")
    if ids:
        book.note("batch", number, "stripe purged", {"orders": len(ids)})
    return len(ids)

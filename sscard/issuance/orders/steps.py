"""Finding orders inside a transaction, and moving many of them one step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Table, select

from sscard.errors import LedgerError
from sscard.issuance.ledger import Book
from sscard.issuance.ledger.recorded import NO_FACTS, ForEach, Values
from sscard.issuance.ledger.schema import BATCHES, ORDERS, ROUNDS
from sscard.issuance.order_states import OrderState, require_step
from sscard.issuance.orders.flow import Flow, load_flow
from sscard.issuance.orders.rows import (
    ORDER_COLUMNS,
    ROUND_COLUMNS,
    BatchRow,
    Order,
    Round,
    round_of,
    row_of,
)
from sscard.issuance.orders.topology import Topologies

#: Values that one query looks for.
CHUNK = 500
V = TypeVar("V")


def chunks(values: Iterable[V]) -> Iterator[list[V]]:
    """At most ``CHUNK`` at a time."""
    rest = iter(values)
    while part := list(islice(rest, CHUNK)):
        yield part


def among(
    connection: Connection, column: ColumnElement[Any], values: Iterable[Any], *wanted: Any
) -> Iterator[Any]:
    """Rows of ``wanted`` where ``column`` is one of many ``values``."""
    for part in chunks(values):
        yield from connection.execute(select(*wanted).where(column.in_(part)))


def one(connection: Connection, table: Table, key: Any) -> Mapping[str, Any]:
    """A whole row.  Raises LedgerError when there is none."""
    (column,) = table.primary_key.columns
    row = connection.execute(select(table).where(column == key)).mappings().first()
    if row is None:
        raise LedgerError(f"no {table.info['kind']} {key} in the ledger")
    return dict(row)


def orders_by_id(connection: Connection, ids: Sequence[int]) -> list[Order]:
    """The orders with these ids, in the order of ``ids``.  LedgerError names one that is not there.

    ValueError when one is named twice.
    """
    found = {row.id: row for row in among(connection, ORDERS.c.id, ids, *ORDER_COLUMNS)}
    if len(set(ids)) != len(ids):
        raise ValueError("an order is named twice")
    missing = [each for each in ids if each not in found]
    if missing:
        raise LedgerError(f"no order {missing[0]} in the ledger")
    return [row_of(Order, found[each]._mapping) for each in ids]


def orders_where(connection: Connection, *where: ColumnElement[bool]) -> list[Order]:
    """Orders in their unit's order."""
    query = select(*ORDER_COLUMNS).where(*where).order_by(ORDERS.c.position, ORDERS.c.id)
    return [row_of(Order, row) for row in connection.execute(query).mappings()]


def batch_of(connection: Connection, number: str) -> BatchRow:
    """The batch.  Raises LedgerError when there is none."""
    return row_of(BatchRow, one(connection, BATCHES, number))


def round_named(connection: Connection, name: str) -> Round:
    """The round.  Raises LedgerError when there is none."""
    row = connection.execute(select(*ROUND_COLUMNS).where(ROUNDS.c.name == name)).mappings()
    found = row.first()
    if found is None:
        raise LedgerError(f"no round {name} in the ledger")
    return round_of(found)


def flow_of(order: Order) -> Flow:
    """The flow that an order goes."""
    return load_flow(order.flow)


def require_allowed(topologies: Topologies, order: Order, after: OrderState) -> None:
    """LedgerError unless the table and the order's flow let it go to ``after``."""
    require_step(order.id, order.state, after)
    if not flow_of(order).allows(topologies[order.bank], order.state, after):
        raise LedgerError(
            f"order {order.id} is {order.state.name} {order.state.zh}: in the flow {order.flow} "
            f"it cannot become {after.name} {after.zh}"
        )


def move(
    book: Book,
    topologies: Topologies,
    orders: Sequence[Order],
    after: OrderState,
    changes: ForEach = NO_FACTS,
    *,
    what: str = "",
    facts: ForEach = NO_FACTS,
) -> None:
    """All of these orders go one step; one that may not refuses the whole call, by its id."""
    for order in orders:
        require_allowed(topologies, order, after)
    same = {"state": after, "changed_at": book.actor.at}
    each: ForEach = (
        {**same, **changes} if isinstance(changes, Mapping) else [same | dict(c) for c in changes]
    )
    keys = [order.id for order in orders]
    book.update_many(ORDERS, keys, each, what or word(after), facts)


def word(state: OrderState) -> str:
    """What an event is called that leads to ``state``."""
    return state.name.lower().replace("_", " ")


def step_one(
    book: Book,
    topologies: Topologies,
    order: Order,
    after: OrderState,
    changes: Values = NO_FACTS,
    facts: Values = NO_FACTS,
) -> Order:
    """One order goes one step; the order as it is then."""
    move(book, topologies, [order], after, changes, facts=facts)
    return orders_by_id(book.connection, [order.id])[0]

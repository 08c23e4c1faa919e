"""Reading orders: by what one has in hand, and whole batches in their order."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, func, select

from sscard.errors import LedgerError
from sscard.issuance.ledger import LedgerKeys, reading
from sscard.issuance.ledger.schema import BATCHES, BODIES, CARDS, ORDERS, ROUNDS, UNITS
from sscard.issuance.order_states import LIVE_ORDERS, OrderState
from sscard.issuance.orders import sealed
from sscard.issuance.orders.people import Account, Person
from sscard.issuance.orders.rows import (
    BATCH_COLUMNS,
    ORDER_COLUMNS,
    ROUND_COLUMNS,
    UNIT_COLUMNS,
    BatchRow,
    File,
    Order,
    Round,
    Unit,
    round_of,
    row_of,
)
from sscard.issuance.orders.steps import batch_of, one, orders_by_id

#: Orders read at a time: memory does not grow with the batch.
PAGE = 1000
_SEALED = (ORDERS.c.personal, ORDERS.c.bank_sealed)


@dataclass(frozen=True, slots=True)
class Notice:
    """The holder is to be told: their account is another one, paying agencies must know."""

    order: int
    old_bank: str
    new_bank: str


class Queries:
    """What the ledger says of orders; each call sees one moment of it."""

    def __init__(self, engine: Engine, keys: LedgerKeys) -> None:
        self.engine, self.keys = engine, keys

    def order(self, order: int) -> Order:
        """The order.  Raises LedgerError when there is none."""
        with reading(self.engine) as connection:
            return orders_by_id(connection, [order])[0]

    def by_card(self, card_number: str) -> Order:
        """The order that a card was made for.  Raises LedgerError when there is none."""
        query = select(CARDS.c.order_id).where(CARDS.c.card_number == card_number)
        return self._by(query, f"card {card_number}")

    def by_body(self, body: str) -> Order:
        """The order that a card body is bound to.  Raises LedgerError when there is none."""
        return self._by(select(BODIES.c.order_id).where(BODIES.c.id == body), f"body {body}")

    def by_person(self, id_number: str) -> tuple[Order, ...]:
        """All orders of a person: the living one first, then the newest."""
        wanted = ORDERS.c.person_hash == self.keys.person_hash(id_number)
        query = select(*ORDER_COLUMNS).where(wanted).order_by(ORDERS.c.id.desc())
        with reading(self.engine) as connection:
            found = [row_of(Order, row) for row in connection.execute(query).mappings()]
        return tuple(sorted(found, key=lambda order: order.state not in LIVE_ORDERS))

    def person(self, order: int) -> Person:
        """Whose order it is."""
        return sealed.open_person(self.keys, self._row(order))

    def account(self, order: int) -> Account | None:
        """The bank's number, None while it is not known."""
        return sealed.open_account(self.keys, self._row(order))

    def stripe(self, order: int) -> Mapping[str, str] | None:
        """Stripe data, None when there are none or they are purged."""
        return sealed.open_stripe(self.keys, self._row(order))

    def orders_of(self, batch: str, states: Collection[OrderState] = ()) -> Iterator[Order]:
        """Orders of a batch in their unit's order; those in ``states``, or all."""
        for row in self._pages(batch, states, ORDER_COLUMNS):
            yield row_of(Order, row)

    def files_of(self, batch: str, states: Collection[OrderState] = ()) -> Iterator[File]:
        """As ``orders_of``, with people and accounts."""
        for row in self._pages(batch, states, (*ORDER_COLUMNS, *_SEALED)):
            person = sealed.open_person(self.keys, row)
            yield File(row_of(Order, row), person, sealed.open_account(self.keys, row))

    def waiting_for_number(self, batch: str) -> tuple[int, ...]:
        """Orders for whose card the office has given no number yet."""
        nothing = ORDERS.c.wanted_number.is_(None) & ORDERS.c.card_number.is_(None)
        live = ORDERS.c.state.in_(sorted(LIVE_ORDERS))
        where = (ORDERS.c.batch == batch) & nothing & live
        query = select(ORDERS.c.id).where(where).order_by(ORDERS.c.position)
        with reading(self.engine) as connection:
            return tuple(connection.execute(query).scalars())

    def counts(
        self,
        batch: str | None = None,
        round: str | None = None,  # noqa: A002 the ledger's word
    ) -> Mapping[OrderState, int]:
        """How many orders are in each state, also where none is."""
        query = select(ORDERS.c.state, func.count()).group_by(ORDERS.c.state)
        for column, value in ((ORDERS.c.batch, batch), (ORDERS.c.round, round)):
            query = query if value is None else query.where(column == value)
        with reading(self.engine) as connection:
            found = {row.state: row[1] for row in connection.execute(query)}
        return {state: found.get(state, 0) for state in OrderState}

    def notices(self, batch: str | None = None) -> Iterator[Notice]:
        """Orders whose holder has another bank than before (issuance 3 flow D)."""
        old = ORDERS.alias("old")
        where: ColumnElement[bool] = ORDERS.c.bank != old.c.bank
        if batch is not None:
            where &= ORDERS.c.batch == batch
        query = select(ORDERS.c.id, old.c.bank, ORDERS.c.bank).where(where)
        query = query.join(old, ORDERS.c.replaces == old.c.id).order_by(ORDERS.c.id)
        with reading(self.engine) as connection:
            found = connection.execute(query).all()
        yield from (Notice(*row) for row in found)

    def batch(self, number: str) -> BatchRow:
        """The batch.  Raises LedgerError when there is none."""
        with reading(self.engine) as connection:
            return batch_of(connection, number)

    def batches(self, round: str | None = None) -> tuple[BatchRow, ...]:  # noqa: A002
        """Batches by number, of one round or all."""
        query = select(*BATCH_COLUMNS).order_by(BATCHES.c.number)
        query = query if round is None else query.where(BATCHES.c.round == round)
        with reading(self.engine) as connection:
            return tuple(row_of(BatchRow, row) for row in connection.execute(query).mappings())

    def units(self) -> tuple[Unit, ...]:
        """Units by code."""
        query = select(*UNIT_COLUMNS).order_by(UNITS.c.code)
        with reading(self.engine) as connection:
            return tuple(row_of(Unit, row) for row in connection.execute(query).mappings())

    def rounds(self) -> tuple[Round, ...]:
        """Rounds by name."""
        query = select(*ROUND_COLUMNS).order_by(ROUNDS.c.name)
        with reading(self.engine) as connection:
            return tuple(round_of(row) for row in connection.execute(query).mappings())

    def _row(self, order: int) -> Mapping[str, Any]:
        with reading(self.engine) as connection:
            return one(connection, ORDERS, order)

    def _by(self, query: Select[Any], what: str) -> Order:
        with reading(self.engine) as connection:
            found = connection.execute(query).scalar()
            if found is None:
                raise LedgerError(f"{what} is no order's")
            return orders_by_id(connection, [found])[0]

    def _pages(
        self, batch: str, states: Collection[OrderState], columns: tuple[Any, ...]
    ) -> Iterator[Mapping[str, Any]]:
        with reading(self.engine) as connection:
            batch_of(connection, batch)
        place, query = 0, select(*columns).where(ORDERS.c.batch == batch)
        if states:
            query = query.where(ORDERS.c.state.in_(sorted(states)))
        while True:
            part = query.where(ORDERS.c.position > place).order_by(ORDERS.c.position)
            rows = self._read(part.limit(PAGE))
            yield from rows
            if len(rows) < PAGE:
                return
            place = rows[-1]["position"]

    def _read(self, query: Select[Any]) -> list[Mapping[str, Any]]:
        with reading(self.engine) as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

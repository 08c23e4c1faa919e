"""Reading orders: by what one has in hand, and whole batches in their order."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Engine, Select, func, or_, select

from sscard.errors import LedgerError
from sscard.issuance.ledger import CardRow, LedgerKeys, reading
from sscard.issuance.ledger.schema import BATCHES, BODIES, CARDS, LISTS, ORDERS, ROUNDS, UNITS
from sscard.issuance.ledger.steps import card_row
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
from sscard.issuance.orders.steps import among, batch_of, one, orders_by_id
from sscard.issuance.states import CardState

#: Orders read at a time: memory does not grow with the batch.
PAGE = 1000
_SEALED = (ORDERS.c.personal, ORDERS.c.bank_sealed)


@dataclass(frozen=True, slots=True)
class Notice:
    """The holder is to be told: their account is another one, paying agencies must know."""

    order: int
    old_bank: str
    new_bank: str


@dataclass(frozen=True, slots=True)
class SpoiledCard:
    """A card that was given up: failed, spoiled half-done, or refused at the end (WITHDRAWN)."""

    order: int
    card_number: str
    body: str | None
    reason: str | None
    at: datetime
    state: CardState


class Queries:
    """What the ledger says of orders; each call sees one moment of it."""

    def __init__(self, engine: Engine, keys: LedgerKeys) -> None:
        self.engine, self.keys = engine, keys

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One moment of the ledger."""
        with reading(self.engine) as connection:
            yield connection

    def order(self, order: int) -> Order:
        """The order.  Raises LedgerError when there is none."""
        with self.reading() as connection:
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
        with self.reading() as connection:
            found = [row_of(Order, row) for row in connection.execute(query).mappings()]
        return tuple(sorted(found, key=lambda order: order.state not in LIVE_ORDERS))

    def living(self, hashes: Collection[bytes]) -> Mapping[bytes, Order]:
        """The living orders of these people, by keyed hash."""
        with self.reading() as connection:
            rows = among(connection, ORDERS.c.person_hash, hashes, *ORDER_COLUMNS)
            found = [row_of(Order, row._mapping) for row in rows]
        return {order.person_hash: order for order in found if order.state in LIVE_ORDERS}

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
        for page in self._pages(batch, states, ORDER_COLUMNS):
            yield from (row_of(Order, row) for row in page)

    def files_of(self, batch: str, states: Collection[OrderState] = ()) -> Iterator[File]:
        """As ``orders_of``, with people, accounts and present cards."""
        for page in self._pages(batch, states, (*ORDER_COLUMNS, *_SEALED)):
            cards = self._cards([row["card_number"] for row in page if row["card_number"]])
            for row in page:
                person = sealed.open_person(self.keys, row)
                account, card = sealed.open_account(self.keys, row), cards.get(row["card_number"])
                yield File(row_of(Order, row), person, account, card)

    def spoiled_of(self, batch: str) -> Iterator[SpoiledCard]:
        """Every card of the batch that was given up, in the order of its people."""
        dead = CARDS.c.state.in_([CardState.SPOILED, CardState.FAILED])
        refused = (CARDS.c.state == CardState.WITHDRAWN) & ORDERS.c.card_number.is_distinct_from(
            CARDS.c.card_number
        )
        columns = (CARDS.c.order_id, CARDS.c.card_number, CARDS.c.body, CARDS.c.reason)
        query = select(*columns, CARDS.c.changed_at, CARDS.c.state)
        query = query.join(ORDERS, ORDERS.c.id == CARDS.c.order_id)
        query = query.where(CARDS.c.batch_number == batch, or_(dead, refused))
        with self.reading() as connection:
            rows = connection.execute(query.order_by(ORDERS.c.position, CARDS.c.serial)).all()
        yield from (SpoiledCard(*row) for row in rows)

    def has_list(self, sha256: bytes, direction: Literal["in", "out"] = "in") -> bool:
        """Whether a list with this content came, or went."""
        same = (LISTS.c.sha256 == sha256) & (LISTS.c.direction == direction)
        with self.reading() as connection:
            return connection.execute(select(LISTS.c.id).where(same).limit(1)).first() is not None

    def waiting_for_number(self, batch: str) -> tuple[int, ...]:
        """Orders for whose card the office has given no number yet."""
        nothing = ORDERS.c.wanted_number.is_(None) & ORDERS.c.card_number.is_(None)
        live = ORDERS.c.state.in_(sorted(LIVE_ORDERS))
        where = (ORDERS.c.batch == batch) & nothing & live
        query = select(ORDERS.c.id).where(where).order_by(ORDERS.c.position)
        with self.reading() as connection:
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
        with self.reading() as connection:
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
        with self.reading() as connection:
            found = connection.execute(query).all()
        yield from (Notice(*row) for row in found)

    def notice(self, order: int) -> Notice | None:
        """What the holder of this order's card is to be told."""
        batch = self.order(order).batch
        return next((each for each in self.notices(batch) if each.order == order), None)

    def batch(self, number: str) -> BatchRow:
        """The batch.  Raises LedgerError when there is none."""
        with self.reading() as connection:
            return batch_of(connection, number)

    def batches(self, round: str | None = None) -> tuple[BatchRow, ...]:  # noqa: A002
        """Batches by number, of one round or all."""
        query = select(*BATCH_COLUMNS).order_by(BATCHES.c.number)
        query = query if round is None else query.where(BATCHES.c.round == round)
        with self.reading() as connection:
            return tuple(row_of(BatchRow, row) for row in connection.execute(query).mappings())

    def units(self) -> tuple[Unit, ...]:
        """Units by code."""
        query = select(*UNIT_COLUMNS).order_by(UNITS.c.code)
        with self.reading() as connection:
            return tuple(row_of(Unit, row) for row in connection.execute(query).mappings())

    def rounds(self) -> tuple[Round, ...]:
        """Rounds by name."""
        query = select(*ROUND_COLUMNS).order_by(ROUNDS.c.name)
        with self.reading() as connection:
            return tuple(round_of(row) for row in connection.execute(query).mappings())

    def _row(self, order: int) -> Mapping[str, Any]:
        with self.reading() as connection:
            return one(connection, ORDERS, order)

    def _by(self, query: Select[Any], what: str) -> Order:
        with self.reading() as connection:
            found = connection.execute(query).scalar()
            if found is None:
                raise LedgerError(f"{what} is no order's")
            return orders_by_id(connection, [found])[0]

    def _pages(
        self, batch: str, states: Collection[OrderState], columns: tuple[Any, ...]
    ) -> Iterator[list[Mapping[str, Any]]]:
        with self.reading() as connection:
            batch_of(connection, batch)
        place, query = 0, select(*columns).where(ORDERS.c.batch == batch)
        if states:
            query = query.where(ORDERS.c.state.in_(sorted(states)))
        while True:
            part = query.where(ORDERS.c.position > place).order_by(ORDERS.c.position)
            rows = self._read(part.limit(PAGE))
            yield rows
            if len(rows) < PAGE:
                return
            place = rows[-1]["position"]

    def _cards(self, numbers: Collection[str]) -> dict[str | None, CardRow]:
        with self.reading() as connection:
            rows = among(connection, CARDS.c.card_number, numbers, *CARDS.c)
            return {row.card_number: card_row(row._mapping, self.keys) for row in rows}

    def _read(self, query: Select[Any]) -> list[Mapping[str, Any]]:
        with self.reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

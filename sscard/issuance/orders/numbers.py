"""Every number accounted for: a proof over cards, orders, bodies and counters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Select, and_, func, or_, select

from sscard.issuance.ledger.schema import BODIES, CARDS, COUNTERS, ORDERS
from sscard.issuance.order_states import FINAL_ORDERS, OrderState
from sscard.issuance.production_states import BodyState
from sscard.issuance.states import OPEN, CardState

_O, _C = OrderState, CardState
#: In which state the present card of an order is; None: it has none.
CARD_OF_ORDER: Mapping[OrderState, frozenset[CardState | None]] = MappingProxyType(
    {
        **{
            state: frozenset({None, _C.RESERVED})  # a job that went back keeps its numbers
            for state in (_O.VERIFIED, _O.BATCHED, _O.BANK_MATCHED)
        },
        **{state: frozenset({None}) for state in (_O.ENTERED, _O.BANK_REQUESTED)},
        # SPOILED: its job went back untouched before the record did
        _O.RETURNED: frozenset({None, _C.FAILED, _C.SPOILED}),
        _O.CHIP_BOUND: frozenset({_C.RESERVED}),
        **{
            state: frozenset({_C.SSSE_DONE})
            for state in (_O.SSSE_DONE, _O.HANDED_OVER, _O.PSE_DONE, _O.HANDOVER_CLOSED)
        },
        **{
            state: frozenset({_C.ISSUED})
            for state in (_O.AUDITED, _O.DELIVERED, _O.COLLECTED, _O.LOST, _O.OVERDUE, _O.RECOVERED)
        },
        _O.SPOILED: frozenset({_C.SPOILED, _C.WITHDRAWN}),
        _O.FAILED: frozenset({_C.FAILED}),
        _O.REPLACED: frozenset({_C.WITHDRAWN}),
        _O.CANCELLED: frozenset({None, _C.WITHDRAWN, _C.SPOILED}),
    }
)
#: Findings that are named; there are as many queries as kinds of findings.
NAMED = 100


@dataclass(frozen=True, slots=True)
class NumberBalance:
    """What became of every number; sound when ``findings`` is empty.

    ``cards``: card numbers by state.  ``waiting``: the office's numbers that no card has yet.
    ``serials`` given out: as many as there are cards.
    """

    cards: Mapping[CardState, int]
    waiting: int
    serials: int
    findings: tuple[str, ...]

    @property
    def given(self) -> int:
        """Card numbers given or imported: each is issued, spoiled, failed, reserved or waits."""
        return sum(self.cards.values()) + self.waiting


def balance(connection: Connection) -> NumberBalance:
    """The proof, as of now."""
    counted = select(CARDS.c.state, func.count()).group_by(CARDS.c.state)
    states = {row.state: row[1] for row in connection.execute(counted)}
    return NumberBalance(
        {state: states.get(state, 0) for state in CardState},
        _count(connection, _waiting()),
        _serials(connection),
        tuple(_findings(connection)),
    )


def _waiting() -> Select[Any]:
    """Numbers of living orders, that are not a card's by now."""
    used = select(CARDS.c.card_number).where(CARDS.c.card_number == ORDERS.c.wanted_number)
    live = ORDERS.c.state.not_in(sorted(FINAL_ORDERS))
    return select(ORDERS.c.id).where(ORDERS.c.wanted_number.is_not(None), live, ~used.exists())


def _count(connection: Connection, query: Select[Any]) -> int:
    counted = select(func.count()).select_from(query.subquery())
    return int(connection.execute(counted).scalar_one())


def _serials(connection: Connection) -> int:
    query = select(COUNTERS.c.last).where(COUNTERS.c.name == "serial")
    return int(connection.execute(query).scalar_one())


def _findings(connection: Connection) -> Iterator[str]:
    cards = int(connection.execute(select(func.count()).select_from(CARDS)).scalar_one())
    if cards != _serials(connection):
        yield f"{_serials(connection)} serials were given to {cards} cards"
    for query, text in _DOUBTS:
        rows = connection.execute(query().limit(NAMED))
        yield from (text.format(*row) for row in rows)


def _wrong_card() -> Select[Any]:
    """Orders whose card is in a state that does not go with theirs, or is missing."""
    wrong = [
        and_(ORDERS.c.state == state, _not_one_of(allowed))
        for state, allowed in CARD_OF_ORDER.items()
    ]
    joined = ORDERS.outerjoin(CARDS, ORDERS.c.card_number == CARDS.c.card_number)
    return select(ORDERS.c.id, ORDERS.c.state).select_from(joined).where(or_(*wrong))


def _not_one_of(allowed: frozenset[CardState | None]) -> Any:
    states = [state for state in allowed if state is not None]
    wrong = CARDS.c.state.not_in(states) if states else CARDS.c.state.is_not(None)
    return wrong if None in allowed else or_(wrong, CARDS.c.state.is_(None))


def _ownerless() -> Select[Any]:
    """Cards that are open or valid, and are not their order's present card."""
    mine = and_(ORDERS.c.id == CARDS.c.order_id, ORDERS.c.card_number == CARDS.c.card_number)
    valid = CARDS.c.state.in_([*sorted(OPEN, key=lambda each: each.name), CardState.ISSUED])
    query = select(CARDS.c.card_number).where(CARDS.c.order_id.is_not(None), valid)
    return query.where(~select(ORDERS.c.id).where(mine).exists())


def _two_people() -> Select[Any]:
    """Bank numbers that cards of two people have."""
    query = select(func.min(CARDS.c.card_number)).where(CARDS.c.bank_hash.is_not(None))
    grouped = query.group_by(CARDS.c.bank_hash)
    return grouped.having(func.count(CARDS.c.person_hash.distinct()) > 1)


def _lost_bodies() -> Select[Any]:
    """Bodies in work that no open card has."""
    mine = and_(CARDS.c.body == BODIES.c.id, CARDS.c.state.in_([CardState.RESERVED, _C.SSSE_DONE]))
    query = select(BODIES.c.id).where(BODIES.c.state == BodyState.BOUND)
    return query.where(~select(CARDS.c.card_number).where(mine).exists())


_DOUBTS = (
    (_wrong_card, "order {0} is {1}, its card is in another state"),
    (_ownerless, "card {0} is valid and no order's present card"),
    (_two_people, "card {0} and another person's have one bank number"),
    (_lost_bodies, "body {0} is bound and no card's in work"),
)

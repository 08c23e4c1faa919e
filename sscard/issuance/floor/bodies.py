"""Card bodies in the ledger: which person's each is, which were used up, and how they end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from sqlalchemy import ColumnElement, Connection, RowMapping, select

from sscard.errors import LedgerError
from sscard.issuance.floor.body_numbers import Kind
from sscard.issuance.floor.identifiers import Reading
from sscard.issuance.floor.mismatches import Mismatch, Mismatched
from sscard.issuance.floor.signatures import TwoSignatures, require_name
from sscard.issuance.ledger import Book
from sscard.issuance.ledger.schema import BODIES, ORDERS
from sscard.issuance.production_states import BodyState

#: Only a body that is in stock can become a card; what a body in another state is instead.
_GONE: Mapping[BodyState, Mismatch] = MappingProxyType(
    {
        BodyState.BOUND: Mismatch.TAKEN,
        BodyState.USED: Mismatch.USED_BODY,
        BodyState.HANDED_OVER: Mismatch.USED_BODY,
        BodyState.SPOILED: Mismatch.SPOILED_BODY,
        BodyState.DESTROYED: Mismatch.SPOILED_BODY,
        BodyState.TEST: Mismatch.SPOILED_BODY,
        BodyState.RETURNED: Mismatch.SPOILED_BODY,
    }
)
_NO_CARD = sorted(
    (state for state, why in _GONE.items() if why is Mismatch.SPOILED_BODY), key=lambda s: s.name
)
#: What may be destroyed.
_DEAD = frozenset({BodyState.SPOILED, BodyState.TEST, BodyState.RETURNED})


@dataclass(frozen=True, slots=True)
class Bound:
    """A card body, and the order that is to have it."""

    body: str
    order: int


def bound(connection: Connection, readings: Sequence[Reading], batch: str) -> Bound:
    """The body in the slot of the social-security station, and its order.

    Raises Mismatched when the ledger does not know it, when it is another batch's, was used or
    spoiled, or when two readings name two bodies.
    """
    return _same([_found(connection, each, batch) for each in readings], readings)


def free(connection: Connection, readings: Sequence[Reading]) -> str:
    """A body that is nobody's yet, for a single card (issuance 3 flows C, D).

    Raises Mismatched.
    """
    found = {_row(connection, each, BODIES.c.id == each.number)["id"] for each in readings}
    if len(found) != 1:
        raise Mismatched(Mismatch.TWO_READS, " ≠ ".join(sorted(found)))
    return str(found.pop())


def blank_with(connection: Connection, bank_hash: bytes) -> str:
    """The pre-made blank with this account.  Raises Mismatched unless it is in stock."""
    columns = (BODIES.c.id, BODIES.c.state)
    row = connection.execute(select(*columns).where(BODIES.c.bank_hash == bank_hash)).first()
    if row is None:
        raise Mismatched(Mismatch.UNKNOWN_BODY)
    if row.state in _GONE:
        raise Mismatched(_GONE[row.state], row.id)
    return str(row.id)


def owner(connection: Connection, readings: Sequence[Reading], batch: str) -> Bound:
    """The body in the slot of the bank station, which the first station has bound."""
    return _same([_made(connection, each, batch) for each in readings], readings)


def _same(found: Sequence[Bound], readings: Sequence[Reading]) -> Bound:
    if len(set(found)) != 1:
        raise Mismatched(Mismatch.TWO_READS, " ≠ ".join(each.number for each in readings))
    return found[0]


def _found(connection: Connection, reading: Reading, batch: str) -> Bound:
    row = _known(connection, reading, batch)
    if row["state"] in _GONE:
        raise Mismatched(_GONE[row["state"]], row["id"])
    return _of(row)


def _made(connection: Connection, reading: Reading, batch: str) -> Bound:
    row = _known(connection, reading, batch)
    if _GONE.get(row["state"]) is Mismatch.SPOILED_BODY:
        raise Mismatched(Mismatch.SPOILED_BODY, row["id"])
    return _of(row)


def _known(connection: Connection, reading: Reading, batch: str) -> RowMapping:
    where = BODIES.c.id == reading.number
    if reading.kind is Kind.TRAY:
        place = (ORDERS.c.batch == batch) & (ORDERS.c.position == int(reading.number))
        there = select(ORDERS.c.id).where(place).scalar_subquery()
        where = (BODIES.c.order_id == there) & BODIES.c.state.not_in(_NO_CARD)
    row = _row(connection, reading, where)
    if row["batch"] != batch:
        raise Mismatched(Mismatch.OTHER_BATCH, row["id"], detail=row["batch"] or "")
    return row


def _row(connection: Connection, reading: Reading, where: ColumnElement[bool]) -> RowMapping:
    columns = (BODIES.c.id, BODIES.c.batch, BODIES.c.order_id, BODIES.c.state)
    row = connection.execute(select(*columns).where(where)).mappings().first()
    if row is None:
        # Whatever was held to the scanner may be a person's number: only its end is told.
        raise Mismatched(Mismatch.UNKNOWN_BODY, detail=f"…{reading.number[-4:]}")
    return row


def _of(row: RowMapping) -> Bound:
    if row["order_id"] is None:
        raise Mismatched(Mismatch.FREE_BODY, row["id"])
    return Bound(row["id"], row["order_id"])


def destroy(book: Book, body: str, signed: TwoSignatures, note: str = "") -> None:
    """A spoiled, returned or test card was destroyed before two people.

    Raises LedgerError for a body that is not there, or is none of these.
    """
    state = _state(book.connection, body)
    if state not in _DEAD:
        raise LedgerError(f"{body}: {state.zh} {state.name}, 未作废 it is not spoiled")
    changes = {
        "state": BodyState.DESTROYED,
        "destroyed_by": signed.by,
        "destroyed_witness": signed.witness,
        "at": book.actor.at,
    }
    book.update(BODIES, body, changes, "destroyed", facts={"note": note} if note else {})


def use_for_test(book: Book, body: str, by: str, note: str = "") -> None:
    """A body that nobody's card is to be becomes a test card, and is counted as one.

    Raises LedgerError where it is bound, used or gone; NotSigned.
    """
    require_name(by)
    state = _state(book.connection, body)
    where = BODIES.c.id == body
    order = book.connection.execute(select(BODIES.c.order_id).where(where)).scalar()
    if state is not BodyState.RECEIVED or order is not None:
        raise LedgerError(f"{body}: 已绑定或已用 is bound or used: no test card")
    changes = {"state": BodyState.TEST, "at": book.actor.at}
    facts = {"by": by, "note": note} if note else {"by": by}
    book.update(BODIES, body, changes, "test", facts=facts)


def _state(connection: Connection, body: str) -> BodyState:
    state = connection.execute(select(BODIES.c.state).where(BODIES.c.id == body)).scalar()
    if not isinstance(state, BodyState):
        raise LedgerError(f"no body {body} in the ledger")
    return state

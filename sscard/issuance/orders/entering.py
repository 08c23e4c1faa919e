"""Records become orders, and the office verifies them (issuance 3 flow A step 1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection

from sscard.errors import LedgerError
from sscard.issuance.ledger import Book
from sscard.issuance.ledger.counters import take
from sscard.issuance.ledger.schema import CARDS, ORDERS, UNITS
from sscard.issuance.numbering import require_card_number
from sscard.issuance.order_states import LIVE_ORDERS, OrderState, PinState, SideState
from sscard.issuance.orders import rules
from sscard.issuance.orders.flow import load_flow
from sscard.issuance.orders.people import Entry, Intake, Outcome, Person
from sscard.issuance.orders.rounds import require_open
from sscard.issuance.orders.rows import Kind, Round
from sscard.issuance.orders.sealed import open_person, seal_person
from sscard.issuance.orders.steps import (
    among,
    move,
    one,
    orders_by_id,
    round_named,
)
from sscard.issuance.orders.topology import Topologies
from sscard.issuance.reasons import Reason
from sscard.issuance.states import LIVE


@dataclass(slots=True)
class Known:
    """What the ledger knows of the people and numbers of a list."""

    orders: dict[bytes, list[Any]] = field(default_factory=dict)
    carded: set[bytes] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)


def enter(
    book: Book, topologies: Topologies, intake: Intake, entries: Iterable[Entry]
) -> tuple[Outcome, ...]:
    """One order for each record that may have one; the others go back with a reason."""
    listed = list(entries)
    _require_place(book, intake)
    for bank in sorted({each.bank for each in listed if each.bank}):
        load_flow(intake.flow).path(topologies[bank])  # the bank's way is one of the flow's
    hashes = [book.keys.person_hash(each.person.id_number) for each in listed]
    known = _known(book.connection, hashes, [each.card_number for each in listed])
    reasons = [
        _reason(each, person, known, book) for each, person in zip(listed, hashes, strict=True)
    ]
    sound = [n for n, reason in enumerate(reasons) if reason is None]
    ids = dict(zip(sound, _ids(book, len(sound)), strict=True))
    rows = [order_row(book, order, intake, listed[n], hashes[n], "new") for n, order in ids.items()]
    book.insert(ORDERS, rows, "entered")
    return tuple(Outcome(each.row, ids.get(n), reasons[n]) for n, each in enumerate(listed))


def order_row(
    book: Book, order: int, intake: Intake, entry: Entry, person_hash: bytes, kind: Kind
) -> dict[str, Any]:
    """The row of a new order."""
    return {
        "id": order,
        "unit": intake.unit,
        "round": intake.round,
        "flow": intake.flow,
        "region": intake.region,
        "bank": entry.bank,
        "kind": kind,
        "person_hash": person_hash,
        "personal": seal_person(book.keys, order, entry.person),
        "state": OrderState.ENTERED,
        "wanted_number": entry.card_number,
        "attempts": 0,
        "bank_since": rules.day(book.actor.at),
        "social_state": SideState.INACTIVE,
        "account_state": SideState.INACTIVE,
        "pin_state": PinState.INITIAL,
        "entered_at": book.actor.at,
        "changed_at": book.actor.at,
    }


def _require_place(book: Book, intake: Intake) -> None:
    require_open(round_named(book.connection, intake.round))
    require_unit(book, intake)
    if load_flow(intake.flow).kind == "replacement":
        raise LedgerError(f"flow {intake.flow}: begun with the old order, not with a record")


def require_unit(book: Book, intake: Intake) -> None:
    """LedgerError unless the unit is known; only instant cards have none."""
    if intake.unit is not None:
        one(book.connection, UNITS, intake.unit)
    elif load_flow(intake.flow).batched:
        raise LedgerError(f"flow {intake.flow}: makes batches, so its people have a unit")


def _ids(book: Book, count: int) -> Iterable[int]:
    return take(book.connection, "order", count) if count else ()


def _known(connection: Connection, hashes: Sequence[bytes], numbers: Iterable[str | None]) -> Known:
    known = Known()
    wanted = (ORDERS.c.person_hash, ORDERS.c.state, ORDERS.c.bank, ORDERS.c.issued_at)
    for row in among(connection, ORDERS.c.person_hash, hashes, *wanted):
        known.orders.setdefault(row.person_hash, []).append(row)
    for row in among(connection, CARDS.c.person_hash, hashes, CARDS.c.person_hash, CARDS.c.state):
        if row.state in LIVE:
            known.carded.add(row.person_hash)
    known.numbers = taken_numbers(connection, numbers)
    return known


def taken_numbers(connection: Connection, numbers: Iterable[str | None]) -> set[str]:
    """Those of the office's card numbers that a card has, or a living order waits with."""
    given = [require_card_number(each) for each in numbers if each is not None]
    taken = {row[0] for row in among(connection, CARDS.c.card_number, given, CARDS.c.card_number)}
    waiting = (ORDERS.c.wanted_number, ORDERS.c.state)
    for number, state in among(connection, ORDERS.c.wanted_number, given, *waiting):
        if state in LIVE_ORDERS:
            taken.add(number)
    return taken


def _reason(entry: Entry, person: bytes, known: Known, book: Book) -> Reason | None:
    """Why the record goes back; a sound one stands, and others of the list see it."""
    earlier = known.orders.get(person, [])
    reasons = (
        *(rules.doubled(row.state) for row in earlier),
        Reason.ALREADY_ISSUED if person in known.carded else None,
        None if entry.bank else Reason.BANK_MISSING,
        _moved_too_early(entry.bank, earlier, book),
        Reason.CARD_NUMBER_TAKEN if entry.card_number in known.numbers else None,
    )
    reason = next((each for each in reasons if each is not None), None)
    if reason is None:
        known.orders[person] = [_Standing(OrderState.ENTERED, entry.bank, None)]
        known.numbers |= {entry.card_number} if entry.card_number else set()
    return reason


@dataclass(frozen=True, slots=True)
class _Standing:
    """An order of this list, as a row of the ledger would say it."""

    state: OrderState
    bank: str
    issued_at: None


def _moved_too_early(bank: str, earlier: Iterable[Any], book: Book) -> Reason | None:
    """BANK_LOCKED for who had a card of another bank; REPLACED: its replacement went back."""
    on, ended = rules.day(book.actor.at), (OrderState.CANCELLED, OrderState.REPLACED)
    elsewhere = (row for row in earlier if row.state in ended and row.bank != bank)
    locked = any(
        rules.bank_locked(rules.day(row.issued_at), on) for row in elsewhere if row.issued_at
    )
    return Reason.BANK_LOCKED if locked else None


def verify(
    book: Book, topologies: Topologies, ids: Sequence[int], findings: Mapping[int, Reason]
) -> tuple[Outcome, ...]:
    """ENTERED to VERIFIED, or back: the round's rules, and what the office found elsewhere."""
    orders = orders_by_id(book.connection, ids)
    rounds = {name: round_named(book.connection, name) for name in {o.round for o in orders}}
    people, on = people_of(book, ids), rules.day(book.actor.at)
    reasons = {
        order.id: findings.get(order.id) or _not_eligible(people[order.id], rounds[order.round], on)
        for order in orders
    }
    sound = [order for order in orders if reasons[order.id] is None]
    back = [order for order in orders if reasons[order.id] is not None]
    move(book, topologies, sound, OrderState.VERIFIED)
    codes = [{"reason": str(reasons[order.id])} for order in back]
    move(book, topologies, back, OrderState.RETURNED, codes, facts=codes)
    return tuple(Outcome(n, order.id, reasons[order.id]) for n, order in enumerate(orders, 1))


def people_of(book: Book, ids: Sequence[int]) -> dict[int, Person]:
    """The people of these orders."""
    wanted = (ORDERS.c.id, ORDERS.c.personal)
    found = among(book.connection, ORDERS.c.id, ids, *wanted)
    return {row.id: open_person(book.keys, row._mapping) for row in found}


def _not_eligible(person: Person, found: Round, on: date) -> Reason | None:
    return rules.not_eligible(person, found.age_limit, found.rules, on)

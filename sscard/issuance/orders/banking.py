"""The bank's numbers: asked for, matched to people, refused or missing (issuance 3 flows A, B)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sscard.issuance.accounts import luhn_valid
from sscard.issuance.ledger import Book
from sscard.issuance.ledger.schema import BODIES, CARDS, ORDERS
from sscard.issuance.ledger.steps import account_columns
from sscard.issuance.order_states import FINAL_ORDERS, OrderState
from sscard.issuance.orders import sealed
from sscard.issuance.orders.batching import begin_batch
from sscard.issuance.orders.entering import people_of
from sscard.issuance.orders.people import Account, Outcome
from sscard.issuance.orders.rows import Order
from sscard.issuance.orders.steps import among, batch_of, move, orders_where
from sscard.issuance.orders.topology import Topologies
from sscard.issuance.production_states import BatchState
from sscard.issuance.reasons import Reason

#: States in which an order of a bank-after flow can be told its number.
_AFTER = (OrderState.PSE_DONE, OrderState.HANDOVER_CLOSED, OrderState.AUDITED)
_WAITS = (OrderState.BANK_REQUESTED, *_AFTER)
_ASKED = (*_WAITS, OrderState.BANK_MATCHED)


@dataclass(frozen=True, slots=True)
class BankRow:
    """One line of the bank's answer: whose it is, and the number or a refusal.

    A person is named by ID number or by keyed hash; ``name`` is compared where it is given;
    ``stripe`` are track data and CVV2, kept sealed until they are purged.
    """

    id_number: str | None = field(default=None, repr=False)
    number: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    expiry: str = field(default="", repr=False)
    sequence: str = field(default="", repr=False)
    stripe: Mapping[str, str] | None = field(default=None, repr=False)
    person_hash: bytes | None = field(default=None, repr=False)
    refused: Reason | None = None
    row: int = 0


@dataclass(frozen=True, slots=True)
class Matched:
    """What became of each line, and the orders that went back."""

    outcomes: tuple[Outcome, ...]
    returned: tuple[int, ...]


def request_bank(book: Book, topologies: Topologies, number: str) -> tuple[int, ...]:
    """Everybody of the batch who has no number yet, also those who are to get another one."""
    batch_of(book.connection, number)
    where = (ORDERS.c.batch == number, ORDERS.c.state == OrderState.BATCHED)
    people = orders_where(book.connection, *where)
    move(book, topologies, people, OrderState.BANK_REQUESTED)
    begin_batch(book, number, BatchState.AT_BANK)
    return tuple(order.id for order in people)


def match_bank(
    book: Book, topologies: Topologies, number: str, answer: Iterable[BankRow], *, last: bool
) -> Matched:
    """Numbers to people.  ``last``: whoever the bank says nothing of goes back (decision 25)."""
    batch_of(book.connection, number)
    rows = list(answer)
    waiting = _waiting(book, number)
    matching = _Matching(book, topologies, waiting, rows)
    reasons = [matching.reason(row) for row in rows]
    good = [n for n, reason in enumerate(reasons) if reason is None]
    pairs = [(waiting[matching.hashes[n]], rows[n]) for n in good]
    _write(book, topologies, [pair for pair in pairs if pair[0].bank_hash is None])
    matched = {matching.hashes[n] for n in good}
    left = [order for person, order in waiting.items() if person not in matched]
    told = {
        matching.hashes[n]: reason
        for n, reason in enumerate(reasons)
        if reason is not None and (rows[n].refused or last)
    }
    returned = _send_back(book, topologies, left, told, last=last)
    outcomes = tuple(
        Outcome(row.row or n, _id(waiting.get(matching.hashes[n - 1])), reasons[n - 1])
        for n, row in enumerate(rows, 1)
    )
    return Matched(outcomes, returned)


def _id(order: Order | None) -> int | None:
    return None if order is None else order.id


def _waiting(book: Book, number: str) -> dict[bytes, Order]:
    """Who waits for a number or has one, by keyed hash: before the chip, or behind the bank."""
    where = (ORDERS.c.batch == number, ORDERS.c.state.in_(_ASKED))
    return {
        order.person_hash: order
        for order in orders_where(book.connection, *where)
        if order.bank_hash is not None or order.state in _WAITS
    }


class _Matching:
    """The bank's lines beside the batch's people, and what the ledger knows of the numbers."""

    def __init__(
        self,
        book: Book,
        topologies: Topologies,
        waiting: Mapping[bytes, Order],
        rows: Sequence[BankRow],
    ) -> None:
        self.hashes = [
            row.person_hash or book.keys.person_hash(row.id_number or "") for row in rows
        ]
        self._numbers = [book.keys.number_hash(row.number) for row in rows]
        self._at = {id(row): n for n, row in enumerate(rows)}
        named = any(row.name for row in rows)
        ids = [order.id for order in waiting.values()] if named else []
        self._people = people_of(book, ids)
        self._waiting, self._topologies = waiting, topologies
        self._times = Counter(self._numbers)
        self._lines = Counter(self.hashes)
        self._taken = _holders(book, self._numbers)

    def reason(self, row: BankRow) -> Reason | None:
        """Why a line is not used; None for one that is."""
        n = self._at[id(row)]
        order = self._waiting.get(self.hashes[n])
        if order is None:
            return Reason.PERSON_UNKNOWN
        if order.bank_hash is not None:
            same = order.bank_hash == self._numbers[n]
            return None if same else Reason.BANK_ACCOUNT_DUPLICATE
        if row.refused is not None:
            return row.refused
        if row.name and row.name != self._people[order.id].name:
            return Reason.NAME_MISMATCH
        if not luhn_valid(row.number):
            return Reason.FIELD_INVALID
        doubled = self._lines[self.hashes[n]] > 1 or self._times[self._numbers[n]] > 1
        return Reason.BANK_ACCOUNT_DUPLICATE if doubled or self._used(n, order) else None

    def _used(self, n: int, order: Order) -> bool:
        """Whether the number was on a card before, unless that was this person's (bank's rule)."""
        holders = self._taken.get(self._numbers[n], set())
        own = {order.person_hash} if self._topologies[order.bank].reuses_number else set()
        return bool(holders - own)


def _holders(book: Book, numbers: Sequence[bytes]) -> dict[bytes, set[bytes]]:
    """Whose each number is or was: on cards, of living orders, on pre-made blanks."""
    found: dict[bytes, set[bytes]] = {}
    connection = book.connection
    for row in among(
        connection, CARDS.c.bank_hash, numbers, CARDS.c.bank_hash, CARDS.c.person_hash
    ):
        found.setdefault(row.bank_hash, set()).add(row.person_hash)
    columns = (ORDERS.c.bank_hash, ORDERS.c.person_hash, ORDERS.c.state)
    for row in among(connection, ORDERS.c.bank_hash, numbers, *columns):
        if row.state not in FINAL_ORDERS:
            found.setdefault(row.bank_hash, set()).add(row.person_hash)
    for row in among(connection, BODIES.c.bank_hash, numbers, BODIES.c.bank_hash):
        found.setdefault(row.bank_hash, set()).add(b"blank")
    return found


def _write(book: Book, topologies: Topologies, pairs: Sequence[tuple[Order, BankRow]]) -> None:
    first = [pair for pair in pairs if pair[0].state is OrderState.BANK_REQUESTED]
    later = [pair for pair in pairs if pair[0].state is not OrderState.BANK_REQUESTED]
    changes = [_columns(book, order, row) for order, row in first]
    move(book, topologies, [order for order, _ in first], OrderState.BANK_MATCHED, changes)
    changes = [_columns(book, order, row) for order, row in later]
    book.update_many(ORDERS, [order.id for order, _ in later], changes, "bank number")
    cards = {order.card_number: row.number for order, row in later if order.card_number}
    columns = [account_columns(book.keys, card, each, "file") for card, each in cards.items()]
    book.update_many(CARDS, list(cards), columns, "account", {"source": "file"})


def _columns(book: Book, order: Order, row: BankRow) -> dict[str, Any]:
    account = Account(row.number, row.expiry, row.sequence)
    columns = sealed.account_columns(book.keys, order.id, account)
    stripe = row.stripe
    return columns | {
        "stripe_sealed": sealed.seal_stripe(book.keys, order.id, stripe) if stripe else None
    }


def _send_back(
    book: Book,
    topologies: Topologies,
    left: Sequence[Order],
    told: Mapping[bytes, Reason],
    *,
    last: bool,
) -> tuple[int, ...]:
    """Refused people and, behind the last file, those without a line; finished cards stay."""
    back = [
        order
        for order in left
        if order.state is OrderState.BANK_REQUESTED and (last or order.person_hash in told)
    ]
    codes = [
        {"reason": str(told.get(order.person_hash, Reason.BANK_ACCOUNT_MISSING))} for order in back
    ]
    move(book, topologies, back, OrderState.RETURNED, codes, facts=codes)
    return tuple(order.id for order in back)

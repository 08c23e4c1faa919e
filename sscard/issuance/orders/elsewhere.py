"""Cards made on machines of others: return data (回盘) bring them into the ledger as issued."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sscard.issuance import numbering
from sscard.issuance.ledger import Book
from sscard.issuance.ledger.counters import take
from sscard.issuance.ledger.schema import CARDS, ORDERS
from sscard.issuance.ledger.steps import account_columns
from sscard.issuance.order_states import OrderState, require_step
from sscard.issuance.orders import sealed
from sscard.issuance.orders.batching import begin_batch
from sscard.issuance.orders.people import Account, Outcome
from sscard.issuance.orders.rows import BatchRow, Order
from sscard.issuance.orders.steps import among, batch_of, flow_of, orders_where
from sscard.issuance.orders.topology import Topologies
from sscard.issuance.production_states import BatchState
from sscard.issuance.reasons import Reason
from sscard.issuance.states import CardState


@dataclass(frozen=True, slots=True)
class MadeCard:
    """One success line of return data (issuance 3): whose card, its number, what the chip says."""

    id_number: str = field(repr=False)
    card_number: str
    card_id_code: bytes | None = None
    atr: bytes | None = None
    row: int = 0


def made_elsewhere(
    book: Book, topologies: Topologies, number: str, made: Iterable[MadeCard]
) -> tuple[Outcome, ...]:
    """Orders of the batch whose cards another maker has finished and audited: one outcome a line.

    A line of somebody who does not wait for a card, or with another number than the office's, is
    not used.  The card's serial in the ledger is the ledger's own; the chip's is in its ATR.
    """
    batch = batch_of(book.connection, number)
    lines = list(made)
    waiting = _waiting(book, topologies, number)
    hashes = [book.keys.person_hash(line.id_number) for line in lines]
    reasons: list[Reason | None] = []
    used: dict[bytes, MadeCard] = {}
    for line, person in zip(lines, hashes, strict=True):
        reason = _reason(line, waiting.get(person), known=person in used)
        reasons.append(reason)
        if reason is None:
            used[person] = line
    _write(book, batch, [(waiting[person], line) for person, line in used.items()])
    return tuple(
        Outcome(line.row or n, _id(waiting.get(person)), reason)
        for n, (line, person, reason) in enumerate(zip(lines, hashes, reasons, strict=True), 1)
    )


def _id(order: Order | None) -> int | None:
    return None if order is None else order.id


def _waiting(book: Book, topologies: Topologies, number: str) -> dict[bytes, Order]:
    """Who waits for a card, by keyed hash: no card is begun."""
    return {
        order.person_hash: order
        for order in orders_where(book.connection, ORDERS.c.batch == number)
        if order.state is flow_of(order).begins_card(topologies[order.bank])
        and order.card_number is None
    }


def _reason(line: MadeCard, order: Order | None, *, known: bool) -> Reason | None:
    if order is None:
        return Reason.PERSON_UNKNOWN
    if known:
        return Reason.ID_DUPLICATE
    return None if order.wanted_number == line.card_number else Reason.DATA_CONFLICT


def _write(book: Book, batch: BatchRow, pairs: Sequence[tuple[Order, MadeCard]]) -> None:
    for order, _ in pairs:
        require_step(order.id, order.state, OrderState.AUDITED)
    accounts = _accounts(book, [order.id for order, _ in pairs])
    serials = take(book.connection, "serial", len(pairs)) if pairs else ()
    rows = [
        _card(book, batch, order, line, accounts.get(order.id)) | {"serial": _serial(each)}
        for (order, line), each in zip(pairs, serials, strict=True)
    ]
    book.insert(CARDS, rows, "made elsewhere")
    at = book.actor.at
    same = {"state": OrderState.AUDITED, "changed_at": at, "issued_at": at}
    changes = [
        same | {"card_number": line.card_number, "attempts": order.attempts + 1}
        for order, line in pairs
    ]
    book.update_many(ORDERS, [order.id for order, _ in pairs], changes, "made elsewhere")
    if pairs:
        begin_batch(book, batch.number, BatchState.IN_WORK)


def _serial(number: int) -> bytes:
    return numbering.allocated_serial(number)


def _accounts(book: Book, ids: Sequence[int]) -> dict[int, Account]:
    columns = (ORDERS.c.id, ORDERS.c.bank_sealed)
    rows = among(book.connection, ORDERS.c.id, ids, *columns)
    found = {row.id: sealed.open_account(book.keys, row._mapping) for row in rows}
    return {order: account for order, account in found.items() if account is not None}


def _card(
    book: Book, batch: BatchRow, order: Order, line: MadeCard, account: Account | None
) -> dict[str, Any]:
    at = book.actor.at
    columns: dict[str, Any] = {
        "card_number": line.card_number,
        "batch_number": batch.number,
        "profile_name": batch.profile_name,
        "profile_sha256": batch.profile_sha256,
        "layers": batch.layers,
        "person_hash": order.person_hash,
        "number_source": numbering.source_of(line.card_number),
        "state": CardState.ISSUED,
        "card_id_code": line.card_id_code,
        "atr": line.atr,
        "reserved_at": at,
        "changed_at": at,
        "order_id": order.id,
    }
    if account is not None:
        columns |= account_columns(book.keys, line.card_number, account.number, "file")
    return columns

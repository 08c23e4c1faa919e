"""Histories of batches as plain records, and the ledger that such a history leaves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from sscard.issuance import numbering
from sscard.issuance.ledger import Actor, Book, LedgerKeys, open_engine, transaction
from sscard.issuance.ledger.counters import take
from sscard.issuance.ledger.schema.cards import CARDS
from sscard.issuance.ledger.schema.orders import BATCHES, ORDERS, ROUNDS, UNITS
from sscard.issuance.machines import CHINA
from sscard.issuance.order_states import OrderState, PinState, SideState
from sscard.issuance.production_states import BatchState
from sscard.issuance.states import CardState
from sscard.keys.stores import load_social_security

KEYS = LedgerKeys.of(load_social_security(None))
NOON = datetime(2026, 3, 2, 12, tzinfo=CHINA)
ACTOR = Actor(NOON, "op7", "S1", "1")
BATCH = "2026030201"
#: Invented, and unlike anything else in a ledger: a report must not know them.
NAME, ID, PHONE, ACCOUNT = "欧阳犇犇", "110101199003070038", "13912345678", "6222021234567890128"


@dataclass(frozen=True)
class Try:
    """One card that was begun for an order."""

    state: CardState
    reason: str = ""
    lot: str = ""
    station: str = ""
    reader: str = ""
    bank_station: str = ""
    bank_reader: str = ""
    minute: int = 0


@dataclass(frozen=True)
class Ordered:
    """One order and its cards, in the order in which they were begun."""

    state: OrderState
    tries: tuple[Try, ...] = ()
    reason: str | None = None
    kind: str = "new"
    round: str = "R1"
    region: str = "510100"


def new_ledger(place: Path | str) -> Engine:
    """An empty ledger under the TEST keys."""
    return open_engine(place, KEYS)


def fill(engine: Engine, history: Iterable[Ordered], batch: str = BATCH) -> None:
    """Write a history into a ledger as one batch."""
    history = list(history)
    with transaction(engine) as connection:
        book = Book(connection, KEYS, ACTOR)
        rounds = sorted({(each.round, each.region) for each in history} or {("R1", "510100")})
        book.insert(ROUNDS, [_round(*each, len(history)) for each in rounds], "opened")
        unit = {"code": "U1", "name": "第三中学", "kind": "school"}
        book.insert(UNITS, [unit], "added")
        book.insert(BATCHES, [_batch(batch, rounds[0][0], len(history))], "made")
        cards = list(_cards(history, batch))
        for counter, count in (("serial", cards), ("card_number", cards), ("order", history)):
            take(connection, counter, len(count))
        book.insert(CARDS, cards, "reserved")
        book.insert(ORDERS, list(_orders(history, cards, batch)), "entered")


def _round(name: str, region: str, expected: int) -> dict[str, Any]:
    same = {"opened_at": NOON, "expected": expected, "rules": {}}
    return same | {"name": name, "region": region}


def _batch(number: str, name: str, expected: int) -> dict[str, Any]:
    return {
        "number": number,
        "round": name,
        "unit": "U1",
        "region": "510100",
        "flow": "A",
        "bank": "ABC",
        "profile_name": "gen3",
        "profile_sha256": bytes(range(32)),
        "state": BatchState.OPEN,
        "expected": expected,
        "opened_at": NOON,
    }


def _cards(history: list[Ordered], batch: str) -> Iterable[dict[str, Any]]:
    serial = 0
    for n, order in enumerate(history, start=1):
        for tried in order.tries:
            serial += 1
            at = NOON + timedelta(minutes=tried.minute, seconds=serial % 60)
            yield {
                "card_number": numbering.allocated_card_number(serial),
                "serial": serial.to_bytes(4, "big"),
                "batch_number": batch,
                "profile_name": "gen3",
                "profile_sha256": bytes(range(32)),
                "person_hash": n.to_bytes(32, "big"),
                "number_source": "allocated",
                "state": tried.state,
                "reason": tried.reason or None,
                "reserved_at": NOON,
                "changed_at": at,
                "order_id": n,
                "chip_lot": tried.lot or None,
                "station": tried.station or None,
                "reader": tried.reader or None,
                "bank_station": tried.bank_station or None,
                "bank_reader": tried.bank_reader or None,
                "operator": "op7",
                "body": f"BODY-{serial}",
            }


def _orders(
    history: list[Ordered], cards: list[dict[str, Any]], batch: str
) -> Iterable[dict[str, Any]]:
    last = {card["order_id"]: card["card_number"] for card in cards}
    for n, order in enumerate(history, start=1):
        personal = KEYS.seal(f"{NAME} {ID} {PHONE} {ACCOUNT}", f"orders/{n}/personal")
        yield {
            "id": n,
            "batch": batch,
            "unit": "U1",
            "position": n,
            "round": order.round,
            "flow": "A",
            "region": order.region,
            "bank": "ABC",
            "kind": order.kind,
            "person_hash": n.to_bytes(32, "big"),
            "personal": personal,
            "state": order.state,
            "reason": order.reason,
            "card_number": last.get(n),
            "attempts": len(order.tries),
            "social_state": SideState.INACTIVE,
            "account_state": SideState.INACTIVE,
            "pin_state": PinState.INITIAL,
            "entered_at": NOON,
            "changed_at": NOON,
        }

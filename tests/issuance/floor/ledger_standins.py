"""A small ledger for the floor: a batch of five people with their card bodies, and one of one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from floor_standins import STARTED, VirtualTime
from sqlalchemy import Engine

from sscard.issuance.floor.desk import LedgerDesk
from sscard.issuance.ledger import Actor, Book, LedgerKeys, open_engine, transaction
from sscard.issuance.ledger.schema import BATCHES, BODIES, ORDERS, ROUNDS, UNITS
from sscard.issuance.order_states import OrderState, PinState, SideState
from sscard.issuance.production_states import BatchState, BodyState
from sscard.keys.stores import load_social_security

KEYS = LedgerKeys.of(load_social_security(None))


def small_ledger(folder: Path) -> Engine:
    """Batch B1: bodies BODY-1 to BODY-5 of orders 1 to 5; B2: BODY-6 of 6; BODY-7 of nobody."""
    engine = open_engine(folder / "ledger.sqlite", KEYS)
    with transaction(engine) as connection:
        book = Book(connection, KEYS, Actor(STARTED))
        one_round = {"name": "1", "region": "R", "opened_at": STARTED, "expected": 6, "rules": {}}
        book.insert(ROUNDS, [one_round], "opened")
        book.insert(UNITS, [{"code": "U", "name": "U", "kind": "village"}], "entered")
        book.insert(BATCHES, [batch(number) for number in ("B1", "B2")], "made")
        book.insert(ORDERS, [order(n, "B1" if n < 6 else "B2", n) for n in range(1, 7)], "entered")
        book.insert(BODIES, [body(n, "B1" if n < 6 else "B2", n) for n in range(1, 7)], "received")
        book.insert(BODIES, [body(7, "B1", None)], "received")
    return engine


def batch(number: str) -> dict[str, object]:
    return {
        "number": number,
        "round": "1",
        "unit": "U",
        "region": "R",
        "flow": "bank-first",
        "bank": "TEST",
        "profile_name": "gen2",
        "profile_sha256": bytes(32),
        "state": BatchState.OPEN,
        "expected": 5,
        "opened_at": STARTED,
    }


def order(number: int, of: str, position: int) -> dict[str, object]:
    return {
        "id": number,
        "batch": of,
        "unit": "U",
        "position": position,
        "round": "1",
        "flow": "bank-first",
        "region": "R",
        "bank": "TEST",
        "kind": "new",
        "person_hash": bytes([number]) * 32,
        "personal": b"sealed",
        "state": OrderState.BANK_MATCHED,
        "attempts": 0,
        "social_state": SideState.INACTIVE,
        "account_state": SideState.INACTIVE,
        "pin_state": next(iter(PinState)),
        "entered_at": STARTED,
        "changed_at": STARTED,
    }


def body(number: int, of: str, order: int | None) -> dict[str, object]:
    return {
        "id": f"BODY-{number}",
        "kind": "printed",
        "generation": "gen2",
        "lot": "L1",
        "party": "integrator",
        "batch": of,
        "order_id": order,
        "state": BodyState.RECEIVED,
        "at": STARTED,
    }


@contextmanager
def writing(engine: Engine, at: VirtualTime | None = None) -> Iterator[Book]:
    with transaction(engine) as connection:
        yield Book(connection, KEYS, Actor((at or VirtualTime())(), "op"))


def desk(engine: Engine, now: VirtualTime, station: str = "SSSE-1") -> LedgerDesk:
    return LedgerDesk(engine, KEYS, station, "ssse", "B1", "op", now)

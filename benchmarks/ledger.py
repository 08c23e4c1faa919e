"""Writing with events and hashes beside bare inserts of the same rows, and the look through it all.

    python benchmarks/ledger.py [orders] [database address]

Orders are entered and taken through eleven states in bulk; "bare" writes the same rows of orders
and events by SQLAlchemy with neither hash nor chain, to a database of its own, as durably.
"Python" is the time of this process, without waiting for a disk or a server.  Without an address,
files of SQLite in the temporary folder; with one, an empty database of PostgreSQL (its tables are
dropped).
"""

from __future__ import annotations

import resource
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from sqlalchemy import Engine, bindparam, delete, insert, select, update

from sscard.issuance.ledger import Actor, Book, Ledger, LedgerKeys, open_engine, transaction
from sscard.issuance.ledger.schema import EVENTS, METADATA, ORDERS, ROUNDS
from sscard.issuance.ledger.schema.types import VERSIONS
from sscard.issuance.ledger.verify import verify
from sscard.issuance.order_states import OrderState, PinState, SideState
from sscard.issuance.states import CardState
from sscard.keys.stores import load_social_security

KEYS = LedgerKeys.of(load_social_security(None))
AT = datetime(2025, 3, 4, 10, 20, 30, tzinfo=UTC)
STATES = list(OrderState)[1:12]
SINGLE = 300


def order(number: int) -> dict[str, Any]:
    """As the office enters it."""
    return {
        "id": number,
        "round": "R",
        "flow": "A",
        "region": "510100",
        "bank": "demo",
        "kind": "new",
        "person_hash": sha256(number.to_bytes(4, "big")).digest(),
        "personal": KEYS.seal("x" * 400, f"orders/{number}/personal"),
        "state": OrderState.ENTERED,
        "attempts": 0,
        "social_state": SideState.INACTIVE,
        "account_state": SideState.INACTIVE,
        "pin_state": PinState.INITIAL,
        "entered_at": AT,
        "changed_at": AT,
    }


def timed(name: str, events: int, work: Callable[[], object]) -> float:
    """Do it and say what it took; microseconds of wall clock each."""
    wall, own = perf_counter(), process_time()
    work()
    wall, own = (perf_counter() - wall) / events * 1e6, (process_time() - own) / events * 1e6
    print(f"{name:24} {1e6 / wall:10,.0f} /s {wall:8.1f} µs, Python {own:8.1f} µs each")
    return wall


def recorded(engine: Engine, orders: list[dict[str, Any]]) -> None:
    """Each state of all orders in a transaction of its own."""
    ids = [each["id"] for each in orders]
    with transaction(engine) as connection:
        Book(connection, KEYS, Actor(AT)).insert(ORDERS, orders, "entered")
    for state in STATES:
        with transaction(engine) as connection:
            changes = {"state": state, "changed_at": AT}
            Book(connection, KEYS, Actor(AT, "op", "st")).update_many(ORDERS, ids, changes, "on")


def bare(engine: Engine, orders: list[dict[str, Any]], events: list[list[dict[str, Any]]]) -> None:
    """The same rows without their hashes."""
    with transaction(engine) as connection:
        connection.execute(insert(ORDERS), [each | {"event": 0} for each in orders])
        connection.execute(insert(EVENTS), events[0])
    change = update(ORDERS).where(ORDERS.c.id == bindparam("key"))
    for part, state in zip(events[1:], STATES, strict=True):
        with transaction(engine) as connection:
            values = [
                {"key": o["id"], "state": state, "changed_at": AT, "event": 1} for o in orders
            ]
            names = ("state", "changed_at", "event")
            connection.execute(change.values({name: bindparam(name) for name in names}), values)
            connection.execute(insert(EVENTS), part)


def begun(place: str) -> Engine:
    """An empty ledger with the one round."""
    engine = open_engine(place, KEYS)
    opened = {"name": "R", "region": "510100", "opened_at": AT, "expected": 1, "rules": {}}
    with transaction(engine) as connection:
        Book(connection, KEYS, Actor(AT)).insert(ROUNDS, [opened], "opened")
    return engine


def single(engine: Engine) -> None:
    """Cards one by one, as a station does: reserve, account, two advances."""
    ledger = Ledger(engine, KEYS)
    for number in range(SINGLE):
        person = sha256(f"single {number}".encode()).digest()
        card = ledger.reserve(
            person, wanted_number=None, batch="B", profile=("gen2", bytes(32)), at=AT
        )
        ledger.allocate_test_account(card.card_number, AT)
        ledger.advance(card.card_number, CardState.SSSE_DONE, AT, station="ssse")
        ledger.advance(card.card_number, CardState.ISSUED, AT, station="audit")


def written(engine: Engine, count: int) -> list[list[dict[str, Any]]]:
    """The events that the ledger wrote, by state."""
    with engine.connect() as connection:
        query = select(EVENTS).where(EVENTS.c.kind == "order").order_by(EVENTS.c.seq)
        rows = [dict(row) for row in connection.execute(query).mappings()]
    return [rows[at : at + count] for at in range(0, len(rows), count)]


def main(count: int, place: str | None) -> None:
    """Both ways, then one by one, then the look through."""
    with tempfile.TemporaryDirectory() as folder:
        orders = [order(number) for number in range(1, count + 1)]
        total = count * (1 + len(STATES))
        engine = begun(place or str(Path(folder) / "ledger.sqlite"))
        cost = timed("bulk", total, lambda: recorded(engine, orders))
        events = written(engine, count)
        timed("one by one", 4 * SINGLE, lambda: single(engine))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        found = None

        def look() -> None:
            nonlocal found
            found = verify(engine, KEYS)

        timed("verify, events and rows", total + count, look)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak
        print(f"{found.events if found else 0:,} events, memory of the look +{grown >> 10} MB")
        if place:
            with engine.begin() as connection:
                METADATA.drop_all(connection)
                VERSIONS.drop(connection)
        engine.dispose()
        other = begun(place or str(Path(folder) / "bare.sqlite"))
        with other.begin() as connection:
            connection.execute(delete(EVENTS))
        least = timed("bare", total, lambda: bare(other, orders, events))
        other.dispose()
        print(f"with events and hashes: {cost / least:.2f} times the bare inserts")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 10_000, sys.argv[2] if sys.argv[2:] else None)

"""The door for writing guarded rows: each change with its event, chained, or nothing at all."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from datetime import UTC, date, datetime
from hashlib import sha256
from hmac import digest
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, text

from sscard.errors import LedgerError
from sscard.issuance.ledger import Actor, Book, LedgerKeys, history, open_engine, transaction
from sscard.issuance.ledger.schema import CHAIN, EVENTS, ORDERS, ROUNDS
from sscard.issuance.order_states import OrderState, PinState, SideState
from sscard.keys.stores import load_social_security

STORE = load_social_security(None)
KEYS = LedgerKeys.of(STORE)
AT = datetime(2025, 3, 4, 10, 20, 30, 5, tzinfo=UTC)
ACTOR = Actor(AT, "op1", "ssse-1", "2")
ROUND: dict[str, Any] = {
    "name": "2025-1",
    "region": "510100",
    "opened_at": AT,
    "expected": 3,
    "rules": {"b": 1, "a": ["岁"]},
}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(tmp_path / "ledger.sqlite", KEYS)
    yield engine
    engine.dispose()


def order(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "round": "2025-1",
        "flow": "A",
        "region": "510100",
        "bank": "demo",
        "kind": "new",
        "person_hash": sha256(bytes((number % 256, number // 256))).digest(),
        "personal": b"\1\2\3",
        "state": OrderState.ENTERED,
        "attempts": 0,
        "bank_since": date(2025, 1, 2),
        **dict.fromkeys(("social_state", "account_state"), SideState.INACTIVE),
        "pin_state": PinState.INITIAL,
        "entered_at": AT,
        "changed_at": AT,
    }


def events(engine: Engine) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        found = connection.execute(select(EVENTS).order_by(EVENTS.c.seq)).mappings()
        return [dict(row) for row in found]


def with_orders(engine: Engine, count: int) -> None:
    with transaction(engine) as connection:
        book = Book(connection, KEYS, ACTOR)
        book.insert(ROUNDS, [ROUND], "opened")
        book.insert(ORDERS, [order(number) for number in range(1, count + 1)], "entered")


def test_an_event_says_who_did_what(engine: Engine) -> None:
    with_orders(engine, 1)
    with transaction(engine) as connection:
        changes = {"state": OrderState.VERIFIED}
        row = Book(connection, KEYS, ACTOR).update(ORDERS, 1, changes, "verified", {"n": 1})
        assert row["state"] is OrderState.VERIFIED
        found = list(history(connection, "order", "1"))
    assert [(e.what, e.before, e.after, dict(e.facts)) for e in found] == [
        ("entered", "", "ENTERED", {}),
        ("verified", "ENTERED", "VERIFIED", {"n": 1}),
    ]
    assert [(e.at, e.operator, e.station, e.reader) for e in found] == [
        (AT, "op1", "ssse-1", "2")
    ] * 2


def test_the_chain_and_the_rows_by_hand(engine: Engine) -> None:
    """The hashes again, with nothing of the library but its rule."""
    with_orders(engine, 2)
    key = STORE.person_hash("sscard/ledger/chain")
    before = bytes(32)
    for seq, row in enumerate(events(engine), start=1):
        assert row["seq"] == seq, "no gaps"
        moment = row["at"].strftime("%Y-%m-%d %H:%M:%S.%f")
        words = [row[n] for n in ("operator", "station", "reader", "kind", "subject", "what")]
        mac = row["row_mac"] and [row["row_mac"].hex()]
        whole = [seq, moment, *words, row["before"], row["after"], row["facts"], mac]
        spelled = json.dumps(whole, separators=(",", ":")).encode()
        before = digest(key, b"event " + before + spelled, "sha256")
        assert row["chain"] == before
    with engine.connect() as connection:
        assert connection.execute(select(CHAIN.c.seq, CHAIN.c.chain)).one() == (4, before)
    spelled = (
        b'row rounds {"event":2,"expected":3,"name":"2025-1",'
        b'"opened_at":"2025-03-04 10:20:30.000005","region":"510100",'
        b'"rules":"{\\"a\\":[\\"\\u5c81\\"],\\"b\\":1}"}'
    )
    assert events(engine)[1]["row_mac"] == digest(key, spelled, "sha256")


def test_many_rows_in_one_call(engine: Engine) -> None:
    count = 1201
    with_orders(engine, count)
    ids = list(range(1, count + 1))
    with transaction(engine) as connection:
        book = Book(connection, KEYS, ACTOR)
        changes = [{"position": number} for number in reversed(ids)]
        book.update_many(ORDERS, ids, changes, "batched", [{"place": n} for n in ids])
        book.update_many(ORDERS, ids, {"state": OrderState.VERIFIED}, "verified")
        found = connection.execute(select(ORDERS.c.id, ORDERS.c.position, ORDERS.c.state)).all()
        assert sorted(found) == [(n, count + 1 - n, OrderState.VERIFIED) for n in ids]
        (one,) = [e for e in history(connection, "order", "700") if e.what == "batched"]
    assert dict(one.facts) == {"place": 700}
    assert (one.before, one.after) == ("", ""), "no state has changed"
    assert len(events(engine)) == 2 + 3 * count


def test_changes_of_different_columns_and_the_same_row_twice(engine: Engine) -> None:
    with_orders(engine, 2)
    with transaction(engine) as connection:
        changes = [{"reason": "a"}, {"attempts": 2}, {"reason": "b"}]
        Book(connection, KEYS, ACTOR).update_many(ORDERS, [1, 2, 1], changes, "tried")
        query = select(ORDERS.c.reason, ORDERS.c.attempts).order_by(ORDERS.c.id)
        assert connection.execute(query).all() == [("b", 0), (None, 2)]
        assert len(list(history(connection, "order", "1"))) == 3


def test_a_row_that_is_not_there(engine: Engine) -> None:
    with_orders(engine, 2)
    before = events(engine)
    with pytest.raises(LedgerError, match="no order 3"), transaction(engine) as connection:
        Book(connection, KEYS, ACTOR).update_many(ORDERS, [1, 3], {"reason": "x"}, "tried")
    assert events(engine) == before


def test_a_row_that_was_changed_past_the_ledger_gets_no_new_event(engine: Engine) -> None:
    with_orders(engine, 2)
    with engine.begin() as connection:
        connection.execute(text("UPDATE orders SET bank = 'other' WHERE id = 2"))
    with transaction(engine) as connection:
        Book(connection, KEYS, ACTOR).update(ORDERS, 1, {"reason": "x"}, "tried")
    with pytest.raises(LedgerError, match="order 2 was changed"), transaction(engine) as connection:
        Book(connection, KEYS, ACTOR).update(ORDERS, 2, {"reason": "x"}, "tried")


def test_a_note_is_about_no_row(engine: Engine) -> None:
    with transaction(engine) as connection:
        Book(connection, KEYS, ACTOR).note("line", "line", "halted", {"why": "transport key"})
    assert events(engine)[-1]["row_mac"] is None


def test_an_actor_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="zone"):
        Actor(AT.replace(tzinfo=None))


def test_keys_tell_nothing_and_fit_one_row() -> None:
    text = repr(KEYS) + repr(Book)
    assert STORE.person_hash("sscard/ledger/chain").hex() not in text
    assert text.startswith("<LedgerKeys>")
    with pytest.raises(TypeError):
        pickle.dumps(KEYS)
    assert KEYS.person_hash("110101199003070038") == STORE.person_hash("110101199003070038")
    sealed = KEYS.seal("张三", "orders/1/personal")
    assert KEYS.seal("张三", "orders/1/personal") != sealed
    assert KEYS.open(sealed, "orders/1/personal") == "张三"
    for wrong, row in (
        (sealed, "orders/2/personal"),
        (b"", "x"),
        (sealed[:-1], "orders/1/personal"),
    ):
        with pytest.raises(LedgerError, match="cannot be opened"):
            KEYS.open(wrong, row)
    other = LedgerKeys.of(STORE, random=lambda size: bytes(size))
    assert other.seal("x", "r") == other.seal("x", "r")


def test_a_ledger_knows_its_keys(tmp_path: Path) -> None:
    class Other:
        def person_hash(self, id_number: str) -> bytes:
            return sha256(id_number.encode()).digest()

    open_engine(tmp_path / "x", KEYS).dispose()
    with pytest.raises(LedgerError, match="another key store"):
        open_engine(tmp_path / "x", LedgerKeys.of(Other()))


def test_a_row_put_back_is_not_written_on(engine: Engine) -> None:
    """An older row is whole with its older event: written on, nobody would ever find it."""
    with_orders(engine, 1)
    with engine.connect() as connection:
        old = dict(connection.execute(select(ORDERS)).mappings().one())
        connection.rollback()
    with transaction(engine) as connection:
        Book(connection, KEYS, ACTOR).update(ORDERS, 1, {"state": OrderState.CANCELLED}, "over")
    with engine.begin() as connection:
        connection.execute(ORDERS.update(), old)
    with (
        pytest.raises(LedgerError, match="order 1 was changed past the ledger"),
        transaction(engine) as connection,
    ):
        Book(connection, KEYS, ACTOR).update(ORDERS, 1, {"state": OrderState.VERIFIED}, "on")


def test_a_row_taken_out_is_not_begun_again(engine: Engine) -> None:
    with_orders(engine, 2)
    with engine.begin() as connection:
        connection.execute(ORDERS.delete().where(ORDERS.c.id == 2))
    before = events(engine)
    with (
        pytest.raises(LedgerError, match="order 2 was taken out past the ledger"),
        transaction(engine) as connection,
    ):
        Book(connection, KEYS, ACTOR).insert(ORDERS, [order(2)], "entered")
    assert events(engine) == before

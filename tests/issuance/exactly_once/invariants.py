"""What may never be untrue, judged from outside: plain SQL over the ledger, and the cards' logs.

Nothing of the order book is used here but the two proofs that the product offers anyway, of its
chain and of its numbers.  ``always`` holds at every moment, right after a crash, before anything
is put right; ``at_the_end`` holds when everybody has worked on for long enough.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text

from sscard.issuance.ledger import open_engine, reading
from sscard.issuance.ledger.verify import verify
from sscard.issuance.orders.numbers import balance
from tests.issuance.exactly_once.cards import Card, Hall
from tests.issuance.exactly_once.office import KEYS

#: States of a card's row.
GIVEN_UP = ("SPOILED", "FAILED")
OUT = ("ISSUED", "WITHDRAWN")
OPEN = ("RESERVED", "SSSE_DONE")
#: Commands that no card may be told twice.
ONCE = ("TRANSPORT", "ATR", "PERSON", "HAND", "END", "FINISH", "CLOSE")


@dataclass(frozen=True)
class Ledger:
    """The tables that matter here, as rows."""

    cards: Sequence[Any]
    orders: Sequence[Any]
    bodies: Mapping[str, Any]
    leases: Sequence[Any]
    given_up: Mapping[str, datetime]
    steps: Counter[tuple[str, str]]

    @classmethod
    def read(cls, connection: Connection) -> Ledger:
        def rows(query: str) -> Sequence[Any]:
            return connection.execute(text(query)).all()

        events = rows("SELECT subject, after, at FROM events WHERE kind = 'card' ORDER BY seq")
        return cls(
            rows("SELECT * FROM cards ORDER BY serial"),
            rows("SELECT * FROM orders ORDER BY id"),
            {row.id: row for row in rows("SELECT * FROM bodies")},
            rows("SELECT * FROM leases"),
            {e.subject: _moment(e.at) for e in events if e.after in GIVEN_UP},
            Counter((e.subject, e.after) for e in events if e.after and e.after != "RESERVED"),
        )

    def of_body(self, body: str) -> list[Any]:
        """Cards that were begun on it, the last one last."""
        return [row for row in self.cards if row.body == body]


def _moment(value: Any) -> datetime:
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def always(engine: Engine, hall: Hall) -> list[str]:
    """What is untrue at any moment, whoever is in the middle of whatever."""
    with reading(engine) as connection:
        ledger = Ledger.read(connection)
        numbers = balance(connection).findings
    cards = list(hall.cards())
    checks = (
        _one_valid_card(ledger),
        _numbers_once(cards),
        _accounted(ledger, cards),
        _nothing_twice(ledger, cards),
        _commands_in_time(ledger, cards),
        _bound(ledger, cards),
        _places(ledger, hall),
        (f"numbers: {each}" for each in numbers),
        (f"chain: {each}" for each in verify(engine, KEYS).findings),
    )
    return [each for check in checks for each in check]


def at_the_end(engine: Engine, hall: Hall, people: Sequence[str]) -> list[str]:
    """The same, and that nothing is stuck, lost or out of order."""
    with reading(engine) as connection:
        ledger = Ledger.read(connection)
    checks = (
        always(engine, hall),
        _everybody_has_one(ledger, hall, people),
        _in_order(ledger, people),
        _nothing_in_work(ledger, hall),
    )
    return [each for check in checks for each in check]


def judge(root: Path, people: Sequence[str] | None) -> list[str]:
    """All of it for a city's folder; without ``people`` what holds in the middle of work."""
    hall = Hall(root / "cards", lambda: datetime.now(UTC))
    engine = open_engine(root / "ledger.sqlite", KEYS)
    try:
        if people is None:
            return always(engine, hall)
        return at_the_end(engine, hall, people)
    finally:
        engine.dispose()


def _twice(values: Iterable[Any]) -> list[Any]:
    return [value for value, times in Counter(values).items() if times > 1]


def _one_valid_card(ledger: Ledger) -> Iterator[str]:
    valid = [row.person_hash for row in ledger.cards if row.state in (*OPEN, "ISSUED")]
    if _twice(valid):
        yield "a person has two valid cards"
    orders = [row.person_hash for row in ledger.orders if row.state not in _OVER]
    if _twice(orders):
        yield "a person has two orders"


_OVER = ("RETURNED", "REPLACED", "CANCELLED")


def _numbers_once(cards: Sequence[Card]) -> Iterator[str]:
    """On the chips themselves, given-up ones too."""
    begun = [card for card in cards if card.found("ATR")]
    yield from (f"serial {x.hex()} on two chips" for x in _twice(c.historical for c in begun))
    numbers = _twice(card.person[0] for card in cards if card.person)
    yield from (f"card number {each} on two chips" for each in numbers)
    accounts = _twice(card.account for card in cards if card.account)
    yield from (f"bank number …{each[-4:]} on two chips" for each in accounts)


def _accounted(ledger: Ledger, cards: Sequence[Card]) -> Iterator[str]:
    """The ledger knew before a chip was written that it might be."""
    for card in (card for card in cards if card.touched):
        body = card.printed.body
        rows = [row for row in ledger.of_body(body) if row.started_at is not None]
        if len(rows) != 1:
            yield f"body {body}: written to, and {len(rows)} cards were begun on it"
            continue
        (row,) = rows
        if card.person and card.person[0] != row.card_number:
            yield f"body {body}: another card number in the chip"
        if card.found("STORE") and row.bank_station is None:
            yield f"body {body}: the bank wrote before the ledger knew"
        if row.state in ("SSSE_DONE", *OUT) and not card.found("END"):
            yield f"body {body}: {row.state} too early"
        if row.state in OUT and not card.finished:
            yield f"body {body}: {row.state}, and not written on both sides"


def _nothing_twice(ledger: Ledger, cards: Sequence[Card]) -> Iterator[str]:
    for card in cards:
        told = [e.word for e in card.log if e.word in ONCE]
        told += [f"{e.word} {e.number}" for e in card.log if e.word in ("KEY", "STORE")]
        yield from (f"body {card.printed.body}: {each} twice" for each in _twice(told))
        words = [entry.word for entry in card.log if entry.writes]
        if "FINISH" in words and "STORE" in words[words.index("FINISH") :]:
            yield f"body {card.printed.body}: data behind the last ones"
    yield from (f"card {who}: {what} twice" for (who, what), n in ledger.steps.items() if n > 1)


def _commands_in_time(ledger: Ledger, cards: Sequence[Card]) -> Iterator[str]:
    """No command behind the moment in which the ledger gave the card up."""
    for card in cards:
        for row in ledger.of_body(card.printed.body):
            end = ledger.given_up.get(row.card_number)
            if end is not None and any(e.writes and e.at > end for e in card.log):
                yield f"body {card.printed.body}: written to after it was given up"


def _bound(ledger: Ledger, cards: Sequence[Card]) -> Iterator[str]:
    """Face, chip and ledger name one person and one account."""
    for card in (card for card in cards if card.person):
        assert card.person is not None
        name, (number, person) = card.printed.body, card.person
        row = next((row for row in ledger.cards if row.card_number == number), None)
        if card.printed.face not in (None, person):
            yield f"body {name}: another person's face"
        if card.account is not None and card.printed.account not in (None, card.account):
            yield f"body {name}: another account on the face"
        if row is None or bytes(row.person_hash) != KEYS.person_hash(person):
            yield f"body {name}: another person in the ledger"
        elif card.account and bytes(row.bank_hash or b"") != KEYS.number_hash(card.account):
            yield f"body {name}: another account in the ledger"


def _places(ledger: Ledger, hall: Hall) -> Iterator[str]:
    """Nothing that was given up lies among the good cards."""
    for where in ("ssse/out", "semi", "bank/in", "bank/out", "delivered", "holders"):
        for card in hall.cards(where):
            rows = ledger.of_body(card.printed.body)
            if not rows or rows[-1].state in GIVEN_UP:
                yield f"body {card.printed.body}: given up, and in {where}"
    finished = [c.person[1] for c in hall.cards("bank/out") if c.person]
    finished += [c.person[1] for c in hall.cards("delivered") if c.person]
    if _twice(finished):
        yield "two finished cards of one person in the out tray"


def _everybody_has_one(ledger: Ledger, hall: Hall, people: Sequence[str]) -> Iterator[str]:
    have = Counter(card.person[1] for card in hall.cards("delivered") if card.person)
    for number, person in enumerate(people, 1):
        known = KEYS.person_hash(person)
        valid = [r for r in ledger.cards if r.state == "ISSUED" and bytes(r.person_hash) == known]
        if len(valid) != 1 or have[person] != 1:
            yield f"person {number}: {len(valid)} valid cards, {have[person]} to be handed out"


def _in_order(ledger: Ledger, people: Sequence[str]) -> Iterator[str]:
    first = sorted(
        (row for row in ledger.orders if row.kind == "new"), key=lambda r: r.position or 0
    )
    if [bytes(row.person_hash) for row in first] != [KEYS.person_hash(each) for each in people]:
        yield "the order of people has changed"


def _nothing_in_work(ledger: Ledger, hall: Hall) -> Iterator[str]:
    yield from (f"order {row.order_id}: still held" for row in ledger.leases)
    yield from (f"card {r.card_number}: {r.state}" for r in ledger.cards if r.state in OPEN)
    done = ("DELIVERED", "COLLECTED", *_OVER)
    yield from (f"order {r.id}: {r.state}" for r in ledger.orders if r.state not in done)
    for card in hall.cards():
        folder = str(card.path.parent.relative_to(hall.root))
        body = ledger.bodies.get(card.printed.body)
        wanted = _CUPBOARDS[body.state if body else None]
        if folder not in wanted:
            yield f"body {card.printed.body}: in {folder}, for the ledger in {wanted[0]}"


_CUPBOARDS: Mapping[str | None, Sequence[str]] = {
    None: ("strangers",),
    "RECEIVED": ("stock",),
    "BOUND": ("nowhere",),
    "SPOILED": ("dead",),
    "USED": ("delivered", "holders"),
}

"""Every number accounted for; and what the proof says when one is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, update

from sscard.issuance.ledger import transaction
from sscard.issuance.ledger.schema import BODIES, CARDS, COUNTERS, ORDERS
from sscard.issuance.order_states import OrderState
from sscard.issuance.orders.numbers import CARD_OF_ORDER
from sscard.issuance.production_states import BodyState
from sscard.issuance.states import CardState
from tests.issuance.orders.office import Office, card_number


@pytest.fixture
def tampered(tmp_path: Path) -> Iterator[Office]:
    """An office whose ledger need not be sound at the end."""
    office = Office(tmp_path / "ledger.sqlite")
    yield office
    office.orders.close()


def write(office: Office, table: Table, **values: Any) -> None:
    with transaction(office.orders.engine) as connection:
        connection.execute(update(table).values(**values))


def test_what_became_of_each_number(office: Office) -> None:
    batch = office.matched([1, 2, 3, 4])
    ids = [order.id for order in office.orders.orders_of(batch)]
    bodies = office.bodies(ids)
    station = office.at("S1")
    office.ssse(bodies[0])
    for body, spoiled in zip(bodies[1:3], (True, False), strict=True):
        work = office.jobs.take(station, 60, body=body)
        office.jobs.begin(work, station)
        office.jobs.fail(work, "broken", station, spoiled=spoiled)
    office.orders.hand_over(batch, office.clerk)
    office.bank(1)
    found = office.orders.balance()
    assert {state.name: n for state, n in found.cards.items() if n} == {
        "ISSUED": 1,
        "SPOILED": 1,
        "FAILED": 1,
    }
    assert (found.waiting, found.given, found.serials, found.findings) == (1, 4, 3, ())


def test_each_state_says_where_its_card_is() -> None:
    assert set(CARD_OF_ORDER) == set(OrderState)


@pytest.mark.parametrize(
    ("table", "values", "finding"),
    [
        (CARDS, {"state": CardState.SPOILED}, "order 1 is AUDITED, its card is in another state"),
        (ORDERS, {"state": OrderState.CHIP_BOUND}, "order 1 is CHIP_BOUND"),
        (ORDERS, {"card_number": None}, "card D0000001X is valid and no order's present card"),
        (ORDERS, {"state": OrderState.ENTERED}, "order 1 is ENTERED"),
        (COUNTERS, {"last": 7}, "7 serials were given to 1 cards"),
        (BODIES, {"state": BodyState.BOUND}, "body body-1-1 is bound and no card's in work"),
    ],
)
def test_what_does_not_go_together_is_named(
    tampered: Office, table: Table, values: dict[str, Any], finding: str
) -> None:
    tampered.issued([1])
    tampered.sound()
    write(tampered, table, **values)
    assert any(finding in each for each in tampered.orders.balance().findings)


def test_one_bank_number_on_the_cards_of_two_people_is_named(tampered: Office) -> None:
    tampered.issued([1, 2])
    write(tampered, CARDS, state=CardState.WITHDRAWN)  # dead cards may share one in the index
    write(tampered, CARDS, bank_hash=bytes(32))
    finding = f"card {card_number(1)} and another person's have one bank number"
    assert finding in tampered.orders.balance().findings

"""The people of one city, 1:100, through the ledger without cards (issuance 5); see the figures."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sscard.issuance.numbering import allocated_account
from sscard.issuance.orders import BankRow, BatchWish, Entry, Intake, Person
from sscard.issuance.orders.elsewhere import MadeCard
from sscard.issuance.orders.rows import Unit
from tests.issuance.orders.office import CITY, PROFILE, Office, card_number, person

UNIT = 500
#: 1,088,386 + 5,472,889 people, 1:100.
PEOPLE = 65_613


class Clock:
    """Seconds spent in each kind of call."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        begin = time.perf_counter()
        yield
        self.spent[what] += time.perf_counter() - begin


def through(office: Office, clock: Clock, first: int, count: int) -> None:
    """One unit from the list to the windows."""
    unit, orders, clerk = f"V{first}", office.orders, office.clerk
    orders.add_units([Unit(unit, "村", "village")], clerk)
    entries = [Entry(somebody(n), CITY, card_number(n)) for n in range(first, first + count)]
    intake = Intake("2026-1", "bank-first", "510100", unit)
    with clock.timed("enter"):
        ids = [each.order for each in orders.enter(intake, entries, clerk) if each.order]
    with clock.timed("verify"):
        orders.verify(ids, clerk)
    with clock.timed("batch"):
        wish = BatchWish(unit, "2026-1", "bank-first", CITY, PROFILE, unit)
        orders.make_batch(wish, clerk)
    with clock.timed("request"):
        orders.request_bank(unit, clerk)
    numbers = [e.person.id_number for e in entries]
    answer = [BankRow(n, allocated_account(first + k + 1)) for k, n in enumerate(numbers)]
    with clock.timed("match"):
        orders.match_bank(unit, answer, clerk)
    made = [MadeCard(e.person.id_number, e.card_number or "") for e in entries]
    with clock.timed("made elsewhere"):
        orders.made_elsewhere(unit, made, clerk)
    with clock.timed("deliver"):
        assert len(orders.deliver(unit, clerk)) == count
    with clock.timed("read"):
        assert sum(1 for _ in orders.files_of(unit)) == count


def somebody(number: int) -> Person:
    """A person of many: the ID number need not be sound for the ledger."""
    whole = person(number % 1000)
    return Person(f"5101{number:014d}", whole.name, "1", whole.birth_date, address="一镇二村三组")


def run(place: Path, people: int) -> tuple[Clock, Office]:
    office, clock = Office(place), Clock()
    for first in range(0, people, UNIT):
        through(office, clock, first, min(UNIT, people - first))
    return clock, office


def told(clock: Clock, people: int, show: Callable[[str], object]) -> float:
    """Seconds for 100,000 orders up to the bank's numbers, and everything shown."""
    for what, seconds in clock.spent.items():
        show(f"{what:15} {seconds:7.2f} s {people / seconds:9.0f} orders/s")
    flow = ("enter", "verify", "batch", "request", "match", "deliver")
    return sum(clock.spent[each] for each in flow) * 1e5 / people


def test_a_few_units_go_through(tmp_path: Path) -> None:
    _, office = run(tmp_path / "ledger.sqlite", 3)
    office.sound()
    office.orders.close()


@pytest.mark.full
def test_a_city(tmp_path: Path) -> None:
    clock, office = run(tmp_path / "ledger.sqlite", PEOPLE)
    seconds = told(clock, PEOPLE, print)
    begin = time.perf_counter()
    office.sound()
    print(f"balance         {time.perf_counter() - begin:7.2f} s")
    print(f"{seconds:.0f} s for 100,000 orders without cards")
    office.orders.close()

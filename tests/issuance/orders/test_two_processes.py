"""Several processes at one ledger: each job is one process's, each number one card's."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from datetime import datetime
from pathlib import Path

from sscard.issuance.ledger import Actor, reading
from sscard.issuance.ledger.schema import CARDS
from sscard.issuance.orders import Entry, Intake, NotThisCard, Orders
from sscard.issuance.orders.leases import Busy
from sscard.issuance.orders.rules import CHINA
from tests.issuance.orders.office import CITY, KEYS, TOPOLOGIES, Office, person

AT = datetime(2026, 1, 5, 9, tzinfo=CHINA)
PEOPLE = 12


def works(place: Path, station: str, names: list[str], taken: multiprocessing.Queue[str]) -> None:
    """A station that tries every body, each process in its own order."""
    actor = Actor(AT, "li", station, "r1")
    with Orders.open(place, KEYS, TOPOLOGIES) as orders:
        for name in names:
            try:
                work = orders.jobs.take(actor, 600, body=name)
            except (NotThisCard, Busy):
                continue
            orders.jobs.begin(work, actor)
            orders.jobs.finish_ssse(work, actor)
            taken.put(name)


def enters(place: Path, people: list[int], counted: multiprocessing.Queue[int]) -> None:
    """A window that enters a list: people who are entered elsewhere meanwhile go back."""
    intake, clerk = Intake("2026-1", "bank-first", "510100", "U1"), Actor(AT, "li")
    with Orders.open(place, KEYS, TOPOLOGIES) as orders:
        for n in people:
            (outcome,) = orders.enter(intake, [Entry(person(n), CITY)], clerk)
            counted.put(int(outcome.order is not None))


def test_each_card_is_made_by_one_process(tmp_path: Path) -> None:
    place = tmp_path / "ledger.sqlite"
    office = Office(place)
    office.matched(range(PEOPLE))
    names = office.bodies(order.id for order in office.orders.orders_of("B1"))
    context = multiprocessing.get_context("spawn")
    taken: multiprocessing.Queue[str] = context.Queue()
    stations = [
        context.Process(target=works, args=(place, f"S{n}", names[:: 1 - 2 * n], taken))
        for n in range(2)
    ]
    for each in stations:
        each.start()
    made = Counter(taken.get(timeout=60) for _ in range(PEOPLE))
    for each in stations:
        each.join(60)
        assert each.exitcode == 0
    assert taken.empty()
    assert made == Counter(names)
    assert office.states() == ["SSSE_DONE"] * PEOPLE
    with reading(office.orders.engine) as connection:
        cards = connection.execute(CARDS.select()).mappings().all()
    assert len({card["serial"] for card in cards}) == len(cards) == PEOPLE
    office.sound()
    office.orders.close()


def test_a_person_is_entered_by_one_window(tmp_path: Path) -> None:
    place = tmp_path / "ledger.sqlite"
    office = Office(place)
    context = multiprocessing.get_context("spawn")
    counted: multiprocessing.Queue[int] = context.Queue()
    people = list(range(PEOPLE))
    windows = [
        context.Process(target=enters, args=(place, people[:: 1 - 2 * n], counted))
        for n in range(2)
    ]
    for each in windows:
        each.start()
    entered = sum(counted.get(timeout=60) for _ in range(2 * PEOPLE))
    for each in windows:
        each.join(60)
        assert each.exitcode == 0
    assert entered == PEOPLE
    assert sum(office.orders.counts().values()) == PEOPLE
    office.orders.close()

"""Simulated cards through both stations: each becomes the card of its body's person, or none."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest
from batch_standins import KEYS, RURAL, City, office, people
from craft_standins import (
    OtherBank,
    Plastic,
    Torn,
    bank,
    blank,
    carried,
    lot_of,
    made,
    now,
    opened,
    social,
    with_other_key,
)
from sqlalchemy import select

from sscard.errors import LedgerError
from sscard.issuance.floor import GateRules, Mismatch, ReaderState
from sscard.issuance.floor.body_numbers import Kind
from sscard.issuance.floor.checks import Signed, final_missing, sign
from sscard.issuance.floor.gates import What
from sscard.issuance.floor.posts import release
from sscard.issuance.floor.signatures import TwoSignatures
from sscard.issuance.floor.social import SocialCraft
from sscard.issuance.ledger import history, reading
from sscard.issuance.ledger.schema import BODIES, CARDS, EVENTS, ORDERS
from sscard.issuance.ledger.verify import verify
from sscard.issuance.order_states import OrderState
from sscard.issuance.orders import Orders
from sscard.issuance.production_states import BodyState
from sscard.issuance.states import CardState

OUT, REJECTED = "OUT", "REJECTED"


@pytest.fixture(scope="module")
def as_it_was(tmp_path_factory: pytest.TempPathFactory) -> City:
    """Batch B1 of three people, B2 of one."""
    city = City(tmp_path_factory.mktemp("city"))
    city.batch("B1", people(3))
    city.batch("B2", people(1, 3))
    return city


@pytest.fixture
def city(as_it_was: City, tmp_path: Path) -> City:
    """The same, for one test."""
    shutil.copy(as_it_was.ledger, tmp_path)
    return City(tmp_path)


@pytest.fixture
def orders(city: City) -> Iterator[Orders]:
    with opened(city) as orders:
        yield orders
        assert verify(orders.engine, KEYS).whole  # whatever happened, all of it is in the chain


def states(orders: Orders, batch: str = "B1") -> list[OrderState]:
    with reading(orders.engine) as connection:
        query = select(ORDERS.c.state).where(ORDERS.c.batch == batch).order_by(ORDERS.c.position)
        return list(connection.execute(query).scalars())


def mismatches(orders: Orders) -> list[str]:
    with reading(orders.engine) as connection:
        query = select(EVENTS.c.what).where(EVENTS.c.kind == "mismatch").order_by(EVENTS.c.seq)
        return list(connection.execute(query).scalars())


def test_three_people_get_their_cards(orders: Orders) -> None:
    cards = [Plastic(f"B1-{n:04}") for n in (2, 3, 1)]
    first = made(social(orders, "B1", cards))
    assert (first.reader.state, first.reader.made) == (ReaderState.IDLE, 3)
    assert [carried(c.chip) for c in cards] == [p.id_number for p in people(3)[1:] + people(1)]
    orders.hand_over("B1", office())
    second = made(bank(orders, "B1", cards, (Kind.BARCODE,)))
    assert (second.reader.state, second.reader.made) == (ReaderState.IDLE, 3), second.reader.why
    assert states(orders) == [OrderState.AUDITED] * 3
    with reading(orders.engine) as connection:
        rows = connection.execute(select(CARDS).where(CARDS.c.batch_number == "B1")).all()
        bodies = connection.execute(select(BODIES.c.state).where(BODIES.c.batch == "B1")).scalars()
        assert set(bodies) == {BodyState.USED}
    for row in rows:
        assert row.state is CardState.ISSUED
        traced = (row.chip_lot, row.cos_version, row.operator, row.station, row.reader)
        assert traced == ("TEST-GEN2", lot_of().cos_version, "op", "SSSE-1", "R1")
        assert (row.bank_station, row.bank_reader, row.software) == ("BANK-1", "R1", "test")
        assert row.blank_atr != row.atr
        assert row.started_at <= row.ended_at
        assert row.kcvs["MKMF/1"]
        assert all(len(value) == 6 for value in row.kcvs.values())


def test_the_third_generation(tmp_path: Path) -> None:
    city = City(tmp_path)
    city.batch("G3", people(1, profile="gen3"), profile="gen3")
    card = Plastic("G3-0001", blank("gen3"))
    with opened(city) as orders:
        first = made(social(orders, "G3", [card], profile="gen3"))
        assert first.reader.made == 1, first.reader.why
        orders.hand_over("G3", office())
        second = made(bank(orders, "G3", [card], profile="gen3"))
        assert second.reader.made == 1, second.reader.why


def test_the_bank_gives_its_number_afterwards(tmp_path: Path) -> None:
    city = City(tmp_path)
    city.batch("B", people(1), flow="bank-after", accounts=False, bank=RURAL)
    card = Plastic("B-0001")
    with opened(city) as orders:
        assert made(social(orders, "B", [card])).reader.made == 1
        orders.hand_over("B", office())
        second = made(bank(orders, "B", [card]))
        assert second.reader.made == 1, second.reader.why
        assert states(orders, "B") == [OrderState.AUDITED]


@pytest.mark.parametrize(
    ("name", "mismatch"),
    [
        ("NO-SUCH-BODY", Mismatch.UNKNOWN_BODY),
        ("B2-0001", Mismatch.OTHER_BATCH),
        ("B1-0001", Mismatch.TAKEN),
        ("-", Mismatch.UNREAD),
    ],
)
def test_a_wrong_body_stops_the_reader(orders: Orders, name: str, mismatch: Mismatch) -> None:
    wrong = Plastic(name)
    atr = wrong.chip.reset()
    place = made(social(orders, "B1", [Plastic("B1-0001"), wrong, Plastic("B1-0002")]))
    assert place.reader.state is ReaderState.STOPPED
    assert mismatch.zh in place.reader.why
    assert mismatches(orders) == [mismatch.name.lower()]
    assert place.taken == [("B1-0001", OUT), (name, REJECTED)]
    assert wrong.chip.reset() == atr
    assert states(orders)[1:] == [OrderState.BANK_MATCHED] * 2


def test_a_body_that_was_used_up_stops_the_reader(orders: Orders) -> None:
    with orders.book(office()) as book:
        book.update(BODIES, "B1-0001", {"state": BodyState.SPOILED}, "test")
        book.update(BODIES, "B1-0002", {"state": BodyState.USED}, "test")
    for name, mismatch in (("B1-0001", "spoiled_body"), ("B1-0002", "used_body")):
        assert made(social(orders, "B1", [Plastic(name)])).reader.made == 0
        assert mismatches(orders)[-1] == mismatch


def test_two_reads_that_disagree_stop_the_reader(orders: Orders) -> None:
    both = (Kind.TRAY, Kind.BARCODE)
    right, wrong = Plastic("B1-0001", position="1"), Plastic("B1-0002", position="3")
    place = made(social(orders, "B1", [right, wrong], both))
    assert place.taken == [("B1-0001", OUT), ("B1-0002", REJECTED)]
    assert mismatches(orders) == ["two_reads"]


def test_a_chip_of_another_lot_is_not_touched_and_its_job_goes_back(orders: Orders) -> None:
    lot = replace(lot_of(), blank_historical=bytes.fromhex("00815444868D86840000000000"))
    other = Plastic("B1-0001", blank(lot=lot))
    place = made(social(orders, "B1", [other]))
    assert place.reader.state is ReaderState.STOPPED
    assert mismatches(orders) == ["wrong_lot"]
    assert states(orders)[0] is OrderState.BANK_MATCHED
    assert made(social(orders, "B1", [Plastic("B1-0001")])).reader.made == 1


def test_a_card_that_was_made_is_not_made_again(orders: Orders) -> None:
    """Somebody sticks the label of another body onto a finished card."""
    card = Plastic("B1-0001")
    made(social(orders, "B1", [card]))
    card.name = "B1-0002"
    place = made(social(orders, "B1", [card]))
    assert mismatches(orders) == ["wrong_lot"]
    assert place.reader.made == 0
    assert carried(card.chip) == people(1)[0].id_number


@pytest.mark.parametrize("order", list(permutations(range(4)))[1::7])
def test_bodies_swapped_between_trays_never_become_another_persons(
    orders: Orders, order: tuple[int, ...]
) -> None:
    names = ["B1-0001", "B1-0002", "B1-0003", "B2-0001"]
    owner = dict(zip(names, (p.id_number for p in people(4)), strict=True))
    cards = [Plastic(names[n], position=str(at % 3 + 1)) for at, n in enumerate(order)]
    both = (Kind.BARCODE, Kind.TRAY)
    for batch, tray in (("B1", cards[:3]), ("B2", cards[3:])):
        for card in tray:  # a person looks at each stop, and goes on
            made(social(orders, batch, [card], both))
    for card in cards:
        if orders_made := card.chip.reset() != blank().reset():
            assert carried(card.chip) == owner[card.name]
        in_place = cards.index(card) == names.index(card.name)
        assert orders_made is in_place


def test_a_transport_key_that_is_refused_halts_every_station(orders: Orders) -> None:
    bad = Plastic("B1-0001", blank(lot=with_other_key(lot_of())))
    place = made(social(orders, "B1", [bad, Plastic("B1-0002")]))
    assert place.reader.state is ReaderState.STOPPED
    assert place.taken == [("B1-0001", REJECTED)]
    other = made(social(orders, "B2", [Plastic("B2-0001")], station="SSSE-2"))
    assert (other.reader.state, other.taken) == (ReaderState.STOPPED, [])
    with reading(orders.engine) as connection:
        assert [e.what for e in history(connection, "station", "line")] == ["halted"]
        body = select(BODIES.c.state).where(BODIES.c.id == "B1-0001")
        assert connection.execute(body).scalar() is BodyState.SPOILED
    with orders.book(office()) as book:
        release(book, "line", TwoSignatures("a", "b"), "lot locked away")
    assert made(social(orders, "B2", [Plastic("B2-0001")], station="SSSE-2")).reader.made == 1


def semi_finished(orders: Orders, number: int = 3) -> list[Plastic]:
    cards = [Plastic(f"B1-{n:04}") for n in range(1, number + 1)]
    assert made(social(orders, "B1", cards)).reader.made == number
    return cards


def at_bank(orders: Orders, card: Plastic, mismatch: Mismatch, *kinds: Kind) -> None:
    before = states(orders)
    place = made(bank(orders, "B1", [card], kinds))
    assert place.reader.state is ReaderState.STOPPED
    assert mismatches(orders)[-1] == mismatch.name.lower(), place.reader.why
    assert states(orders) == before
    assert orders.jobs.leases() == ()


def test_the_bank_stops_at_cards_that_carry_nobody(orders: Orders) -> None:
    at_bank(orders, Plastic("B1-0001"), Mismatch.CARRIES_NOBODY)
    (card,) = semi_finished(orders, 1)
    orders.hand_over("B1", office())
    assert made(bank(orders, "B1", [card])).reader.made == 1
    at_bank(orders, card, Mismatch.CARRIES_NOBODY)  # the area is closed


def test_the_bank_stops_at_people_whose_card_was_not_handed_over(orders: Orders) -> None:
    (card,) = semi_finished(orders, 1)
    at_bank(orders, card, Mismatch.NO_ORDER)


def test_the_bank_stops_at_people_nobody_knows(orders: Orders, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere = City(folder)
    elsewhere.batch("B1", people(1, 7))
    with opened(elsewhere) as others:
        (card,) = semi_finished(others, 1)
    at_bank(orders, card, Mismatch.NO_ORDER)


def test_the_bank_stops_when_body_and_chip_are_two_people(orders: Orders) -> None:
    one, two, _ = semi_finished(orders)
    orders.hand_over("B1", office())
    one.chip, two.chip = two.chip, one.chip
    at_bank(orders, one, Mismatch.OTHER_PERSON, Kind.BARCODE)
    assert made(bank(orders, "B1", [one])).reader.made == 1  # nobody looked at the body


def test_the_bank_stops_at_another_chip_of_the_same_person(orders: Orders, tmp_path: Path) -> None:
    semi_finished(orders)
    orders.hand_over("B1", office())
    folder = tmp_path / "copy"
    folder.mkdir()
    copy = City(folder)
    copy.batch("X", people(1, 9))
    copy.batch("B1", people(1))
    with opened(copy) as others:
        # Its serial number is another one there.
        assert made(social(others, "X", [Plastic("X-0001")])).reader.made == 1
        card = Plastic("B1-0001")
        assert made(social(others, "B1", [card])).reader.made == 1
    at_bank(orders, card, Mismatch.OTHER_CHIP)


def test_the_bank_stops_at_cards_of_another_batch(orders: Orders) -> None:
    card = Plastic("B2-0001")
    assert made(social(orders, "B2", [card])).reader.made == 1
    orders.hand_over("B2", office())
    at_bank(orders, card, Mismatch.OTHER_BATCH)


def test_bank_keys_that_do_not_fit_stop_the_station_and_spoil_no_card(orders: Orders) -> None:
    (card,) = semi_finished(orders, 1)
    orders.hand_over("B1", office())
    place = made(bank(orders, "B1", [card], store=OtherBank()))
    assert place.reader.state is ReaderState.STOPPED
    assert "channel keys" in place.reader.why
    assert orders.jobs.leases() == ()
    assert made(bank(orders, "B1", [card])).reader.made == 1


def test_a_card_that_is_torn_out_is_spoiled_and_its_person_gets_another(orders: Orders) -> None:
    torn = Plastic("B1-0001", Torn(blank(), 100))
    place = made(social(orders, "B1", [torn, Plastic("B1-0002")]))
    assert (place.reader.made, place.reader.failed) == (1, 1)
    assert place.taken == [("B1-0001", REJECTED), ("B1-0002", OUT)]
    assert states(orders)[:2] == [OrderState.BATCHED, OrderState.SSSE_DONE]
    with reading(orders.engine) as connection:
        cards = connection.execute(select(CARDS.c.state).order_by(CARDS.c.card_number)).scalars()
        assert sorted(state.name for state in cards) == ["SPOILED", "SSSE_DONE"]


def test_a_single_card_on_a_body_that_is_nobodys(tmp_path: Path) -> None:
    city = City(tmp_path)
    (order, other) = city.batch("S", people(2), flow="single", kind="blank")
    with opened(city) as orders:
        wrong = made(social(orders, "S", [Plastic("S-0009")], order=order))
        assert mismatches(orders) == ["unknown_body"]
        assert wrong.reader.made == 0
        card = Plastic("S-0002")
        assert made(social(orders, "S", [card], order=order)).reader.made == 1
        assert carried(card.chip) == people(1)[0].id_number
        again = made(social(orders, "S", [Plastic("S-0002")], order=other))
        assert again.reader.state is ReaderState.STOPPED


def test_the_jobs_of_a_dead_station_come_back_when_their_leases_are_over(orders: Orders) -> None:
    dead = social(orders, "B1", [Plastic("B1-0001"), Plastic("B1-0002")])
    craft = dead.reader.craft
    untouched = dead.reader.feeder.feed()
    touched = dead.reader.feeder.feed()
    assert untouched is not None
    assert touched is not None
    assert isinstance(craft, SocialCraft)
    craft.begin(untouched, "R1")
    claim = craft.begin(touched, "R1")
    craft.jobs.touch(claim.job, {"software": "test"})
    told: list[str] = []
    alive = social(orders, "B1", [], station="SSSE-2")
    assert isinstance(alive.reader.craft, SocialCraft)
    held = alive.reader.craft.jobs.held  # type: ignore[attr-defined]
    held.heard = lambda each: told.append(f"{each.body} {each.spoiled}")
    assert held.renew() == []
    assert told == []
    at = now() + timedelta(seconds=61)
    alive.desk.now = lambda: at
    assert held.renew() == []
    assert told == ["B1-0001 False", "B1-0002 True"]
    with pytest.raises(LedgerError, match="lease"):
        craft.jobs.finish(claim.job, {})
    again = made(social(orders, "B1", [Plastic("B1-0001"), Plastic("B1-0002")], station="SSSE-2"))
    assert again.taken == [("B1-0001", OUT), ("B1-0002", REJECTED)]
    assert mismatches(orders) == ["spoiled_body"]


def test_a_lease_is_renewed_before_it_is_over(orders: Orders) -> None:
    place = social(orders, "B1", [Plastic("B1-0001")])
    fed, craft = place.reader.feeder.feed(), place.reader.craft
    assert fed is not None
    assert isinstance(craft, SocialCraft)
    claim = craft.begin(fed, "R1")
    (before,) = orders.jobs.leases()
    place.desk.beat()
    assert orders.jobs.leases() == (before,)  # more than half of it is left
    at = now() + timedelta(seconds=40)
    place.desk.now = lambda: at
    place.desk.beat()
    (after,) = orders.jobs.leases()
    assert after.until == at + timedelta(seconds=60)
    craft.make(claim, fed)
    place.desk.beat()
    assert orders.jobs.leases() == ()


def test_two_stations_at_once_on_both_databases(tmp_path: Path, place: str) -> None:
    city = City(tmp_path, place)
    city.batch("B1", people(4))
    names = [[f"B1-{n:04}" for n in pair] for pair in ((1, 2), (3, 4))]
    both = threading.Barrier(2)

    def work(station: str, bodies: list[str]) -> list[Plastic]:
        cards = [Plastic(name) for name in bodies]
        with opened(city) as orders:
            one = social(orders, "B1", cards, station=station)
            both.wait(30)
            assert made(one).reader.made == 2, one.reader.why
        return cards

    with ThreadPoolExecutor(2) as threads:
        made_by = [threads.submit(work, f"SSSE-{n}", names[n]) for n in range(2)]
        cards = [card for each in made_by for card in each.result()]
    with opened(city) as orders:
        orders.hand_over("B1", office())
        last = made(bank(orders, "B1", cards, (Kind.BARCODE,)))
        assert last.reader.made == 4, last.reader.why
        assert states(orders) == [OrderState.AUDITED] * 4
        with reading(orders.engine) as connection:
            assert final_missing(connection, "B1", GateRules()) == 1
            number = connection.execute(select(CARDS.c.card_number)).scalars().first()
        with orders.book(office()) as book:
            sign(book, Signed(What.FINAL, str(number), passed=True, by="QA"))
        with reading(orders.engine) as connection:
            assert final_missing(connection, "B1", GateRules()) == 0
            assert final_missing(connection, "B1", GateRules(final_one_in=1)) == 3

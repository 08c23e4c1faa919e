"""A counter: the blank in the reader becomes the card of the person who stands there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from batch_standins import City, made_after, office, people
from sqlalchemy import select
from typer.testing import CliRunner, Result

from sscard.cli import app
from sscard.issuance.floor import Mismatch, Mismatched
from sscard.issuance.floor.instant import InstantCraft
from sscard.issuance.ledger import reading
from sscard.issuance.ledger.schema import BODIES, CARDS, EVENTS, ORDERS
from sscard.issuance.orders import Body, Entry, Intake
from sscard.issuance.orders.rows import Round
from sscard.issuance.premade_stock import Stock, read_stock


@dataclass
class Counter:
    """A city with two blanks in stock and one person's order."""

    city: City
    folder: Path
    order: int

    @property
    def stock(self) -> Stock:
        return read_stock(self.folder / "premade.csv")

    def images(self) -> list[Path]:
        return sorted(self.folder.glob("*.card"))

    def run(self, image: Path, *more: object) -> Result:
        reader = ["--reader", f"sim:{image}", "--premade-list", self.folder / "premade.csv"]
        order = ["--order", self.order, "--ledger", self.city.ledger, "--json"]
        arguments = ["station", "instant", *order, *reader, *more]
        return CliRunner().invoke(app, [*map(str, arguments)])

    def rows(self, *columns: Any) -> list[tuple[Any, ...]]:
        with self.city.orders() as orders, reading(orders.engine) as connection:
            return [tuple(row) for row in connection.execute(select(*columns))]


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    folder = tmp_path / "stock"
    made = CliRunner().invoke(app, ["card", "premade", "--count", "2", "--out", str(folder)])
    assert made.exit_code == 0, made.output
    city = City(tmp_path)
    with city.orders() as orders:
        orders.open_round(Round("1", "R", general_test="GT", tested_at=office().at), office())
        entry = Entry(Entry.of(people(1, profile="gen3")[0]).person, "TEST")
        (outcome,) = orders.enter(Intake("1", "instant", "R"), [entry], office())
        assert outcome.order is not None
        orders.verify([outcome.order], office())
        blanks = read_stock(folder / "premade.csv").items
        first = next(iter(blanks.values()))  # the other one is in no ledger
        body = Body("BLANK-1", "premade", "gen3", "L1", "bank", bank_number=first.bank_number)
        orders.add_bodies([body], office())
    return Counter(city, folder, outcome.order)


def test_a_blank_becomes_the_persons_card(counter: Counter) -> None:
    done = counter.run(counter.images()[0])
    assert done.exit_code == 0, done.output
    summary = json.loads(done.stdout.splitlines()[-1])
    assert (summary["made"], summary["failed"]) == (1, 0)
    assert counter.rows(ORDERS.c.state)[0][0].name == "AUDITED"
    assert counter.rows(BODIES.c.state)[0][0].name == "USED"
    columns = (CARDS.c.body, CARDS.c.station, CARDS.c.blank_atr, CARDS.c.atr)
    ((body, station, blank_atr, atr),) = counter.rows(*columns)
    assert body == "BLANK-1"
    assert str(station).startswith("instant-")
    assert blank_atr == atr  # a blank has its serial number already
    again = counter.run(counter.images()[0])
    assert again.exit_code == 1


def test_a_blank_that_no_list_has_stops_the_counter(counter: Counter) -> None:
    done = counter.run(counter.images()[1])
    assert done.exit_code == 1
    events = counter.rows(EVENTS.c.kind, EVENTS.c.what)
    assert ("mismatch", "unknown_body") in events
    assert counter.rows(ORDERS.c.state)[0][0].name == "VERIFIED"


def test_a_card_that_was_pulled_out_goes_on(counter: Counter) -> None:
    from craft_standins import Torn, instant

    from simulator import VirtualCard

    card = VirtualCard.load(counter.images()[0])
    other = VirtualCard.load(counter.images()[1])
    for each in (card, other):
        each.power_on()
    after = made_after("gen3")
    with counter.city.orders() as orders:
        place = instant(orders, counter.order, after, [Torn(card, 150), other, card])
        reader = place.reader
        assert isinstance(reader.craft, InstantCraft)
        fed = reader.feeder.feed()
        assert fed is not None
        claim = reader.craft.begin(fed, "R1")
        with pytest.raises(Exception, match="put the same card in again"):
            reader.craft.make(claim, fed)
        wrong = reader.feeder.feed()
        assert wrong is not None
        with pytest.raises(Mismatched) as caught:
            reader.craft.begin(wrong, "R1")
        assert caught.value.mismatch is Mismatch.OTHER_CHIP
        fed = reader.feeder.feed()
        assert fed is not None
        reader.craft.make(reader.craft.begin(fed, "R1"), fed)
    assert counter.rows(ORDERS.c.state)[0][0].name == "AUDITED"

"""Many stations driven by one process: cards per hour, share of the ideal, CPU used.

    python benchmarks/stations.py [--readers 60] [--seconds 5] [--minutes 3] [--real] [--whole]

Each card takes ``--seconds`` of real time, spread over its commands, as over a contact line: each
command takes its share however late it comes; with ``--whole`` the card makes up for late ones, so
that only what is beyond its own time counts.  The ledger, in ``--folder``, is SQLite, flushed at
every transaction: job, lease, card, body, events, as in production.

Without ``--real`` the card is a stand-in that accepts as many commands as a gen2 card gets at the
social-security station.  With ``--real`` everything on the host's side is real: keys, plan, secure
messaging, audit, check values.  The card then plays back what a simulated card has answered once,
which fits because every card gets the same numbers and the same random bytes.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from simulator import VirtualCard
from sscard.cli.declared import Signed, declared
from sscard.issuance.citizen_number import check_character
from sscard.issuance.floor import (
    Board,
    Failures,
    Fed,
    Gate,
    GateRules,
    NoMoreCards,
    Place,
    Reader,
    Reading,
    Reads,
    SharedHall,
    SimulatedIdentifier,
    Station,
    StopRules,
    View,
    traced,
)
from sscard.issuance.floor.body_numbers import RULES, Kind
from sscard.issuance.floor.desk import LedgerDesk
from sscard.issuance.floor.jobs import SocialJob
from sscard.issuance.floor.order_jobs import Held, SocialOrders
from sscard.issuance.floor.social import SocialClaim, SocialCraft
from sscard.issuance.floor.work import Claim
from sscard.issuance.ledger import Actor, LedgerKeys
from sscard.issuance.numbering import luhn_digit
from sscard.issuance.orders import BankRow, BatchWish, Body, Entry, Intake, MadeAfter, Orders
from sscard.issuance.orders.people import Person
from sscard.issuance.orders.rows import Round, Unit
from sscard.issuance.stations import SocialStation
from sscard.keys.stores import load_exchange, load_social_security
from sscard.perso.order import CardNumbers

BATCH, PROFILE, LOT = "B1", "gen2", "TEST-GEN2"
#: Commands of a gen2 card at the social-security station, audit not counted.
COMMANDS = 452
FIRST = CardNumbers("X00000019", b"\0\0\0\1", "639900", date(2026, 11, 22))


def now() -> datetime:
    return datetime.now(UTC)


def fixed(size: int) -> bytes:
    """No chance: what was played once fits again."""
    return bytes((0x1D + 7 * at) & 0xFF for at in range(size))


def people(number: int) -> Iterator[Person]:
    """As many as are wanted; they share everything but their ID numbers."""
    for at in range(number):
        born = date(1950, 1, 1) + timedelta(days=at // 400)
        digits = f"110101{born:%Y%m%d}{2 * (at % 400) + 1:03}"
        id_number = digits + check_character(digits)
        values = {"id_number": id_number, "name": "张三", "sex": "1"}
        values |= {"birth_date": born.isoformat(), "phone": "13800000000"}
        yield Person(id_number, "张三", "1", born, "13800000000", values=values)


def batch(orders: Orders, number: int) -> None:
    """A batch whose bodies are printed and in stock."""
    office = Actor(now(), "office")
    orders.open_round(Round("1", "R", number, general_test="GT", tested_at=now()), office)
    orders.add_units([Unit("U", "U", "village")], office)
    entries = [Entry(person, "TEST") for person in people(number)]
    outcomes = orders.enter(Intake("1", "bank-first", "R", "U"), entries, office)
    ids = [each.order for each in outcomes if each.order]
    orders.verify(ids, office)
    made_after = declared(PROFILE, Signed())
    layers = MadeAfter(made_after.profile.name, made_after.sha256, made_after.layers)
    orders.make_batch(BatchWish("U", "1", "bank-first", "TEST", layers, BATCH), office)
    orders.request_bank(BATCH, office)
    rows = [
        BankRow(e.person.id_number, f"622800{o:09}" + luhn_digit(f"622800{o:09}"))
        for o, e in zip(ids, entries, strict=True)
    ]
    orders.match_bank(BATCH, rows, office)
    bodies = (Body(f"BODY-{o:06}", "printed", PROFILE, "L1", "I", BATCH, o) for o in ids)
    orders.add_bodies(bodies, office)


@dataclass
class Slow:
    """A card that takes its time; ``answers`` are played back, else everything is accepted."""

    body: str
    pause: float
    answers: Sequence[bytes] | None
    whole: bool
    at: int = 0
    begun: float = 0

    @property
    def chip(self) -> Slow:
        return self

    def mark(self, _kind: Kind) -> str:
        return self.body

    def reset(self) -> bytes:
        return self._answer()

    def transmit(self, _command: bytes, /) -> bytes:
        self.begun = self.begun or time.perf_counter()
        ready = self.begun + (self.at + 1) * self.pause
        pause = ready - time.perf_counter() if self.whole else self.pause
        if pause > 0:
            time.sleep(pause)
        return self._answer()

    def _answer(self) -> bytes:
        self.at += 1
        return b"\x90\x00" if self.answers is None else self.answers[self.at - 1]


@dataclass
class Tray:
    """Bodies for all readers."""

    bodies: Iterator[str]
    pause: float
    answers: Sequence[bytes] | None
    whole: bool
    lock: threading.Lock = field(default_factory=threading.Lock)

    def feed(self) -> Fed:
        with self.lock:
            body = next(self.bodies, None)
        if body is None:
            raise NoMoreCards("no more bodies: make the batch larger")
        return Slow(body, self.pause, self.answers, self.whole)

    def take_away(self, place: Place) -> None:
        if place is not Place.OUT:
            raise RuntimeError(f"a card of the benchmark was {place.name}")


class StandIn(SocialCraft):
    """Everything of the craft but the chip: keys, ledger, and commands that are all accepted."""

    def make(self, claim: Claim, fed: Fed, /) -> None:
        if not isinstance(claim, SocialClaim):
            raise TypeError
        order = claim.order
        self.jobs.touch(claim.job, traced.of_chip(order.lot, order.lot.blank_historical, "bench"))
        for _ in range(COMMANDS):
            fed.chip.transmit(bytes(32))
        self.jobs.finish(claim.job, traced.of_card(order))


class OneCard(SocialOrders):
    """Every card is told what the first one was told, so that its answers fit."""

    def take(self, readings: Sequence[Reading], reader: str, /) -> SocialJob:
        job = super().take(readings, reader)
        return replace(job, numbers=FIRST, values=next(people(1)).values)


@dataclass
class Recorded:
    """A simulated card whose answers are kept."""

    card: VirtualCard
    answers: list[bytes] = field(default_factory=list)

    @property
    def chip(self) -> Recorded:
        return self

    def reset(self) -> bytes:
        self.answers.append(self.card.reset())
        return self.answers[-1]

    def transmit(self, command: bytes, /) -> bytes:
        self.answers.append(self.card.transmit(command))
        return self.answers[-1]


class NoLedger:
    """For the one card that is recorded."""

    def touch(self, _job: Any, _chip: Mapping[str, Any], /) -> None:
        """Nothing."""

    def require_held(self, _job: Any, /) -> None:
        """Nothing."""

    def finish(self, _job: Any, _facts: Mapping[str, Any], /) -> None:
        """Nothing."""

    def fail(self, _job: Any, reason: str, /, **_more: bool) -> None:
        raise RuntimeError(reason)


def recorded(station: SocialStation) -> list[bytes]:
    """What a simulated card answers to everything that the craft says to it."""
    values = next(people(1)).values
    order = station.prepare(values, FIRST)
    job = SocialJob(0, "first", "R1", None, FIRST, values)
    card = VirtualCard.blank("gen2-32k", lot=order.lot, random=fixed)
    card.power_on()
    inside = Recorded(card)
    craft = SocialCraft(station, NoLedger(), {}, "bench")  # type: ignore[arg-type]
    craft.make(SocialClaim("first", job, order), inside)
    return inside.answers


def station_of(random: Any) -> SocialStation:
    profile = declared(PROFILE, Signed()).profile
    return SocialStation(profile, load_social_security(None), load_exchange(None), LOT, random)


@dataclass
class Counted:
    """When each reader made its cards."""

    made: dict[str, list[float]] = field(default_factory=dict)

    def heard(self, view: View, _at: datetime) -> None:
        made = self.made.setdefault(view.name, [])
        if view.made > len(made):
            made.append(time.perf_counter())

    @property
    def rate(self) -> float:
        """Cards per hour of all readers, each from its first card to its last."""
        return sum(3600 * (len(m) - 1) / (m[-1] - m[0]) for m in self.made.values())

    @property
    def cards(self) -> int:
        return sum(map(len, self.made.values()))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--readers", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--real", action="store_true")
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        measure(given, Path(folder))


def measure(given: argparse.Namespace, folder: Path) -> None:
    number = int(given.readers * (given.minutes * 60 / given.seconds + 3))
    keys = LedgerKeys.of(load_social_security(None))
    with Orders.open(folder / "city.sqlite", keys, test_numbers=True) as orders:
        started = time.perf_counter()
        batch(orders, number)
        print(f"a batch of {number} people and bodies: {time.perf_counter() - started:.1f} s")
        station = station_of(fixed)
        answers = recorded(station) if given.real else None
        commands = len(answers) if answers else COMMANDS
        tray = Tray(
            (f"BODY-{o:06}" for o in range(1, number + 1)),
            given.seconds / commands,
            answers,
            given.whole,
        )
        desk = LedgerDesk(orders.engine, keys, "SSSE-1", "ssse", BATCH, "op", now)
        held = Held(orders.jobs, desk, 120)
        desk.renew = held.renew
        kind = OneCard if given.real else SocialOrders
        jobs = kind(orders.jobs, desk, held, "639900")
        names = [f"R{at}" for at in range(1, given.readers + 1)]
        way = (SimulatedIdentifier(Kind.BARCODE), RULES[Kind.BARCODE])
        craft = (SocialCraft if given.real else StandIn)(
            station, jobs, dict.fromkeys(names, Reads((way,))), "bench"
        )
        counted = Counted()
        # Nobody is here to sign: a patrol that waits would hold the readers.
        rules = GateRules(first_article=False, patrol_cards=None, patrol_minutes=None)
        hall = SharedHall(desk, Gate(rules, desk, now, now()), Board(now, counted.heard))
        readers = [Reader(name, tray, craft, hall, Failures(StopRules())) for name in names]
        desk.start(names)
        run(Station(readers, hall, beat=40), given, counted, commands)
        if hall.broken:
            print(f"broken: {hall.broken}")


def run(station: Station, given: argparse.Namespace, counted: Counted, commands: int) -> None:
    """Run, and tell."""
    begun, cpu = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    timer = threading.Timer(given.minutes * 60, station.hall.end)
    timer.start()
    station.run(lambda: None, 1)
    timer.cancel()
    ended, after = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    used = after.ru_utime + after.ru_stime - cpu.ru_utime - cpu.ru_stime
    ideal, wall = 3600 * given.readers / given.seconds, ended - begun
    print(f"{given.readers} readers, {given.seconds:g} s a card, {commands} exchanges a card")
    print(f"{counted.cards} cards in {wall:.0f} s")
    print(f"{counted.rate:,.0f} cards/h of {ideal:,.0f}: {counted.rate / ideal:.1%}")
    print(f"CPU {used / wall:.0%} of one core, {1e3 * used / counted.cards:.1f} ms a card")


if __name__ == "__main__":
    main()

"""Both stations at work on simulated cards in memory, with a real ledger."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from batch_standins import KEYS, City, made_after
from floor_standins import TrayOf, run

from simulator import VirtualCard
from sscard.cli.declared import Declared
from sscard.issuance.floor import (
    Board,
    Failures,
    Gate,
    GateRules,
    Reader,
    Reads,
    SharedHall,
    SimulatedIdentifier,
    StopRules,
)
from sscard.issuance.floor.bank import BankCraft
from sscard.issuance.floor.body_numbers import RULES, Kind
from sscard.issuance.floor.desk import LedgerDesk
from sscard.issuance.floor.instant import InstantCraft
from sscard.issuance.floor.instant_jobs import InstantOrders
from sscard.issuance.floor.order_jobs import BankOrders, Held, SocialOrders
from sscard.issuance.floor.social import SocialCraft
from sscard.issuance.instant_station import InstantStation
from sscard.issuance.orders import MadeAfter, Orders
from sscard.issuance.stations import BankStation, SocialStation, account_of_test_bank
from sscard.keys import SUITES, ChipLot
from sscard.keys.cps import SessionKeys
from sscard.keys.stores import load_bank, load_exchange, load_social_security
from sscard.keys.stores.certificates import load_certificates
from sscard.perso import handover
from sscard.perso.plan import run as run_plan
from sscard.profiles import Profile
from sscard.profiles.chips import load_chip
from sscard.transport import CardRemoved

NO_GATES = GateRules(first_article=False, patrol_cards=None, patrol_minutes=None)


def declaration(profile: str) -> Profile:
    return made_after(profile).profile


def lot_of(profile: str = "gen2") -> ChipLot:
    chip = load_chip(declaration(profile).chip)
    return load_social_security(None, SUITES[chip.suite]).lot(chip.lot)


def blank(profile: str = "gen2", lot: ChipLot | None = None) -> VirtualCard:
    chip = load_chip(declaration(profile).chip)
    card = VirtualCard.blank(chip, lot=lot or lot_of(profile))
    card.power_on()
    return card


@dataclass
class Torn:
    """A card that somebody pulls out after so many commands."""

    inside: VirtualCard
    left: int

    def reset(self) -> bytes:
        return self.inside.reset()

    def transmit(self, command: bytes, /) -> bytes:
        self.left -= 1
        if self.left < 0:
            raise CardRemoved("R1: the card was pulled out")
        return self.inside.transmit(command)


class OtherBank:
    """The keys of another bank."""

    def __init__(self) -> None:
        self.inside = load_bank(None)

    def __getattr__(self, name: str) -> object:
        return getattr(self.inside, name)

    def session_keys(self, keydata: bytes, sequence: bytes) -> SessionKeys:
        return self.inside.session_keys(keydata[::-1], sequence)


@dataclass
class Plastic:
    """A card body: a chip, and numbers on it.  ``name`` is what the tray calls it."""

    name: str
    chip: VirtualCard | Torn = field(default_factory=blank)
    position: str | None = None

    def mark(self, kind: Kind) -> str | None:
        return self.position if kind is Kind.TRAY else self.name


@dataclass
class Place:
    """A station of one reader."""

    desk: LedgerDesk
    reader: Reader

    @property
    def taken(self) -> list[tuple[str, str]]:
        assert isinstance(self.reader.feeder, TrayOf)
        return [(name, place.name) for name, place in self.reader.feeder.taken]


def now() -> datetime:
    return datetime.now(UTC)


def _place(
    orders: Orders, kind: str, batch: str, tray: Iterable[object], station: str
) -> tuple[Place, Held]:
    desk = LedgerDesk(orders.engine, KEYS, station, kind, batch, "op", now)  # type: ignore[arg-type]
    held = Held(orders.jobs, desk, 60)
    desk.renew = held.renew
    hall = SharedHall(desk, Gate(NO_GATES, desk, now, now()), Board(now))
    reader = Reader("R1", TrayOf(list(tray)), None, hall, Failures(StopRules()))  # type: ignore[arg-type]
    return Place(desk, reader), held


def _reads(kinds: Sequence[Kind]) -> dict[str, Reads]:
    ways = tuple((SimulatedIdentifier(kind), RULES[kind]) for kind in kinds)
    return {"R1": Reads(ways)} if ways else {}


def social(
    orders: Orders,
    batch: str,
    tray: Iterable[Plastic],
    kinds: Sequence[Kind] = (Kind.BARCODE,),
    *,
    profile: str = "gen2",
    station: str = "SSSE-1",
    order: int | None = None,
) -> Place:
    """A social-security station, ready to run."""
    place, held = _place(orders, "ssse", batch, tray, station)
    after = declaration(profile)
    suite = SUITES[after.suite]
    store, exchange = load_social_security(None, suite), load_exchange(None, suite)
    lot = load_chip(after.chip).lot
    jobs = SocialOrders(orders.jobs, place.desk, held, city_of(profile), order)
    work = SocialStation(after, store, exchange, lot, os.urandom)
    place.reader.craft = SocialCraft(work, jobs, _reads(kinds), "test")
    return place


def bank(
    orders: Orders,
    batch: str,
    tray: Iterable[Plastic],
    kinds: Sequence[Kind] = (),
    *,
    profile: str = "gen2",
    store: OtherBank | None = None,
) -> Place:
    """A bank station, ready to run."""
    place, held = _place(orders, "bank", batch, tray, "BANK-1")
    after = declaration(profile)
    exchange = load_exchange(None, SUITES[after.suite])
    work = BankStation(after, store or load_bank(None), exchange, os.urandom, load_certificates())
    jobs = BankOrders(
        orders.jobs,
        place.desk,
        held,
        city_of(profile),
        lambda work: account_of_test_bank(after, "6228000000000011", now().date()),
    )
    place.reader.craft = BankCraft(work, jobs, _reads(kinds), "test")
    return place


def city_of(profile: str) -> str:
    return declaration(profile).setting("issuing_division").text


def made(place: Place) -> Place:
    """The station when its tray is empty, or it has stopped."""
    run(place.reader)
    return place


def carried(card: VirtualCard, profile: str = "gen2") -> str:
    """The ID number in the hand-over area."""
    card.reset()
    after = declaration(profile)
    return run_plan(handover.read(after), card).holder.id_number


def with_other_key(lot: ChipLot) -> ChipLot:
    """Chips that look like the lot's and have another transport key."""
    return replace(
        lot, transport=type(lot.transport)(bytes.fromhex("0123456789ABCDEF0F1E2D3C4B5A6978"))
    )


@contextmanager
def opened(city: City) -> Iterator[Orders]:
    with city.orders() as orders:
        yield orders


@dataclass
class Bare:
    """A chip of which nobody reads the body."""

    chip: VirtualCard | Torn


def instant(
    orders: Orders, order: int, after: Declared, tray: Iterable[VirtualCard | Torn]
) -> Place:
    """A counter, ready to run."""
    place, held = _place(orders, "instant", "", map(Bare, tray), "COUNTER-1")
    profile = after.profile
    made_after = MadeAfter(profile.name, after.sha256, after.layers)
    jobs = InstantOrders(orders.jobs, place.desk, held, city_of("gen3"), order, made_after)
    store = load_social_security(None, SUITES[profile.suite])
    station = InstantStation(profile, store, os.urandom)
    place.reader.craft = InstantCraft(station, jobs, lambda _number: None, "test")
    return place

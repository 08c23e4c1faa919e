"""An office for tests: a ledger, a clock, and people who come in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sscard.issuance.citizen_number import check_character
from sscard.issuance.ledger import Actor, LedgerKeys
from sscard.issuance.numbering import allocated_account
from sscard.issuance.orders import (
    BankRow,
    BatchWish,
    Body,
    Entry,
    Intake,
    MadeAfter,
    Orders,
    Person,
    Presence,
    Topologies,
    Work,
)
from sscard.issuance.orders.rows import Round, Unit
from sscard.issuance.orders.rules import CHINA
from sscard.keys.stores import load_social_security

KEYS = LedgerKeys.of(load_social_security(None))
PROFILE = MadeAfter("gen2", bytes(range(32)))
CITY, RURAL, EARLY = "测试城市银行", "测试农村商业银行", "测试银行"
TOPOLOGIES = Topologies.of("city-bank", ("rural-bank", "early-bank"))


def person(number: int, **more: Any) -> Person:
    """The ``number``-th person, born in 1990; every value can be searched for."""
    body = f"11010119900307{number:03d}"
    return Person(
        id_number=body + check_character(body),
        name=f"诸葛{chr(0x4E00 + number)}",
        sex="1",
        birth_date=more.pop("birth_date", date(1990, 3, 7)),
        phone="13987654321",
        **more,
    )


def card_number(number: int) -> str:
    """A card number of the office's."""
    return f"D{number:07d}X"


class Office:
    """The ledger, and short words for what an office does with it."""

    def __init__(self, place: str | Path, *, test_numbers: bool = False) -> None:
        self.now = datetime(2026, 1, 5, 9, tzinfo=CHINA)
        self._place, self._test_numbers = place, test_numbers
        self.reopen()
        self.orders.open_round(Round("2026-1", "510100", 100, general_test="GT-1"), self.clerk)
        self.orders.add_units(
            [Unit("U1", "一厂", "employer"), Unit("U2", "二校", "school")], self.clerk
        )

    def reopen(self) -> None:
        """The ledger, in a process that knows nothing yet."""
        self.orders = Orders.open(self._place, KEYS, TOPOLOGIES, test_numbers=self._test_numbers)
        self.jobs = self.orders.jobs

    def at(self, station: str = "", operator: str = "li", *, later: float = 0) -> Actor:
        """Somebody, ``later`` seconds from now."""
        at = self.now + timedelta(seconds=later)
        return Actor(at, operator, station, "r1" if station else "")

    @property
    def clerk(self) -> Actor:
        """Who works in the office."""
        return self.at()

    def later(self, **span: float) -> None:
        """Time goes by."""
        self.now += timedelta(**span)

    def enter(
        self,
        people: Iterable[int],
        *,
        flow: str = "bank-first",
        bank: str = CITY,
        unit: str | None = "U1",
        numbered: bool = True,
    ) -> list[int]:
        """Orders of these people, verified."""
        entries = [
            Entry(person(n), bank, card_number(n) if numbered else None, row=n) for n in people
        ]
        outcomes = self.orders.enter(Intake("2026-1", flow, "510100", unit), entries, self.clerk)
        assert not [each for each in outcomes if each.reason]
        ids = [each.order for each in outcomes if each.order is not None]
        self.orders.verify(ids, self.clerk)
        return ids

    def make_batch(
        self,
        flow: str = "bank-first",
        bank: str = CITY,
        number: str | None = "B1",
        unit: str = "U1",
    ) -> str:
        """The batch of everybody who is verified."""
        wish = BatchWish(unit, "2026-1", flow, bank, PROFILE, number)
        return self.orders.make_batch(wish, self.clerk)

    def answer(self, people: Iterable[int], base: int = 0) -> list[BankRow]:
        """The bank's numbers for these people."""
        return [
            BankRow(
                person(n).id_number, allocated_account(base + n + 1), stripe={"cvv2": "987"}, row=n
            )
            for n in people
        ]

    def matched(self, people: Sequence[int], *, bank: str = CITY, flow: str = "bank-first") -> str:
        """A batch of these people with the bank's numbers."""
        self.enter(people, bank=bank, flow=flow)
        batch = self.make_batch(flow, bank)
        self.orders.request_bank(batch, self.clerk)
        self.orders.match_bank(batch, self.answer(people), self.clerk)
        return batch

    def bodies(
        self, ids: Iterable[int], batch: str | None = "B1", generation: int = 1
    ) -> list[str]:
        """Printed bodies of these orders, named after them."""
        names = {order: f"body-{order}-{generation}" for order in ids}
        made = [
            Body(name, "printed", "gen2", "LOT", "supplier", batch, order)
            for order, name in names.items()
        ]
        self.orders.add_bodies(made, self.clerk)
        return list(names.values())

    def ssse(self, body: str | None = None, order: int | None = None) -> Work:
        """The social-security station's whole work."""
        work = self.jobs.take(self.at("S1"), 60, body=body, order=order)
        self.jobs.begin(work, self.at("S1"), chip_lot="L7", uid=b"\1\2\3\4")
        done = self.jobs.finish_ssse(
            work, self.at("S1"), keep=True, atr=b"\x3b", kcvs={"IRK": "AA"}
        )
        assert done is not None
        self.jobs.give_back(done, self.at("S1"), "goes on")
        return done

    def bank(self, number: int) -> Work:
        """The bank station's whole work with a person's card, and the audit."""
        work = self.jobs.take_for_bank(self.hash(number), self.at("B1"), 60)
        self.jobs.begin(work, self.at("B1"))
        done = self.jobs.finish_bank(work, self.at("B1"), kcvs={"UDK": "BB"})
        assert done is not None
        self.jobs.audited(done, self.at("B1"))
        return done

    def issued(self, people: Sequence[int]) -> list[int]:
        """People whose cards are audited, by the first flow."""
        batch = self.matched(people)
        ids = [order.id for order in self.orders.orders_of(batch)]
        for body in self.bodies(ids, batch):
            self.ssse(body)
        self.orders.hand_over(batch, self.clerk)
        for number in people:
            self.bank(number)
        return ids

    def collected(self, number: int = 1) -> int:
        """A person who has their card; their order."""
        (order,) = self.issued([number])
        self.orders.deliver("B1", self.clerk)
        self.orders.collect(order, Presence("holder", "window 1"), self.clerk)
        return order

    def hash(self, number: int) -> bytes:
        """A person's keyed hash."""
        return KEYS.person_hash(person(number).id_number)

    def states(self, batch: str = "B1") -> list[str]:
        """The states of the batch's orders in their order."""
        return [order.state.name for order in self.orders.orders_of(batch)]

    def sound(self) -> None:
        """Every number is accounted for."""
        assert self.orders.balance().findings == ()

"""A batch up to the printed bodies: people, numbers of office and bank, bodies in stock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Literal

from sscard.cli.declared import Declared, Signed, declared
from sscard.issuance.applicants import Applicant, read_applicants
from sscard.issuance.ledger import Actor, LedgerKeys
from sscard.issuance.orders import (
    BankRow,
    BatchWish,
    Body,
    Entry,
    Intake,
    MadeAfter,
    Orders,
    Topologies,
)
from sscard.issuance.orders.rows import Round, Unit
from sscard.keys.stores import load_social_security
from sscard.profiles import load_profile

#: A bank whose numbers come after its station.
RURAL = "测试农村商业银行"
EXAMPLES = Path(__file__).parents[3] / "examples"
KEYS = LedgerKeys.of(load_social_security(None))


def office() -> Actor:
    return Actor(datetime.now(UTC), "office")


@cache
def made_after(profile: str) -> Declared:
    return declared(profile, Signed())


@cache
def _register(profile: str) -> tuple[Applicant, ...]:
    path, declaration = EXAMPLES / "applicants.csv", load_profile(profile)
    return read_applicants(path, declaration, today=date(2026, 1, 1)).applicants


def people(number: int, start: int = 0, profile: str = "gen2") -> tuple[Applicant, ...]:
    return _register(profile)[start : start + number]


@dataclass(frozen=True)
class City:
    """A ledger with test numbers, in ``folder`` or at the address ``place``."""

    folder: Path
    place: str = ""

    @property
    def ledger(self) -> str:
        return self.place or str(self.folder / "city.sqlite")

    def orders(self) -> Orders:
        topologies = Topologies.of("city-bank", ["rural-bank"])
        return Orders.open(self.ledger, KEYS, topologies, test_numbers=True)

    def batch(
        self,
        name: str,
        applicants: Iterable[Applicant],
        *,
        profile: str = "gen2",
        flow: str = "bank-first",
        accounts: bool = True,
        expiry: str = "3012",
        bank: str = "TEST",
        kind: Literal["printed", "blank"] = "printed",
    ) -> tuple[int, ...]:
        """A batch that waits for its stations; the ids of its orders, in the order of its people.

        The bodies are called NAME-0001 and so on.
        """
        with self.orders() as orders:
            orders.open_round(
                Round(name, "R", expected=9, general_test="GT-1", tested_at=office().at), office()
            )
            orders.add_units([Unit(name, name, "village")], office())
            entries = [Entry.of(each) for each in applicants]
            entries = [Entry(e.person, bank, None, e.row) for e in entries]
            entered = orders.enter(Intake(name, flow, "R", name), entries, office())
            ids = tuple(each.order for each in entered if each.order)
            assert len(ids) == len(entries), entered
            orders.verify(ids, office())
            after = made_after(profile)
            layers = MadeAfter(after.profile.name, after.sha256, after.layers)
            orders.make_batch(BatchWish(name, name, flow, bank, layers, name), office())
            if accounts:
                orders.request_bank(name, office())
                rows = [
                    BankRow(e.person.id_number, account(order), e.person.name, expiry, "01")
                    for order, e in zip(ids, entries, strict=True)
                ]
                assert orders.match_bank(name, rows, office()).returned == ()
            bodies = [
                Body(
                    f"{name}-{at:04}",
                    kind,
                    profile,
                    "L1",
                    "integrator",
                    name if kind == "printed" else None,
                    order if kind == "printed" else None,
                )
                for at, order in enumerate(ids, 1)
            ]
            orders.add_bodies(bodies, office())
        return ids


def account(order: int) -> str:
    """A number with its check digit; nothing beyond the test bank's own range."""
    digits = f"622800{order:09}"
    doubled = [int(d) * (2 - at % 2) for at, d in enumerate(reversed(digits))]
    total = sum(n - 9 if n > 9 else n for n in doubled)
    return digits + str(-total % 10)

"""A batch of flow A up to the printed bodies: people, numbers of office and bank, bodies in stock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sscard.cli.declared import Signed, declared
from sscard.issuance.applicants import Applicant, read_applicants
from sscard.issuance.ledger import Actor, LedgerKeys
from sscard.issuance.orders import BankRow, BatchWish, Body, Entry, Intake, MadeAfter, Orders
from sscard.issuance.orders.rows import Round, Unit
from sscard.keys.stores import load_social_security
from sscard.profiles import load_profile

EXAMPLES = Path(__file__).parents[3] / "examples"
KEYS = LedgerKeys.of(load_social_security(None))


def office() -> Actor:
    return Actor(datetime.now(UTC), "office")


def people(number: int, start: int = 0, profile: str = "gen2") -> tuple[Applicant, ...]:
    register = read_applicants(
        EXAMPLES / "applicants.csv", load_profile(profile), today=date(2026, 1, 1)
    )
    return register.applicants[start : start + number]


@dataclass(frozen=True)
class City:
    """A ledger with test numbers."""

    folder: Path

    @property
    def ledger(self) -> Path:
        return self.folder / "city.sqlite"

    def orders(self) -> Orders:
        return Orders.open(self.ledger, KEYS, test_numbers=True)

    def batch(
        self,
        name: str,
        applicants: Iterable[Applicant],
        *,
        profile: str = "gen2",
        flow: str = "bank-first",
        accounts: bool = True,
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
            entries = [Entry(e.person, "TEST", None, e.row) for e in entries]
            entered = orders.enter(Intake(name, flow, "R", name), entries, office())
            ids = tuple(each.order for each in entered if each.order)
            assert len(ids) == len(entries), entered
            orders.verify(ids, office())
            made_after = declared(profile, Signed())
            layers = MadeAfter(made_after.profile.name, made_after.sha256, made_after.layers)
            orders.make_batch(BatchWish(name, name, flow, "TEST", layers, name), office())
            if accounts:
                orders.request_bank(name, office())
                rows = [
                    BankRow(e.person.id_number, account(order), e.person.name, "3012", "01")
                    for order, e in zip(ids, entries, strict=True)
                ]
                assert orders.match_bank(name, rows, office()).returned == ()
            bodies = [
                Body(f"{name}-{at:04}", "printed", profile, "L1", "integrator", name, order)
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

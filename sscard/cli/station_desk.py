"""The ledger behind ``sscard station``, opened with its keys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sscard.cli.batch_desk import Place, desk

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from sscard.issuance.ledger import Book
    from sscard.issuance.orders import Orders


@dataclass(frozen=True, slots=True)
class Opened:
    """An open ledger with its orders."""

    orders: Orders

    @property
    def engine(self) -> Engine:
        """Its database."""
        return self.orders.engine

    @contextmanager
    def book(self, operator: str) -> Iterator[Book]:
        """Write something as this person, all of it or nothing.  Raises LedgerError."""
        from sscard.issuance.ledger import Actor

        with self.orders.book(Actor(now(), operator)) as book:
            yield book


def now() -> datetime:
    """The time, with its zone."""
    from sscard.issuance.machines import CHINA

    return datetime.now(CHINA)


@contextmanager
def ledger(
    place: str,
    keystore: Path | None,
    topologies: tuple[Path, ...] = (),
    *,
    production: bool = False,
) -> Iterator[Opened]:
    """The ledger; TEST keys are announced in red.

    Raises KeyStoreError, also for TEST keys in production; LedgerError, ProfileError.
    """
    where = Place(place, keystore, production=production, topologies=topologies)
    with desk(where) as opened:
        yield Opened(opened.orders)

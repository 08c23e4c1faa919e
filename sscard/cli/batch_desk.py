"""The ledger behind ``sscard batch``: opened with its keys, for one person at one desk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sscard.issuance.ledger import Actor
    from sscard.issuance.orders import Orders


@dataclass(frozen=True, slots=True)
class Place:
    """Where the ledger is, with which keys, and who works with it."""

    ledger: str
    keystore: Path | None = None
    operator: str = ""
    production: bool = False
    topologies: tuple[Path, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Desk:
    """An open ledger."""

    orders: Orders
    operator: str

    @property
    def actor(self) -> Actor:
        """Whoever does this, now."""
        from sscard.issuance.ledger import Actor
        from sscard.issuance.machines import CHINA

        return Actor(datetime.now(CHINA), operator=self.operator, station="office")


@contextmanager
def desk(place: Place) -> Iterator[Desk]:
    """The ledger, begun where there is none; TEST keys are announced in red.

    Raises KeyStoreError for TEST keys under --production, LedgerError, ProfileError.
    """
    from sscard.cli.passphrase import ask
    from sscard.cli.summary import announce_test_keys
    from sscard.errors import KeyStoreError
    from sscard.issuance.ledger import LedgerKeys
    from sscard.issuance.orders import Orders, Topologies
    from sscard.keys import SUITES
    from sscard.keys.stores import load_social_security

    store = load_social_security(place.keystore, SUITES["3des"], ask)
    if store.test and place.production:
        raise KeyStoreError("--production refuses TEST keys: ledger")
    announce_test_keys(["ledger"] if store.test else [])
    topologies = Topologies.of(*_named(place.topologies))
    keys = LedgerKeys.of(store)
    with Orders.open(place.ledger, keys, topologies, test_numbers=store.test) as orders:
        yield Desk(orders, place.operator)


def _named(given: tuple[Path, ...]) -> tuple[str | Path, tuple[str | Path, ...]]:
    """The default's and the others' names: what is no file is the name of a packaged one."""
    names = [each if each.suffix == ".toml" else each.name for each in given] or ["city-bank"]
    return names[0], tuple(names[1:])

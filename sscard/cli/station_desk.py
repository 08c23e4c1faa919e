"""The ledger behind ``sscard station``, opened with its keys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sscard.cli.summary import announce_test_keys
from sscard.errors import KeyStoreError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from sscard.issuance.ledger import Book, LedgerKeys


@dataclass(frozen=True, slots=True)
class Opened:
    """An open ledger.  ``test``: its key is a public TEST key."""

    engine: Engine
    keys: LedgerKeys
    test: bool

    @contextmanager
    def book(self, operator: str) -> Iterator[Book]:
        """Write something as this person, all of it or nothing.  Raises LedgerError."""
        from sscard.issuance.ledger import Actor, Book, transaction

        with transaction(self.engine) as connection:
            yield Book(connection, self.keys, Actor(now(), operator))


def now() -> datetime:
    """The time, with its zone."""
    from sscard.issuance.machines import CHINA

    return datetime.now(CHINA)


@contextmanager
def ledger(place: str, keystore: Path | None, *, production: bool = False) -> Iterator[Opened]:
    """The ledger; TEST keys are announced in red.

    Raises KeyStoreError, also for TEST keys in production; LedgerError.
    """
    from sscard.cli.passphrase import ask
    from sscard.issuance.ledger import LedgerKeys, open_engine
    from sscard.keys import SUITES
    from sscard.keys.stores import load_social_security

    store = load_social_security(keystore, SUITES["3des"], ask)
    if store.test and production:
        raise KeyStoreError("--production refuses TEST keys: ledger")
    announce_test_keys(["ledger"] if store.test else [])
    keys = LedgerKeys.of(store)
    engine = open_engine(place, keys)
    try:
        yield Opened(engine, keys, store.test)
    finally:
        engine.dispose()

"""The ledger that reports are about: opened with its keys, read in one moment of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from sscard.issuance.ledger import Book, LedgerKeys

LedgerPlace = Annotated[
    str,
    typer.Option(
        "--ledger",
        envvar="SSCARD_LEDGER",
        metavar="PATH|URL",
        help="The ledger (台账): a SQLite file, a folder of `sscard personalize`, or "
        "postgresql+psycopg://…",
    ),
]
Keystore = Annotated[
    Path | None,
    typer.Option(
        "--ledger-keystore",
        envvar="SSCARD_LEDGER_KEYSTORE",
        help="Store with the ledger's key (台账密钥).  Without it the TEST keys.",
    ),
]
Operator = Annotated[
    str,
    typer.Option(
        "--operator", envvar="SSCARD_OPERATOR", help="Who does this (经办人): kept with the event."
    ),
]


@contextmanager
def read(ledger: str, keystore: Path | None) -> Iterator[Connection]:
    """One moment of the ledger, while others may write.  Raises LedgerError, KeyStoreError."""
    from sscard.issuance.ledger import reading

    with opened(ledger, keystore) as (engine, _), reading(engine) as connection:
        yield connection


@contextmanager
def written(ledger: str, keystore: Path | None, operator: str) -> Iterator[Book]:
    """The ledger's book inside one transaction, for this operator, now."""
    from sscard.issuance.ledger import Actor, Book, transaction

    with opened(ledger, keystore) as (engine, keys), transaction(engine) as connection:
        yield Book(connection, keys, Actor(now(), operator=operator, station="office"))


def now() -> datetime:
    """The time of the place."""
    from sscard.issuance.machines import CHINA

    return datetime.now(CHINA)


@contextmanager
def opened(ledger: str, keystore: Path | None) -> Iterator[tuple[Engine, LedgerKeys]]:
    """A ledger that is there, and its keys.  Raises LedgerError, KeyStoreError."""
    from sscard.cli.passphrase import ask
    from sscard.errors import LedgerError
    from sscard.issuance.ledger import LedgerKeys, open_engine
    from sscard.keys.stores import load_social_security

    place = _file(ledger)
    if "://" not in place and not Path(place).is_file():
        raise LedgerError(f"{place}: 没有这个台账 there is no such ledger")
    keys = LedgerKeys.of(load_social_security(keystore, ask=ask))
    engine = open_engine(place, keys)
    try:
        yield engine, keys
    finally:
        engine.dispose()


def _file(ledger: str) -> str:
    """The file in a folder of ``sscard personalize``, or the place itself."""
    if "://" in ledger or not Path(ledger).is_dir():
        return ledger
    return str(Path(ledger) / "ledger.sqlite")

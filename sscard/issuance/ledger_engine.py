"""Opening the database of a ledger, and saying in our words what is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    create_engine,
    event,
    insert,
    inspect,
    make_url,
)
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from sscard.errors import LedgerError
from sscard.issuance.ledger_migration import brought_up
from sscard.issuance.ledger_schema import COUNTER_NAMES, COUNTERS, META, METADATA, SCHEMA_VERSION


def open_engine(place: str | Path) -> Engine:
    """The database at a path or URL: begun if it is new, checked and brought up if it is not.

    Raises LedgerError when it cannot be opened, is damaged, is no ledger, or was written by a
    newer sscard.
    """
    url = _url(place)
    try:
        _create_private(url)
        engine = create_engine(url, hide_parameters=True)
    except (SQLAlchemyError, ImportError, OSError) as error:
        raise LedgerError(f"ledger {_shown(url)}: cannot be opened: {error}") from error
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _make_durable)
        event.listen(engine, "begin", _begin_writing)
    try:
        with transaction(engine) as connection:
            _begin_or_check(connection)
    except LedgerError:
        engine.dispose()
        raise
    return engine


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """All of the block or nothing of it; on return it is on the disk.  Raises LedgerError."""
    place = _shown(engine.url)
    try:
        with engine.begin() as connection:
            yield connection
    except IntegrityError:
        clash = LedgerError(f"ledger {place}: a number was about to be used twice")
        try:
            raise clash
        finally:
            # The cause is dropped, not only hidden: it holds the row, account number and all.
            clash.__context__ = None
    except SQLAlchemyError as error:
        fact = getattr(error, "orig", None) or error
        raise LedgerError(f"ledger {place}: {fact}") from error


def _url(place: str | Path) -> URL:
    if isinstance(place, str) and "://" in place:
        try:
            return make_url(place)
        except SQLAlchemyError as error:
            raise LedgerError(f"not a database address: {error}") from error
    return URL.create("sqlite", database=str(place))


def _shown(url: URL) -> str:
    # A file by its name, a server without its password.
    return url.database or "" if url.drivername == "sqlite" else url.render_as_string()


def _create_private(url: URL) -> None:
    # SQLite gives its side files the mode of the main file, so this one has to be there first.
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        os.close(os.open(url.database, os.O_CREAT | os.O_RDWR, 0o600))


def _make_durable(connection: Any, _record: object) -> None:
    # Transactions begin where _begin_writing says, not where the driver guesses.
    connection.isolation_level = None
    for pragma in (
        "busy_timeout = 10000",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_writing(connection: Connection) -> None:
    # Takes the write lock at once: what a transaction has read stays true until it commits.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_or_check(connection: Connection) -> None:
    tables = inspect(connection).get_table_names()
    if tables:
        _check(connection, tables)
        return
    METADATA.create_all(connection)
    connection.execute(insert(META), {"schema_version": SCHEMA_VERSION})
    connection.execute(insert(COUNTERS), [{"name": each, "last": 0} for each in COUNTER_NAMES])


def _check(connection: Connection, tables: list[str]) -> None:
    place = _shown(connection.engine.url)
    if connection.dialect.name == "sqlite":
        verdict = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
        if verdict != "ok":
            raise LedgerError(f"ledger {place} is damaged: {verdict}")
    if META.name not in tables:
        raise LedgerError(f"{place} is a database, but no ledger of sscard")
    version = brought_up(connection)
    if version != SCHEMA_VERSION:
        raise LedgerError(
            f"ledger {place} has schema {version}, this sscard knows {SCHEMA_VERSION}: "
            "use the sscard that wrote it"
        )

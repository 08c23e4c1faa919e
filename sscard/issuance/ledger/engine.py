"""Opening the database of a ledger, and saying in our words what is wrong with it.

Every ``transaction`` writes alone: SQLite's write lock or, on PostgreSQL, a lock of ours is taken
before anything is read, so what a transaction has read stays true until it commits.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hmac import compare_digest
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
    select,
)
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from sscard.errors import LedgerError
from sscard.issuance.ledger import counters, events
from sscard.issuance.ledger.keys import LedgerKeys
from sscard.issuance.ledger.schema import META, METADATA
from sscard.issuance.ledger.schema.types import VERSIONS

#: The revision of the tables: another one is brought up, or refused where no step leads on.
HEAD = "0003"
#: Octets up to which SQLite looks through a file each time it is opened (0.1 s); a larger one is
#: looked through by ``verify``.
CHECKED_WHEN_OPENED = 16 << 20
#: The lock of whoever writes to a ledger on PostgreSQL: one ledger per database.
_WRITING = 0x73736361
_READING = "sscard_reading"


def open_engine(place: str | Path, keys: LedgerKeys) -> Engine:
    """The database at a path or URL: begun if it is new, checked and brought up if it is not.

    Raises LedgerError when it cannot be opened, is damaged, is no ledger, was written by a newer
    sscard, or belongs to other keys.
    """
    url = _url(place)
    try:
        _create_private(url)
        engine = create_engine(url, hide_parameters=True, **_options(url))
    except (SQLAlchemyError, ImportError, OSError) as error:
        raise LedgerError(f"ledger {_shown(url)}: cannot be opened: {error}") from error
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _make_durable)
        event.listen(engine, "begin", _begin_sqlite)
    if url.get_backend_name() == "postgresql":
        event.listen(engine, "connect", _make_durable_server)
    try:
        _begin_or_check(engine, keys)
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """All of the block or nothing of it; on return it is on the disk.  Raises LedgerError.

    Nobody else writes meanwhile: keep it short.
    """
    with _errors(engine), engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITING})")
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One moment of the ledger, while others may write.  Raises LedgerError."""
    options: dict[str, Any] = {_READING: True}
    if engine.dialect.name == "postgresql":
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with _errors(engine), engine.connect() as connection:
        yield connection.execution_options(**options)


@contextmanager
def _errors(engine: Engine) -> Iterator[None]:
    place = _shown(engine.url)
    try:
        yield
    except IntegrityError as error:
        clash = LedgerError(f"ledger {place}: {_clash(error)}")
        try:
            raise clash
        finally:
            # The cause is dropped, not only hidden: it holds the row, account number and all.
            clash.__context__ = None
    except SQLAlchemyError as error:
        fact = getattr(error, "orig", None) or error
        raise LedgerError(f"ledger {place}: {fact}") from error


def _clash(error: IntegrityError) -> str:
    # Names of tables, columns and constraints only, never a value.
    diagnosis = getattr(error.orig, "diag", None)
    fact = str(error.orig) if diagnosis is None else str(diagnosis.message_primary)
    twice = "unique" in fact.lower()
    return f"a number was about to be used twice ({fact})" if twice else fact


def _url(place: str | Path) -> URL:
    if not isinstance(place, str) or "://" not in place:
        return URL.create("sqlite", database=str(place))
    try:
        url = make_url(place)
    except SQLAlchemyError as error:
        raise LedgerError(f"not a database address: {error}") from error
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


def _options(url: URL) -> dict[str, Any]:
    # A connection that the server has closed meanwhile is replaced, not used.
    return {"pool_pre_ping": True} if url.get_backend_name() == "postgresql" else {}


def _shown(url: URL) -> str:
    # A file by its name, a server without its password.
    return url.database or "" if url.drivername == "sqlite" else url.render_as_string()


def _create_private(url: URL) -> None:
    # SQLite gives its side files the mode of the main file, so this one has to be there first.
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        os.close(os.open(url.database, os.O_CREAT | os.O_RDWR, 0o600))


def _make_durable(connection: Any, _record: object) -> None:
    # Transactions begin where _begin_sqlite says, not where the driver guesses.
    connection.isolation_level = None
    for pragma in (
        "busy_timeout = 10000",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        # What is purged is overwritten in its page, not only let go.
        "secure_delete = ON",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _make_durable_server(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")
        cursor.execute("SET lock_timeout = '30s'")
        cursor.execute("SET TimeZone = 'UTC'")
    connection.commit()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the write lock at once.
    only_reading = connection.get_execution_options().get(_READING)
    connection.exec_driver_sql("BEGIN" if only_reading else "BEGIN IMMEDIATE")


def _begin_or_check(engine: Engine, keys: LedgerKeys) -> None:
    with reading(engine) as connection:
        found = _revision(connection)
        if found == HEAD:
            _check(connection, keys)
            return
    with transaction(engine) as connection:
        # Looked at again: somebody else may have begun it or brought it up meanwhile.
        found = _revision(connection)
        if found is None:
            _begin(connection, keys)
        elif found != HEAD:
            _bring_up(connection, keys, found)
        _check(connection, keys)


def _revision(connection: Connection) -> str | None:
    """The revision of a ledger; None for an empty database.  LedgerError for somebody else's."""
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    if VERSIONS.name in tables:
        return str(connection.execute(select(VERSIONS.c.version_num)).scalar())
    if META.name in tables:  # from before there were migrations, or it is brought up just now
        return f"{connection.execute(select(META.c.schema_version)).scalar() or 0:04}"
    raise LedgerError(f"{_shown(connection.engine.url)} is a database, but no ledger of sscard")


def _begin(connection: Connection, keys: LedgerKeys) -> None:
    METADATA.create_all(connection)
    VERSIONS.create(connection)
    connection.execute(insert(VERSIONS), {"version_num": HEAD})
    connection.execute(insert(META), {"schema_version": 3, "key_check": keys.check})
    counters.begin(connection)
    events.begin(connection, keys, datetime.now(UTC))


def _bring_up(connection: Connection, keys: LedgerKeys, found: str) -> None:
    from sscard.issuance.ledger import migrations  # Alembic takes its time to import

    if not migrations.known(found):
        number = int(found) if found.isdecimal() else found
        raise LedgerError(
            f"ledger {_shown(connection.engine.url)} has schema {number}, this sscard knows "
            f"{int(HEAD)}: use the sscard that wrote it"
        )
    if not inspect(connection).has_table(VERSIONS.name):
        VERSIONS.create(connection)
        connection.execute(insert(VERSIONS), {"version_num": found})
    migrations.bring_up(connection, keys)


def _check(connection: Connection, keys: LedgerKeys) -> None:
    place = _shown(connection.engine.url)
    if connection.dialect.name == "sqlite" and _octets(connection) <= CHECKED_WHEN_OPENED:
        verdict = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
        if verdict != "ok":
            raise LedgerError(f"ledger {place} is damaged: {verdict}")
    check = connection.execute(select(META.c.key_check)).scalar()
    if check is None or not compare_digest(check, keys.check):
        raise LedgerError(f"ledger {place} belongs to another key store (ledger-id-hash differs)")


def _octets(connection: Connection) -> int:
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    return int(pages) * int(connection.exec_driver_sql("PRAGMA page_size").scalar_one())

"""Ledgers of older schemas, brought up to the present one in place.

The only step so far adds a column that old cards leave empty, so it touches no card: one statement
in the transaction that opens the ledger, and a crash leaves the old schema or the new.  A tool for
migrations (Alembic) would bring a table of its own and a folder of scripts for it; it is worth that
once a step has to move data.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import Connection, select, update

from sscard.issuance.ledger_schema import META

#: Schema → what makes the next one of it.
_STEPS: Mapping[int, tuple[str, ...]] = MappingProxyType(
    {1: ("ALTER TABLE cards ADD COLUMN layers TEXT",)}
)


def brought_up(connection: Connection) -> int | None:
    """The schema that the ledger has now: the present one, or one that no step leads on from."""
    # Locked: of two programs that open an old ledger at once, the second finds the new one.
    query = select(META.c.schema_version).with_for_update()
    version: int | None = connection.execute(query).scalar()
    while version is not None and version in _STEPS:
        for statement in _STEPS[version]:
            connection.exec_driver_sql(statement)
        version += 1
        connection.execute(update(META).values(schema_version=version))
    return version

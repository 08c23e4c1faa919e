"""The files that came and went between the parties, each known by its hash."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table

from sscard.issuance.ledger.schema.types import (
    BATCH_LENGTH,
    BIG,
    METADATA,
    NAME,
    WORD,
    UtcTime,
    digest,
    event_column,
    words,
)

LISTS = Table(
    "lists",
    METADATA,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("direction", words("direction", "in", "out"), nullable=False),
    Column("layout", String(NAME), nullable=False),
    Column("kind", String(32), nullable=False),
    digest("sha256", nullable=False),
    Column("records", Integer, nullable=False),
    Column("batch", String(BATCH_LENGTH), index=True),
    Column("party", String(WORD), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("sealed_by", String(NAME)),
    event_column(),
    info={"kind": "list"},
)
_INCOMING = LISTS.c.direction == "in"
Index(
    "each_list_comes_once",
    LISTS.c.sha256,
    unique=True,
    sqlite_where=_INCOMING,
    postgresql_where=_INCOMING,
)

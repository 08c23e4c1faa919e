"""Everything that ever happened, each event chained to the one before it by a keyed hash."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from sscard.issuance.ledger.schema.types import BIG, METADATA, NAME, UtcTime, digest

#: Append only.  ``seq`` has no gaps; ``row_mac`` is that of the row as the event left it.
EVENTS = Table(
    "events",
    METADATA,
    Column("seq", BIG, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("operator", String(NAME), nullable=False),
    Column("station", String(NAME), nullable=False),
    Column("reader", String(NAME), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("subject", String(NAME), nullable=False),
    Column("what", String(32), nullable=False),
    Column("before", String(32), nullable=False),
    Column("after", String(32), nullable=False),
    Column("facts", Text, nullable=False),  # canonical JSON, no personal data
    digest("row_mac"),
    digest("chain", nullable=False),
)
Index("ix_events_subject", EVENTS.c.kind, EVENTS.c.subject, EVENTS.c.seq)

#: One row: the last event.  Whoever writes locks it.
CHAIN = Table(
    "chain",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    digest("chain", nullable=False),
)

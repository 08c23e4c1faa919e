"""What the floor works with: bodies, stock, stations, leases, checks, fees."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from sscard.issuance.ledger.schema.types import (
    BATCH_LENGTH,
    BIG,
    METADATA,
    NAME,
    WORD,
    UtcTime,
    digest,
    event_column,
    states,
    words,
)
from sscard.issuance.ledger.schema.words import Movement
from sscard.issuance.production_states import BodyState, StationState

#: Card bodies, by what is read off them: stripe, barcode, tray position, serial of a premade card.
BODIES = Table(
    "bodies",
    METADATA,
    Column("id", String(NAME), primary_key=True),
    Column("kind", words("body_kind", "printed", "blank", "premade"), nullable=False),
    Column("generation", String(WORD), nullable=False),
    Column("lot", String(NAME), nullable=False, index=True),
    Column("party", String(WORD), nullable=False),
    Column("batch", String(BATCH_LENGTH), ForeignKey("batches.number"), index=True),
    Column("order_id", BigInteger, ForeignKey("orders.id"), index=True),
    digest("bank_hash", unique=True),
    Column("bank_sealed", LargeBinary),
    Column("state", states("body_state", BodyState), nullable=False, index=True),
    Column("destroyed_by", String(NAME)),
    Column("destroyed_witness", String(NAME)),
    Column("at", UtcTime, nullable=False),
    event_column(),
    info={"kind": "body"},
)

#: Append only: every movement of bodies and chips between the parties.
STOCK = Table(
    "stock",
    METADATA,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("party", String(WORD), nullable=False),
    Column("batch", String(BATCH_LENGTH), index=True),
    Column("item", String(WORD), nullable=False),
    Column("lot", String(NAME), nullable=False),
    Column("movement", states("movement", Movement), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("counterparty", String(NAME)),
    Column("signed_by", String(NAME)),
    Column("note", Text),
    event_column(),
    info={"kind": "stock"},
)

#: Stations, their readers (``station/reader``), and ``line``: whether they may work.
STATIONS = Table(
    "stations",
    METADATA,
    Column("name", String(NAME), primary_key=True),
    Column("kind", words("station_kind", "ssse", "bank", "instant", "line"), nullable=False),
    Column("state", states("station_state", StationState), nullable=False),
    Column("reason", String),
    Column("seen_at", UtcTime, nullable=False),
    event_column(),
    info={"kind": "station"},
)

#: Who works on an order now, and until when at the latest.  Not guarded: it changes each moment.
LEASES = Table(
    "leases",
    METADATA,
    Column("order_id", BIG, ForeignKey("orders.id"), primary_key=True, autoincrement=False),
    Column("station", String(NAME), nullable=False, index=True),
    Column("reader", String(NAME), nullable=False),
    Column("token", String(32), nullable=False),
    Column("until", UtcTime, nullable=False),
)

CHECKS = Table(
    "checks",
    METADATA,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("batch", String(BATCH_LENGTH), ForeignKey("batches.number"), index=True),
    Column(
        "what",
        words("check_kind", "first_article", "patrol", "final", "general_test"),
        nullable=False,
    ),
    Column("subject", String(NAME)),  # card number or body
    Column("result", words("check_result", "passed", "failed"), nullable=False),
    Column("by", String(NAME), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("note", Text),
    event_column(),
    info={"kind": "check"},
)

FEES = Table(
    "fees",
    METADATA,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("order_id", BigInteger, ForeignKey("orders.id"), nullable=False, index=True),
    Column("what", String(WORD), nullable=False),
    Column("amount_fen", Integer, nullable=False),
    Column("party", String(WORD), nullable=False),
    Column("settled_in", String(NAME)),
    event_column(),
    info={"kind": "fee"},
)

"""Rounds, units, batches, and one order per person and card (issuance 3)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from sscard.issuance.ledger.schema.types import (
    BATCH_LENGTH,
    BIG,
    METADATA,
    NAME,
    WORD,
    JsonText,
    LayersText,
    UtcTime,
    digest,
    event_column,
    states,
)
from sscard.issuance.order_states import FINAL_ORDERS, OrderState, PinState, SideState
from sscard.issuance.production_states import BatchState

#: A region's issue; nothing is issued before its sample has passed the general test.
ROUNDS = Table(
    "rounds",
    METADATA,
    Column("name", String(32), primary_key=True),
    Column("region", String(NAME), nullable=False),
    Column("opened_at", UtcTime, nullable=False),
    Column("closed_at", UtcTime),
    Column("age_limit", Integer),
    Column("expected", Integer, nullable=False),
    Column("rules", JsonText, nullable=False),
    Column("general_test", Text),
    Column("tested_at", UtcTime),
    event_column(),
    info={"kind": "round"},
)

#: Employers, schools, villages: who brings the people of one batch.
UNITS = Table(
    "units",
    METADATA,
    Column("code", String(32), primary_key=True),
    Column("name", String, nullable=False),
    Column("kind", String(WORD), nullable=False),
    Column("town", String),
    Column("centre", String),
    Column("address", String),
    event_column(),
    info={"kind": "unit"},
)

BATCHES = Table(
    "batches",
    METADATA,
    Column("number", String(BATCH_LENGTH), primary_key=True),
    Column("round", String(32), ForeignKey("rounds.name"), nullable=False, index=True),
    Column("unit", String(32), ForeignKey("units.code"), nullable=False, index=True),
    Column("region", String(NAME), nullable=False),
    Column("flow", String(WORD), nullable=False),
    Column("bank", String(NAME), nullable=False),
    Column("profile_name", String, nullable=False),
    digest("profile_sha256", nullable=False),
    Column("layers", LayersText),
    Column("state", states("batch_state", BatchState), nullable=False, index=True),
    Column("expected", Integer, nullable=False),
    Column("opened_at", UtcTime, nullable=False),
    Column("closed_at", UtcTime),
    Column("reason", String),
    event_column(),
    info={"kind": "batch"},
)

ORDERS = Table(
    "orders",
    METADATA,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("batch", String(BATCH_LENGTH), ForeignKey("batches.number"), index=True),
    Column("unit", String(32), ForeignKey("units.code"), index=True),
    Column("position", Integer),
    Column("round", String(32), ForeignKey("rounds.name"), nullable=False, index=True),
    Column("flow", String(WORD), nullable=False),
    Column("region", String(NAME), nullable=False),
    Column("bank", String(NAME), nullable=False),
    Column("kind", String(WORD), nullable=False),
    digest("person_hash", nullable=False, index=True),
    Column("personal", LargeBinary, nullable=False),  # sealed JSON
    Column("state", states("order_state", OrderState), nullable=False, index=True),
    Column("reason", String),
    Column("wanted_number", String(9), index=True),
    Column("card_number", String(9), ForeignKey("cards.card_number"), index=True),
    Column("attempts", Integer, nullable=False),
    digest("bank_hash", index=True),
    Column("bank_sealed", LargeBinary),  # sealed JSON
    Column("stripe_sealed", LargeBinary),  # sealed JSON, null when purged
    Column("replaces", BigInteger, ForeignKey("orders.id"), index=True),
    Column("bank_since", Date),
    Column("social_state", states("social_state", SideState), nullable=False),
    Column("account_state", states("account_state", SideState), nullable=False),
    Column("pin_state", states("pin_state", PinState), nullable=False),
    Column("entered_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Column("issued_at", UtcTime),
    Column("collected_at", UtcTime),
    event_column(),
    UniqueConstraint("batch", "position"),
    info={"kind": "order"},
)

# Orders in a final state are no longer the one order of their person.
_DEAD = sorted(FINAL_ORDERS, key=lambda state: state.name)
for _name in ("person_hash", "bank_hash", "wanted_number"):
    _live = ORDERS.c.state.not_in(_DEAD)
    Index(
        f"one_live_order_per_{_name}",
        ORDERS.c[_name],
        unique=True,
        sqlite_where=_live,
        postgresql_where=_live,
    )

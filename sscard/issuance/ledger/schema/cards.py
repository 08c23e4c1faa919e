"""Cards: which number was given to what, never to whom by name.

A person appears as a keyed hash only (HMAC-SHA-256 under the store's ``ledger-id-hash``), a bank
account as a keyed hash to find it and as a sealed value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text

from sscard.issuance.layers import LayerRecord
from sscard.issuance.ledger.schema.types import (
    BATCH_LENGTH,
    METADATA,
    NAME,
    JsonText,
    LayersText,
    UtcTime,
    digest,
    event_column,
    states,
    words,
)
from sscard.issuance.states import LIVE, CardState

NumberSource = Literal["file", "allocated"]
AccountSource = Literal["file", "test"]

#: One row: a check of the keys that the ledger is kept with; ``schema_version`` is 3 for good, so
#: that programs from before the migrations leave the ledger alone.
META = Table(
    "meta",
    METADATA,
    Column("schema_version", Integer, nullable=False),
    digest("key_check", nullable=False),
)

#: The number given last, of each kind.  They only grow.
COUNTERS = Table(
    "counters",
    METADATA,
    Column("name", String(16), primary_key=True),
    Column("last", BigInteger, nullable=False),
)

CARDS = Table(
    "cards",
    METADATA,
    Column("card_number", String(9), primary_key=True),
    Column("serial", LargeBinary(4), nullable=False, unique=True),
    Column("batch_number", String(BATCH_LENGTH), nullable=False, index=True),
    Column("profile_name", String, nullable=False),
    digest("profile_sha256", nullable=False),
    digest("person_hash", nullable=False, index=True),
    Column("number_source", words("number_source", "file", "allocated"), nullable=False),
    Column("state", states("state", CardState), nullable=False, index=True),
    Column("reason", String),
    digest("bank_hash", index=True),
    Column("bank_sealed", LargeBinary),
    Column("account_source", words("account_source", "file", "test")),
    Column("card_id_code", LargeBinary(16)),
    Column("atr", LargeBinary(33)),
    Column("reserved_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Column("layers", LayersText),  # null: begun under schema 1, which did not write them down
    Column("order_id", BigInteger, index=True),
    Column("body", String(NAME), index=True),
    Column("chip_lot", String(NAME)),
    Column("cos_version", String(NAME)),
    Column("blank_atr", LargeBinary(33)),
    Column("uid", LargeBinary(10)),
    Column("operator", String(NAME)),
    Column("station", String(NAME)),
    Column("reader", String(NAME)),
    Column("bank_station", String(NAME)),
    Column("bank_reader", String(NAME)),
    Column("started_at", UtcTime),
    Column("ended_at", UtcTime),
    Column("kcvs", JsonText),  # key name → check value, hexadecimal
    Column("software", Text),
    event_column(),
    info={"kind": "card"},
)

_LIVE = CARDS.c.state.in_(sorted(LIVE, key=lambda state: state.name))
for _name in ("person_hash", "bank_hash"):
    # A dead card's account may serve the same person again, so only live ones are unique.
    Index(
        f"one_live_card_per_{_name}",
        CARDS.c[_name],
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    )


@dataclass(frozen=True, slots=True)
class CardRow:
    """One card of the ledger.  ``changed_at`` is when it came into its present state.

    ``profile_name`` and ``profile_sha256`` say after which profile the card was begun, the hash
    over all its ``layers``, a supplement included; None for a card that schema 1 wrote down.
    ``kcvs`` are check values by key name, ``body`` is what the card body is found by.
    """

    card_number: str
    serial: bytes
    batch_number: str
    profile_name: str
    profile_sha256: bytes
    person_hash: bytes = field(repr=False)
    number_source: NumberSource
    state: CardState
    reason: str | None
    bank_number: str | None = field(repr=False)
    account_source: AccountSource | None
    card_id_code: bytes | None
    atr: bytes | None
    reserved_at: datetime
    changed_at: datetime
    layers: tuple[LayerRecord, ...] | None = None
    order_id: int | None = None
    body: str | None = None
    chip_lot: str | None = None
    cos_version: str | None = None
    blank_atr: bytes | None = None
    uid: bytes | None = None
    operator: str | None = None
    station: str | None = None
    reader: str | None = None
    bank_station: str | None = None
    bank_reader: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    kcvs: Mapping[str, Any] | None = None
    software: str | None = None


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One change of state; ``from_state`` is None where the card's numbers were reserved."""

    card_number: str
    from_state: CardState | None
    to_state: CardState
    at: datetime
    station: str
    note: str

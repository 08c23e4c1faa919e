"""The tables of the ledger: which number was given to what, never to whom by name.

A person appears as a keyed hash only (HMAC-SHA-256 under the store's ``ledger-id-hash``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

from sscard.issuance.layers import LayerRecord, from_text, to_text
from sscard.issuance.states import LIVE, CardState

#: Raised when a table changes; ``ledger_migration`` says how older ledgers come up to it, and a
#: ledger with a higher number is refused.
SCHEMA_VERSION = 2
#: Characters a batch number may have.
BATCH_LENGTH = 32

NumberSource = Literal["file", "allocated"]
AccountSource = Literal["file", "test"]


class UtcTime(TypeDecorator[datetime]):
    """Aware datetimes, kept in UTC: SQLite forgets the zone, PostgreSQL does not."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002 the base class's signature
    ) -> datetime | None:
        """The same moment in UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002 the base class's signature
    ) -> datetime | None:
        """An aware datetime, whatever the database kept."""
        return None if value is None else value.replace(tzinfo=value.tzinfo or UTC)


class LayersText(TypeDecorator[tuple[LayerRecord, ...]]):
    """The layers of a card's profile as JSON: read by people and by other programs."""

    impl = Text
    cache_ok = True

    def process_bind_param(
        self,
        value: tuple[LayerRecord, ...] | None,
        dialect: Dialect,  # noqa: ARG002 the base class's signature
    ) -> str | None:
        """JSON."""
        return None if value is None else to_text(value)

    def process_result_value(
        self,
        value: str | None,
        dialect: Dialect,  # noqa: ARG002 the base class's signature
    ) -> tuple[LayerRecord, ...] | None:
        """The records.  Raises LedgerError."""
        return None if value is None else from_text(value)


def _words(name: str, *words: str) -> Enum:
    return Enum(*words, name=name, native_enum=False, create_constraint=True, length=16)


def _state(name: str) -> Enum:
    return Enum(CardState, name=name, native_enum=False, create_constraint=True, length=16)


METADATA = MetaData()

#: One row: how the tables are laid out.
META = Table(
    "meta",
    METADATA,
    Column("schema_version", Integer, nullable=False),
)

#: The number given last, of each kind.  They only grow.
COUNTERS = Table(
    "counters",
    METADATA,
    Column("name", String(16), primary_key=True),
    Column("last", BigInteger, nullable=False),
)
COUNTER_NAMES = ("serial", "card_number", "account")

CARDS = Table(
    "cards",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("card_number", String(9), nullable=False, unique=True),
    Column("serial", LargeBinary(4), nullable=False, unique=True),
    Column("batch_number", String(BATCH_LENGTH), nullable=False),
    Column("profile_name", String, nullable=False),
    Column("profile_sha256", LargeBinary(32), nullable=False),
    Column("person_hash", LargeBinary(32), nullable=False, index=True),
    Column("number_source", _words("number_source", "file", "allocated"), nullable=False),
    Column("state", _state("state"), nullable=False, index=True),
    Column("reason", String),
    Column("bank_number", String(19), index=True),
    Column("account_source", _words("account_source", "file", "test")),
    Column("card_id_code", LargeBinary(16)),
    Column("atr", LargeBinary(33)),
    Column("reserved_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Column("layers", LayersText),  # null: begun under schema 1, which did not write them down
    sqlite_autoincrement=True,
)

_LIVE = CARDS.c.state.in_(sorted(LIVE, key=lambda state: state.name))
for _name in ("person_hash", "bank_number"):
    # A dead card's account may serve the same person again, so only live ones are unique.
    Index(
        f"one_live_card_per_{_name}",
        CARDS.c[_name],
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    )

HISTORY = Table(
    "history",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("card_number", String(9), ForeignKey("cards.card_number"), nullable=False, index=True),
    Column("from_state", _state("from_state")),
    Column("to_state", _state("to_state"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("station", String, nullable=False),
    Column("note", String, nullable=False),
)


@dataclass(frozen=True, slots=True)
class CardRow:
    """One card of the ledger.  ``changed_at`` is when it came into its present state.

    ``profile_name`` and ``profile_sha256`` say after which profile the card was begun, the hash
    over all its ``layers``, a supplement included; None for a card that schema 1 wrote down.
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


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One change of state; ``from_state`` is None where the card's numbers were reserved."""

    card_number: str
    from_state: CardState | None
    to_state: CardState
    at: datetime
    station: str
    note: str


def columns(table: Table) -> list[Column[Any]]:
    """All columns of ``table`` except the row number: the fields of its dataclass."""
    return [column for column in table.c if column.name != "id"]

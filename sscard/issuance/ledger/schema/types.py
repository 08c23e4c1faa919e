"""What the columns of the ledger are made of, and the collection of its tables."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import Enum as Words
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Enum,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

from sscard.issuance.layers import LayerRecord, from_text, to_text

#: All tables of the ledger.  Constraints have names, so that migrations can speak of them.
METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: The revision of the tables, where Alembic keeps it.
VERSIONS = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))

#: Characters a batch number may have.
BATCH_LENGTH = 32
#: Characters of a state, of another word, of the name of a thing or a place.
WORD, NAME = 16, 64
#: Row numbers: SQLite keeps rows by a column that it knows as INTEGER.
BIG = BigInteger().with_variant(Integer, "sqlite")


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
        """An aware datetime, whatever the database kept, in UTC."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


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


class JsonText(TypeDecorator[Any]):
    """Words and numbers as JSON text in one spelling, the same in every database."""

    impl = Text
    cache_ok = True

    def process_bind_param(
        self,
        value: Any,
        dialect: Dialect,  # noqa: ARG002 the base class's signature
    ) -> str | None:
        """JSON, its keys in order."""
        return None if value is None else canonical_json(value)

    def process_result_value(
        self,
        value: str | None,
        dialect: Dialect,  # noqa: ARG002 the base class's signature
    ) -> Any:
        """What the text says."""
        return None if value is None else json.loads(value)


def canonical_json(value: Any) -> str:
    """The one spelling of ``value`` as JSON."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def words(name: str, *allowed: str) -> Enum:
    """A column type of these words only."""
    return Enum(*allowed, name=name, native_enum=False, create_constraint=True, length=WORD)


def states(name: str, kind: type[Words]) -> Enum:
    """A column type of the members of ``kind``, kept as their names."""
    return Enum(kind, name=name, native_enum=False, create_constraint=True, length=WORD)


def event_column() -> Column[int]:
    """Of a guarded row: the event that wrote it last."""
    return Column("event", BigInteger, nullable=False)


def digest(name: str, **options: Any) -> Column[bytes]:
    """A column of 32 bytes."""
    return Column(name, LargeBinary(32), **options)

"""The one spelling of a row and of an event, over which their keyed hashes go.

It is what the databases keep: SQLite's raw values are spelled like the Python values that were
written.  Empty columns are left out, so that a column added later changes no hash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from enum import Enum as Words
from functools import lru_cache
from json import JSONEncoder
from typing import Any

from sqlalchemy import Enum, Integer, Table, TableClause, column
from sqlalchemy import table as untyped
from sqlalchemy.types import TypeEngine

from sscard.issuance.layers import to_text
from sscard.issuance.ledger.schema.types import JsonText, LayersText, canonical_json

#: What a driver gives, or what is written through it.
Kept = str | int | float | bytes | date


@lru_cache(maxsize=1024)
def moment(at: datetime) -> str:
    """A time as SQLite keeps it: UTC, microseconds."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _spelled(value: object) -> str | list[str]:
    """What JSON has no form for."""
    if isinstance(value, bytes):
        return [value.hex()]  # in a list: no text looks like this
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a ledger keeps no {type(value).__name__}")


# ASCII only: the same bytes whatever Unicode version a Python knows.
_encode = JSONEncoder(
    ensure_ascii=True,
    separators=(",", ":"),
    check_circular=False,
    sort_keys=True,
    default=_spelled,
).encode
_layers = lru_cache(maxsize=64)(to_text)


def _word(value: Words | str) -> str:
    return value.name if isinstance(value, Words) else value


def _same(value: Kept) -> Kept:
    return value


def _keeper(kind: TypeEngine[Any]) -> Callable[[Any], Kept]:
    """What makes of a Python value what the database keeps."""
    keepers: tuple[tuple[type[TypeEngine[Any]], Callable[[Any], Kept]], ...] = (
        (LayersText, _layers),
        (JsonText, canonical_json),
        (Enum, _word),
        (Integer, int),
    )
    return next((keep for each, keep in keepers if isinstance(kind, each)), _same)


class Spelling:
    """How rows of one table are spelled: column → value, the empty ones left out."""

    def __init__(self, table: Table) -> None:
        self._head = f"row {table.name} ".encode()
        self._keepers = {each.name: _keeper(each.type) for each in table.c}
        self.names = tuple(self._keepers)

    def values(self, values: Mapping[str, Any]) -> dict[str, Kept]:
        """Of Python values.  KeyError for a column that the table does not have."""
        keepers = self._keepers
        return {n: keepers[n](value) for n, value in values.items() if value is not None}

    def kept(self, row: Iterable[Any]) -> dict[str, Kept]:
        """Of the values of ``names`` as a database's driver gives them."""
        return {n: v for n, v in zip(self.names, row, strict=False) if v is not None}

    def whole(self, kept: Mapping[str, Kept]) -> bytes:
        """A row, over which its keyed hash goes."""
        return self._head + _encode(kept).encode()


def as_kept(table: Table) -> TableClause:
    """The table without the types that SQLAlchemy knows: values as the driver gives them."""
    return untyped(table.name, *(column(name) for name in spelling(table).names))


@lru_cache(maxsize=64)
def spelling(table: Table) -> Spelling:
    """That of ``table``."""
    return Spelling(table)


def event(before: bytes, members: Iterable[Kept | None]) -> bytes:
    """An event behind the chain's value ``before``."""
    return b"event " + before + _encode(list(members)).encode()

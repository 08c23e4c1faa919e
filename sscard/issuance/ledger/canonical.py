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

from sqlalchemy import Date, Enum, Integer, LargeBinary, RowMapping, Table
from sqlalchemy.types import TypeEngine

from sscard.issuance.layers import to_text
from sscard.issuance.ledger.schema.types import JsonText, LayersText, UtcTime, canonical_json

Spelled = str | int | float | list[str]
#: ASCII only: the same bytes whatever Unicode version a Python knows.
_encode = JSONEncoder(ensure_ascii=True, separators=(",", ":"), check_circular=False).encode
_layers = lru_cache(maxsize=64)(to_text)


@lru_cache(maxsize=1024)
def moment(at: datetime) -> str:
    """A time as SQLite keeps it: UTC, microseconds."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def kept(value: Any) -> Spelled:
    """A value as a database's driver gives it."""
    if isinstance(value, bytes):
        return _octets(value)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    given: Spelled = value
    return given


def _octets(value: bytes) -> list[str]:
    return [value.hex()]  # in a list: no text looks like this


def _word(value: Words | str) -> str:
    return value.name if isinstance(value, Words) else value


def _same(value: Spelled) -> Spelled:
    return value


def _speller(kind: TypeEngine[Any]) -> Callable[[Any], Spelled]:
    spellers: tuple[tuple[type[TypeEngine[Any]], Callable[[Any], Spelled]], ...] = (
        (UtcTime, moment),
        (LayersText, _layers),
        (JsonText, canonical_json),
        (LargeBinary, _octets),
        (Enum, _word),
        (Date, date.isoformat),
        (Integer, int),
    )
    return next((spell for each, spell in spellers if isinstance(kind, each)), _same)


class Spelling:
    """How rows of one table are spelled."""

    def __init__(self, table: Table) -> None:
        self._head = f"row {table.name} ".encode()
        columns = sorted(table.c, key=lambda column: column.name)
        self._columns = tuple((column.name, _speller(column.type)) for column in columns)

    def row(self, values: Mapping[str, Any]) -> bytes:
        """A row of Python values; a column that is missing is empty."""
        found = ((name, spell, values.get(name)) for name, spell in self._columns)
        spelled = {name: spell(value) for name, spell, value in found if value is not None}
        return self._head + _encode(spelled).encode()

    def kept(self, values: RowMapping) -> bytes:
        """The same of values as a database's driver gives them."""
        found = ((name, values[name]) for name, _ in self._columns)
        spelled = {name: kept(value) for name, value in found if value is not None}
        return self._head + _encode(spelled).encode()


@lru_cache(maxsize=64)
def spelling(table: Table) -> Spelling:
    """That of ``table``."""
    return Spelling(table)


def event(before: bytes, members: Iterable[Spelled | None]) -> bytes:
    """An event behind the chain's value ``before``."""
    return b"event " + before + _encode(list(members)).encode()

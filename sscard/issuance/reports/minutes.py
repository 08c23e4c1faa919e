"""The minute of a time, counted by the database: a batch has many cards and few minutes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

_FORM = "%Y-%m-%d %H:%M"


class minute(FunctionElement[str]):  # noqa: N801 - used like a function of the database
    """``2026-03-02 04:17`` in UTC of a time column."""

    type = String()
    inherit_cache = True


@compiles(minute, "sqlite")
def _sqlite(element: minute, compiler: Any, **options: Any) -> str:
    # SQLite keeps UtcTime as text that begins with the minute.
    return f"substr({compiler.process(element.clauses, **options)}, 1, 16)"


@compiles(minute, "postgresql")
def _postgresql(element: minute, compiler: Any, **options: Any) -> str:
    column = compiler.process(element.clauses, **options)
    return f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')"


def time_of(minute: str) -> datetime:
    """What ``minute`` gave, as a time."""
    return datetime.strptime(minute, _FORM).replace(tzinfo=UTC)

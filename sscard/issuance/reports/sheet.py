"""What all reports are made of: facts and tables, the same for people and for programs.

Each value leaves through ``Sheet.values``, whatever the form: page, terminal, CSV, XLSX, JSON.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from sscard.issuance.reports.privacy import public

#: count: whole number; share: 0 to 1; money: fen; code: from outside, in a fixed width;
#: id: a number that the ledger gave; hash: hexadecimal.
Kind = Literal["text", "count", "share", "time", "money", "code", "id", "hash"]
Cell: TypeAlias = str | int | float | datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """``name`` is for programs, ``zh`` and ``en`` are for people."""

    name: str
    zh: str
    en: str
    kind: Kind = "text"

    @property
    def numeric(self) -> bool:
        """Whether it is set to the right."""
        return self.kind in ("count", "share", "money")

    def value(self, cell: Cell) -> Cell:
        """The cell as anybody may see it."""
        if isinstance(cell, str) and self.kind in ("text", "code"):
            return public(cell)
        return cell


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table.  ``note``: how to read it, Chinese and English."""

    name: str
    zh: str
    en: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...] = field(repr=False)
    note: tuple[str, str] = ("", "")

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"{self.name}: a row has another number of cells than columns")

    def values(self) -> Iterator[tuple[Cell, ...]]:
        """The rows, without what must not stand in a report."""
        for row in self.rows:
            yield tuple(column.value(cell) for column, cell in zip(self.columns, row, strict=True))


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is said of the whole report."""

    column: Column
    cell: Cell

    @property
    def value(self) -> Cell:
        """The fact as anybody may see it."""
        return self.column.value(self.cell)


@dataclass(frozen=True, slots=True)
class Report:
    """Facts and tables under one title."""

    name: str
    zh: str
    en: str
    facts: tuple[Fact, ...]
    sheets: tuple[Sheet, ...]

    def sheet(self, name: str) -> Sheet:
        """The table with this name.  Raises KeyError."""
        found = {each.name: each for each in self.sheets}
        return found[name]

"""The one door for writing guarded tables: a row and the event about it, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum as Words
from hmac import compare_digest
from itertools import islice, repeat
from types import MappingProxyType
from typing import Any

from sqlalchemy import Column, Connection, Table, bindparam, insert, select, update

from sscard.errors import LedgerError
from sscard.issuance.ledger.canonical import spelling
from sscard.issuance.ledger.events import Actor, Chained, Happened
from sscard.issuance.ledger.keys import LedgerKeys
from sscard.issuance.ledger.schema.events import EVENTS

Values = Mapping[str, Any]
#: One for all rows, or one for each.
ForEach = Values | Sequence[Values]
NO_FACTS: Values = MappingProxyType({})

#: Rows that one statement looks up or writes: memory does not grow with a batch.
_CHUNK = 500
_MAC = "row_mac"


@dataclass(frozen=True, slots=True)
class Book:
    """Writes rows with their events, for one actor, inside a ``transaction``.

    Facts are kept as JSON with the event: words and numbers, never personal data.  Where a row has
    a ``state``, the event says from which state to which it went.  KeyError for a missing column.
    """

    connection: Connection
    keys: LedgerKeys
    actor: Actor

    def insert(
        self, table: Table, rows: Sequence[Values], what: str, facts: ForEach = NO_FACTS
    ) -> None:
        """New rows, one event each.  Columns that a row does not name are empty."""
        chain = self._chain()
        spelled, key = spelling(table), key_of(table).name
        for part in _parts(zip(rows, _for_each(facts), strict=False)):
            names = {name for row, _ in part for name in row}
            written = []
            for row, known in part:
                values = {name: row.get(name) for name in names} | {"event": chain.following}
                after = _state(values)
                about = Happened(kind_of(table), str(row[key]), what, "", after, known)
                chain.add(about, spelled.row(values))
                written.append(values)
            self.connection.execute(insert(table), written)
            chain.write()

    def update(
        self, table: Table, key: Any, changes: Values, what: str, facts: Values = NO_FACTS
    ) -> Values:
        """Change columns of one row; the row as it is then.  LedgerError if there is none."""
        (row,) = self._updated(table, [key], changes, what, facts)
        return row

    def update_many(
        self,
        table: Table,
        keys: Sequence[Any],
        changes: ForEach,
        what: str,
        facts: ForEach = NO_FACTS,
    ) -> None:
        """Change columns of many rows.  Raises LedgerError, naming a row that is not there.

        ``changes`` is one mapping for all, or a sequence with one for each key.
        """
        for _ in self._updated(table, keys, changes, what, facts):
            pass

    def note(self, kind: str, subject: str, what: str, facts: Values = NO_FACTS) -> None:
        """An event that is about no row: a mismatch, a stop, the proof of a purge."""
        chain = self._chain()
        chain.add(Happened(kind, subject, what, facts=facts))
        chain.write()

    def _updated(
        self, table: Table, keys: Sequence[Any], changes: ForEach, what: str, facts: ForEach
    ) -> Iterator[Values]:
        chain = self._chain()
        spelled = spelling(table)
        for part in _parts(zip(keys, _for_each(changes), _for_each(facts), strict=False)):
            rows = self._rows(table, [key for key, *_ in part])
            names = {name for _, changed, _ in part for name in changed} | {"event"}
            written = []
            for key, changed, known in part:
                old = rows[key]
                rows[key] = row = {**old, **changed, "event": chain.following}
                states = _states(old, row) if "state" in changed else ("", "")
                about = Happened(kind_of(table), str(key), what, *states, known)
                chain.add(about, spelled.row(row))
                written.append({name: row[name] for name in names} | {"_key": key})
            self._write(table, names, written)
            chain.write()
            yield from (rows[key] for key, *_ in part)

    def _rows(self, table: Table, keys: Sequence[Any]) -> dict[Any, Values]:
        """The rows by key, each as its last event left it: a changed one gets no new event."""
        key, kind = key_of(table), kind_of(table)
        query = select(table, EVENTS.c.row_mac.label(_MAC)).where(key.in_(keys))
        known = query.outerjoin(EVENTS, EVENTS.c.seq == table.c.event)
        rows: dict[Any, Values] = {}
        for found in self.connection.execute(known).mappings():
            row = dict(found)
            mac = row.pop(_MAC)
            if mac is None or not compare_digest(mac, self.keys.mac(spelling(table).row(row))):
                raise LedgerError(f"{kind} {row[key.name]} was changed past the ledger: verify it")
            rows[row[key.name]] = row
        missing = [each for each in keys if each not in rows]
        if missing:
            raise LedgerError(f"no {kind} {missing[0]} in the ledger")
        return rows

    def _write(self, table: Table, names: Iterable[str], written: list[dict[str, Any]]) -> None:
        change = update(table).where(key_of(table) == bindparam("_key"))
        statement = change.values({name: bindparam(name) for name in names})
        self.connection.execute(statement, written)

    def _chain(self) -> Chained:
        return Chained(self.connection, self.keys, self.actor)


def kind_of(table: Table) -> str:
    """The word for a row of ``table`` in events.  ValueError for a table that is not guarded."""
    kind = table.info.get("kind")
    if kind is None:
        raise ValueError(f"table {table.name} has no events")
    return str(kind)


def key_of(table: Table) -> Column[Any]:
    """The column that rows are known by."""
    (key,) = table.primary_key.columns
    return key


def _for_each(given: ForEach) -> Iterable[Values]:
    return repeat(given) if isinstance(given, Mapping) else given


def _parts(pairs: Iterable[tuple[Any, ...]]) -> Iterator[list[Any]]:
    rest = iter(pairs)
    while part := list(islice(rest, _CHUNK)):
        yield part


def _state(row: Values) -> str:
    state = row.get("state")
    return state.name if isinstance(state, Words) else ""


def _states(old: Values, new: Values) -> tuple[str, str]:
    return _state(old), _state(new)

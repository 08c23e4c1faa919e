"""The one door for writing guarded tables: a row and the event about it, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hmac import compare_digest
from itertools import groupby, islice, repeat
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Select,
    String,
    Table,
    Update,
    bindparam,
    cast,
    insert,
    select,
    update,
)

from sscard.errors import LedgerError
from sscard.issuance.ledger.canonical import Kept, as_kept, spelling
from sscard.issuance.ledger.events import Actor, Chained, Happened
from sscard.issuance.ledger.keys import LedgerKeys
from sscard.issuance.ledger.schema.events import EVENTS

Values = Mapping[str, Any]
#: One for all rows, or one for each.
ForEach = Values | Sequence[Values]
NO_FACTS: Values = MappingProxyType({})

#: Rows that one statement looks up or writes: memory does not grow with a batch.
_CHUNK = 500
_KEY = "the_key"
_TOLD = (
    select(EVENTS.c.subject)
    .where(
        EVENTS.c.kind == bindparam("kind"),
        EVENTS.c.subject.in_(bindparam("subjects", expanding=True)),
        EVENTS.c.row_mac.is_not(None),
    )
    .limit(1)
)


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
        chain, spelled = self._chain(), spelling(table)
        key, kind = key_of(table).name, kind_of(table)
        for part in _parts(zip(rows, _for_each(facts), strict=False)):
            names = {name for row, _ in part for name in row}
            written = []
            for row, known in part:
                values = {name: row.get(name) for name in names} | {"event": chain.following}
                told = spelled.values(values)
                about = Happened(kind, str(row[key]), what, "", _state(told), known)
                chain.add(about, spelled.whole(told))
                written.append(values)
            self.connection.execute(insert(table), written)
            self._require_new(kind, [str(row[key]) for row, _ in part])
            chain.write()

    def update(
        self, table: Table, key: Any, changes: Values, what: str, facts: Values = NO_FACTS
    ) -> Values:
        """Change columns of one row; the row as it is then.  LedgerError if there is none."""
        self.update_many(table, [key], changes, what, facts)
        row = self.connection.execute(_by_key(table), {_KEY: key}).mappings().one()
        return dict(row)

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
        chain, spelled, kind = self._chain(), spelling(table), kind_of(table)
        for part in _parts(zip(keys, _told(table, changes), _for_each(facts), strict=False)):
            rows = self._rows(table, [key for key, *_ in part])
            written: list[dict[str, Any]] = []
            for key, (changed, told), known in part:
                old, event = rows[key], chain.following
                row = rows[key] = {**old, **told, "event": event}
                for name in changed.keys() - told.keys():
                    row.pop(name, None)
                states = (_state(old), _state(row)) if "state" in told else ("", "")
                chain.add(Happened(kind, str(key), what, *states, known), spelled.whole(row))
                written.append({**changed, "event": event, _KEY: key})
            for _, alike in groupby(written, dict.keys):
                values = list(alike)
                self.connection.execute(_change(table, tuple(values[0])), values)
            chain.write()

    def note(self, kind: str, subject: str, what: str, facts: Values = NO_FACTS) -> None:
        """An event that is about no row: a mismatch, a stop, the proof of a purge."""
        chain = self._chain()
        chain.add(Happened(kind, subject, what, facts=facts))
        chain.write()

    def _rows(self, table: Table, keys: Sequence[Any]) -> dict[Any, dict[str, Kept]]:
        """The rows by key, each as its last event left it: a changed one gets no new event."""
        spelled, kind = spelling(table), kind_of(table)
        rows: dict[Any, dict[str, Kept]] = {}
        wanted = {"keys": list(keys), "kind": kind}
        for key, mac, last, *values in self.connection.execute(_known(table), wanted):
            row = rows[key] = spelled.kept(values)
            # An older row with its older event is whole in itself: only the last event counts.
            whole = last is not None and last == row["event"]
            if not whole or not compare_digest(mac, self.keys.mac(spelled.whole(row))):
                raise LedgerError(f"{kind} {key} was changed past the ledger: verify it")
        missing = [each for each in keys if each not in rows]
        if missing:
            raise LedgerError(f"no {kind} {missing[0]} in the ledger")
        return rows

    def _require_new(self, kind: str, subjects: Sequence[str]) -> None:
        """LedgerError for a row that there was: rows are not deleted, so this one was taken out."""
        wanted = {"kind": kind, "subjects": list(subjects)}
        gone = self.connection.execute(_TOLD, wanted).scalar()
        if gone is not None:
            raise LedgerError(f"{kind} {gone} was taken out past the ledger: verify it")

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


@lru_cache(maxsize=64)
def _by_key(table: Table) -> Select[Any]:
    """One row."""
    return select(table).where(key_of(table) == bindparam(_KEY))


@lru_cache(maxsize=64)
def _known(table: Table) -> Select[Any]:
    """Rows by their keys: key, hash that its event has, last event about it, values as kept."""
    raw, event, later = as_kept(table), as_kept(EVENTS), as_kept(EVENTS).alias("later")
    key = raw.c[key_of(table).name]
    about = (later.c.kind == bindparam("kind")) & (later.c.subject == cast(key, String))
    lasts = select(later.c.seq).where(about, later.c.row_mac.is_not(None))
    last = lasts.order_by(later.c.seq.desc()).limit(1).correlate(raw).scalar_subquery()
    query = select(key, event.c.row_mac, last, *raw.c).select_from(raw)
    both = query.outerjoin(event, event.c.seq == raw.c.event)
    return both.where(key.in_(bindparam("keys", expanding=True)))


@lru_cache(maxsize=256)
def _change(table: Table, names: tuple[str, ...]) -> Update:
    """Writes these columns of one row."""
    change = update(table).where(key_of(table) == bindparam(_KEY))
    return change.values({name: bindparam(name) for name in names if name != _KEY})


def _for_each(given: ForEach) -> Iterable[Values]:
    return repeat(given) if isinstance(given, Mapping) else given


def _told(table: Table, changes: ForEach) -> Iterable[tuple[Values, dict[str, Kept]]]:
    """Changes as they come, beside the way in which they are spelled."""
    spelled = spelling(table).values
    if isinstance(changes, Mapping):
        return repeat((changes, spelled(changes)))
    return ((changed, spelled(changed)) for changed in changes)


def _parts(items: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(items)
    while part := list(islice(rest, _CHUNK)):
        yield part


def _state(row: Mapping[str, Kept]) -> str:
    return str(row.get("state", ""))

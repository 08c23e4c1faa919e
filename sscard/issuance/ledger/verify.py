"""Every event and every guarded row of a ledger held against each other, with its keys.

Four passes in one moment of the ledger: the file (SQLite) and the indexes that keep numbers unique;
the chain of events; per table the rows beside the last events about them, both in the order of
events, so that memory does not grow; the counters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Row,
    Select,
    Table,
    exists,
    func,
    inspect,
    select,
    text,
)

from sscard.issuance.ledger import canonical
from sscard.issuance.ledger.canonical import Spelling, as_kept
from sscard.issuance.ledger.counters import behind
from sscard.issuance.ledger.engine import reading
from sscard.issuance.ledger.events import BEGIN
from sscard.issuance.ledger.keys import LedgerKeys
from sscard.issuance.ledger.recorded import key_of, kind_of
from sscard.issuance.ledger.schema import CHAIN, EVENTS, METADATA
from sscard.issuance.ledger.verification import Fault, Finding, Head, Verification

#: Findings that are told one by one; of the others their number.
LIMIT = 1000
#: How many rows of the database are in memory at a time.
_PAGE = 1000

#: Told from time to time how many events and rows have been looked at, and how many there are.
Progress = Callable[[int, int], object]


def verify(
    engine: Engine,
    keys: LedgerKeys,
    expected: Head | None = None,
    progress: Progress = lambda _done, _all: None,
) -> Verification:
    """What is wrong with a ledger, while others may write.  ``expected`` is an end noted before.

    Raises LedgerError when the database cannot be read.
    """
    with reading(engine) as connection, _as_it_is(connection):
        look = _Look(connection, keys, progress)
        look.at_database()
        look.at_events(expected)
        for table in guarded():
            look.at_rows(table)
        look.at_counters()
        return look.result()


def guarded() -> tuple[Table, ...]:
    """The tables whose rows have events."""
    return tuple(table for table in METADATA.sorted_tables if "kind" in table.info)


@dataclass(slots=True)
class _Look:
    connection: Connection
    keys: LedgerKeys
    progress: Progress
    head: Head = field(default_factory=lambda: Head(0, BEGIN.hex()))
    rows: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    found: int = 0
    _events: int = 0
    _done: int = 0
    _all: int = 0

    def __post_init__(self) -> None:
        tables = (EVENTS, *guarded())
        counted = (select(func.count()).select_from(table) for table in tables)
        self._all = sum(self.connection.execute(query).scalar_one() for query in counted)

    def result(self) -> Verification:
        self.progress(self._done, self._all)
        return Verification(self.head, self._events, self.rows, tuple(self.findings), self.found)

    def at_database(self) -> None:
        """Pages and indexes of a file, and whether the database still refuses a number twice."""
        if self.connection.dialect.name == "sqlite":
            for said in self.connection.exec_driver_sql(
                f"PRAGMA integrity_check({LIMIT})"
            ).scalars():
                if said != "ok":
                    self._note(Fault.DAMAGED, "database", "", str(said))
        look = inspect(self.connection)
        for table in guarded():
            there = {each["name"] for each in look.get_indexes(table.name) if each["unique"]}
            wanted = {str(index.name) for index in table.indexes if index.unique}
            for name in sorted(wanted - there):
                self._note(Fault.UNIQUE_MISSING, "database", name)

    def at_events(self, expected: Head | None) -> None:
        """Each event behind the one before it; ``expected`` on the way."""
        seq, chain, met = 0, BEGIN, expected is None
        members: list[Any]
        for *members, stored in self._stream(select(as_kept(EVENTS)).order_by(text("seq"))):
            if members[0] != seq + 1:
                self._note(Fault.EVENT_MISSING, "event", f"{seq + 1}–{members[0] - 1}")
            elif not _equal(stored, self._link(chain, members)):
                self._note(Fault.EVENT_CHANGED, "event", str(members[0]))
            # From here on what is kept is believed, so that one change is one finding.
            seq, chain = members[0], stored if isinstance(stored, bytes) else b""
            met = met or (expected is not None and seq == expected.seq and expected.is_of(chain))
            self._events += 1
        self.head = Head(seq, chain.hex())
        if not met:
            self._note(Fault.OLD_COPY, "event", str(expected))
        self._at_end()

    def _link(self, chain: bytes, members: Sequence[Any]) -> bytes:
        return self.keys.mac(canonical.event(chain, members))

    def _at_end(self) -> None:
        ends = self.connection.execute(select(as_kept(CHAIN))).all()
        if [tuple(end) for end in ends] != [(1, self.head.seq, bytes.fromhex(self.head.chain))]:
            self._note(Fault.END_CHANGED, "event", str(self.head.seq))

    def at_rows(self, table: Table) -> None:
        """The rows of a table beside the last events about them."""
        kind, key, spelled = kind_of(table), key_of(table).name, canonical.spelling(table)
        raw = as_kept(table)
        rows = self._stream(select(raw).order_by(raw.c.event, raw.c[key]))
        lasts = self._streamed(_lasts(kind))
        self.rows[table.name] = 0
        alone, without = set(), []
        for row, last in _beside(rows, lasts):
            if row is None:
                without.append((last.subject, last.seq))
                continue
            self.rows[table.name] += 1
            subject = str(row._mapping[key])
            if last is None:
                alone.add(subject)
            elif subject != last.subject or not self._agree(last, spelled, row):
                self._note(Fault.ROW_CHANGED, kind, subject)
        self._leftover(kind, alone, without)

    def _agree(self, last: Row[Any], spelled: Spelling, row: Row[Any]) -> bool:
        return _equal(last.row_mac, self.keys.mac(spelled.whole(spelled.kept(row))))

    def _leftover(self, kind: str, alone: set[str], without: list[tuple[str, int]]) -> None:
        """Rows without a last event, and last events without a row: often of the same subject."""
        for subject, seq in without:
            fault = Fault.ROW_OLD if subject in alone else Fault.ROW_MISSING
            self._note(fault, kind, subject, f"event {seq}")
        for subject in sorted(alone.difference(subject for subject, _ in without)):
            self._note(Fault.ROW_EXTRA, kind, subject)

    def at_counters(self) -> None:
        """Whether one stands before a number that was given."""
        for name, last, given in behind(self.connection):
            self._note(Fault.COUNTER_BEHIND, "counter", name, f"{last} < {given}")

    def _stream(self, query: Select[Any]) -> Iterator[Any]:
        """Rows that progress is told of."""
        for row in self._streamed(query):
            self._done += 1
            if self._done % _PAGE == 0:
                self.progress(self._done, self._all)
            yield row

    def _streamed(self, query: Select[Any]) -> Iterator[Any]:
        options = {"stream_results": True, "yield_per": _PAGE}
        yield from self.connection.execute(query, execution_options=options)

    def _note(self, fault: Fault, kind: str, subject: str, detail: str = "") -> None:
        self.found += 1
        if len(self.findings) < LIMIT:
            self.findings.append(Finding(fault, kind, subject, detail))


def _lasts(kind: str) -> Select[Any]:
    """The last events about the rows of a kind, in order."""
    event, later = as_kept(EVENTS), as_kept(EVENTS).alias("later")
    about = (later.c.kind == event.c.kind) & (later.c.subject == event.c.subject)
    newer = about & (later.c.seq > event.c.seq) & later.c.row_mac.is_not(None)
    of_rows = (event.c.kind == kind) & event.c.row_mac.is_not(None)
    query = select(event.c.seq, event.c.subject, event.c.row_mac)
    return query.where(of_rows, ~exists().where(newer)).order_by(event.c.seq)


def _beside(rows: Iterator[Row[Any]], lasts: Iterator[Row[Any]]) -> Iterator[tuple[Any, Any]]:
    """Rows and last events of the same number in pairs; what has no partner beside None."""
    last = next(lasts, None)
    for row in rows:
        event = row.event if isinstance(row.event, int) else -1
        while last is not None and last.seq < event:
            yield None, last
            last = next(lasts, None)
        if last is None or last.seq != event:
            yield row, None
        else:
            yield row, last
            last = next(lasts, None)
    while last is not None:
        yield None, last
        last = next(lasts, None)


def _equal(stored: object, computed: bytes) -> bool:
    return isinstance(stored, bytes) and compare_digest(stored, computed)


@contextmanager
def _as_it_is(connection: Connection) -> Iterator[None]:
    """Text that is no UTF-8 comes as what no hash agrees with, not as an error."""
    raw: Any = connection.connection.dbapi_connection
    if connection.dialect.name != "sqlite" or raw is None:
        yield
        return
    before, raw.text_factory = (
        raw.text_factory,
        lambda octets: octets.decode(errors="surrogateescape"),
    )
    try:
        yield
    finally:
        raw.text_factory = before

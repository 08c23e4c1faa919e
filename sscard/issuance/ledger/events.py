"""Events: who did what to which row, in one chain that no event leaves without a trace."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from sscard.errors import LedgerError
from sscard.issuance.ledger import canonical
from sscard.issuance.ledger.keys import LedgerKeys
from sscard.issuance.ledger.schema.events import CHAIN, EVENTS
from sscard.issuance.ledger.schema.types import canonical_json

#: What the chain begins with.
BEGIN = bytes(32)
_END = select(CHAIN.c.seq, CHAIN.c.chain).with_for_update()
_APPEND = insert(EVENTS)
_EXTEND = update(CHAIN).values(seq=bindparam("seq"), chain=bindparam("chain"))


def require_aware(at: datetime) -> None:
    """ValueError for a time without a zone: it means another moment on another machine."""
    if at.tzinfo is None:
        raise ValueError("a time in the ledger has a zone")


@dataclass(frozen=True, slots=True)
class Actor:
    """When, and who at which reader of which station.  ValueError for a time without zone."""

    at: datetime
    operator: str = ""
    station: str = ""
    reader: str = ""

    def __post_init__(self) -> None:
        require_aware(self.at)


@dataclass(frozen=True, slots=True)
class Event:
    """One event.  ``before`` and ``after`` are states, empty where none changed."""

    seq: int
    at: datetime
    operator: str
    station: str
    reader: str
    kind: str
    subject: str
    what: str
    before: str
    after: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Happened:
    """What an event is about, before it has its place in the chain."""

    kind: str
    subject: str
    what: str
    before: str = ""
    after: str = ""
    facts: Mapping[str, Any] | None = None


class Chained:
    """The end of the chain inside a transaction, and the events that are to follow it.

    Raises LedgerError when the ledger has no chain.
    """

    def __init__(self, connection: Connection, keys: LedgerKeys, actor: Actor) -> None:
        head = connection.execute(_END).first()
        if head is None:
            raise LedgerError("the ledger has lost the end of its chain of events")
        self._connection, self._keys = connection, keys
        self._seq, self._chain = int(head.seq), bytes(head.chain)
        self._rows: list[dict[str, Any]] = []
        self.goes_on(actor)

    @property
    def following(self) -> int:
        """The number of the next event."""
        return self._seq + 1

    def goes_on(self, actor: Actor) -> None:
        """The following events are this actor's."""
        who = {"operator": actor.operator, "station": actor.station, "reader": actor.reader}
        self._actor = {"at": actor.at, **who}
        self._who = (canonical.moment(actor.at), *who.values())

    def add(self, about: Happened, row: bytes | None = None) -> None:
        """The next event; ``row`` is the spelling of the row as it leaves it."""
        self._seq += 1
        row_mac = None if row is None else self._keys.mac(row)
        facts = canonical_json(about.facts) if about.facts else "{}"
        members = {
            "kind": about.kind,
            "subject": about.subject,
            "what": about.what,
            "before": about.before,
            "after": about.after,
            "facts": facts,
        }
        whole = (self._seq, *self._who, *members.values(), row_mac)
        self._chain = self._keys.mac(canonical.event(self._chain, whole))
        hashes = {"row_mac": row_mac, "chain": self._chain}
        self._rows.append({"seq": self._seq, **self._actor, **members, **hashes})

    def write(self) -> None:
        """Write down what was added."""
        if not self._rows:
            return
        self._connection.execute(_APPEND, self._rows)
        self._connection.execute(_EXTEND, {"seq": self._seq, "chain": self._chain})
        self._rows = []


def begin(connection: Connection, keys: LedgerKeys, at: datetime) -> Chained:
    """A new chain; its first event gives it a name, so that no piece of another ledger fits."""
    connection.execute(insert(CHAIN), {"id": 1, "seq": 0, "chain": BEGIN})
    chain = Chained(connection, keys, Actor(at))
    chain.add(Happened("ledger", "", "begun", facts={"name": secrets.token_hex(8)}))
    chain.write()
    return chain


def history(connection: Connection, kind: str, subject: str) -> Iterator[Event]:
    """What happened to one subject, oldest first."""
    columns = [column for column in EVENTS.c if column.name not in ("row_mac", "chain")]
    about = (EVENTS.c.kind == kind) & (EVENTS.c.subject == subject)
    found = connection.execute(select(*columns).where(about).order_by(EVENTS.c.seq)).mappings()
    for row in found:
        yield Event(**{**row, "facts": json.loads(row["facts"])})

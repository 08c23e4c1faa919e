"""Settling fees with a party, once: a settlement is an event, and its fees bear its name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, String, and_, cast, func, select

from sscard.errors import LedgerError
from sscard.issuance.ledger import Book
from sscard.issuance.ledger.schema.events import EVENTS
from sscard.issuance.ledger.schema.orders import ORDERS
from sscard.issuance.ledger.schema.work import FEES
from sscard.issuance.machines import CHINA
from sscard.issuance.reports.fees import Fee, FeeSum

#: What a settlement is called among the events.
KIND = "settlement"
_NAME_LENGTH = 64
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Days of the place, both included.  ValueError when the last one is before the first."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"the period ends on {self.last}, before it begins on {self.first}")

    @property
    def begin(self) -> datetime:
        """The moment in which it begins."""
        return datetime.combine(self.first, time(), CHINA)

    @property
    def end(self) -> datetime:
        """The first moment behind it."""
        return datetime.combine(self.last + _DAY, time(), CHINA)


@dataclass(frozen=True, slots=True)
class Settlement:
    """What was settled under one name."""

    name: str
    period: Period
    sums: tuple[FeeSum, ...]

    @property
    def count(self) -> int:
        """How many fees."""
        return sum(each.count for each in self.sums)

    @property
    def amount_fen(self) -> int:
        """How much they are together."""
        return sum(each.amount_fen for each in self.sums)


def fee_sums(connection: Connection, period: Period, party: str | None = None) -> list[FeeSum]:
    """Fees that arose in a period, by kind, party and settlement."""
    kind = (FEES.c.what, FEES.c.party, FEES.c.settled_in)
    query = (
        _in_period(select(*kind, func.count(), func.sum(FEES.c.amount_fen)), period, party)
        .group_by(*kind)
        .order_by(*kind)
    )
    rows = connection.execute(query)
    return [FeeSum(what, payer, n, int(fen), name) for what, payer, name, n, fen in rows]


def fees(connection: Connection, period: Period, party: str | None = None) -> Iterator[Fee]:
    """Every fee that arose in a period, oldest first."""
    query = select(FEES, _ARISEN.c.at, ORDERS.c.card_number, ORDERS.c.batch)
    query = query.join(ORDERS, ORDERS.c.id == FEES.c.order_id)
    for row in connection.execute(_in_period(query, period, party).order_by(FEES.c.id)):
        yield Fee(
            row.id,
            row.at,
            row.what,
            row.party,
            row.order_id,
            row.card_number or "",
            row.batch or "",
            row.amount_fen,
            row.settled_in or "",
        )


def settle(book: Book, name: str, period: Period, party: str | None = None) -> Settlement:
    """Settle every fee of the period that is not settled yet, and write down the sum.

    Raises LedgerError when the name was used before, or when nothing is left to settle; ValueError
    for a name that is empty, too long or not printable.
    """
    if not name or len(name) > _NAME_LENGTH or not name.isprintable():
        raise ValueError(f"a settlement has a name of 1 to {_NAME_LENGTH} printable characters")
    _require_new(book.connection, name)
    open_fees = [each for each in fees(book.connection, period, party) if not each.settled_in]
    if not open_fees:
        raise LedgerError(f"settlement {name}: nothing is left to settle in this period")
    sums: dict[tuple[str, str], FeeSum] = {}
    for each in open_fees:
        before = sums.get((each.what, each.party), FeeSum(each.what, each.party, 0, 0, name))
        sums[each.what, each.party] = before.with_one(each.amount_fen)
    found = Settlement(name, period, tuple(sums[key] for key in sorted(sums)))
    keys = [each.id for each in open_fees]
    book.update_many(FEES, keys, {"settled_in": name}, "settled", {"settlement": name})
    book.note(KIND, name, "settled", _facts(found))
    return found


def _require_new(connection: Connection, name: str) -> None:
    used = select(EVENTS.c.seq).where(EVENTS.c.kind == KIND, EVENTS.c.subject == name)
    if connection.execute(used.limit(1)).first() is not None:
        raise LedgerError(f"settlement {name} exists: its fees were settled once and for all")


def _facts(found: Settlement) -> dict[str, Any]:
    return {
        "from": found.period.first.isoformat(),
        "to": found.period.last.isoformat(),
        "count": found.count,
        "amount_fen": found.amount_fen,
        "sums": [
            {"what": s.what, "party": s.party, "count": s.count, "amount_fen": s.amount_fen}
            for s in found.sums
        ],
    }


_FIRST = (
    select(EVENTS.c.subject, func.min(EVENTS.c.seq).label("seq"))
    .where(EVENTS.c.kind == "fee")
    .group_by(EVENTS.c.subject)
    .subquery("first_event")
)
#: When a fee arose: the time of the first event about it.
_ARISEN = (
    select(_FIRST.c.subject, EVENTS.c.at)
    .join(EVENTS, EVENTS.c.seq == _FIRST.c.seq)
    .subquery("arisen")
)


def _in_period(query: Select[Any], period: Period, party: str | None) -> Select[Any]:
    which: ColumnElement[bool] = and_(_ARISEN.c.at >= period.begin, _ARISEN.c.at < period.end)
    if party is not None:
        which &= FEES.c.party == party
    return query.join(_ARISEN, _ARISEN.c.subject == cast(FEES.c.id, String)).where(which)

"""Numbers that the ledger gives: each kind counts up, and no number is given twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, type_coerce, update
from sqlalchemy.types import NullType

from sscard.errors import LedgerError
from sscard.issuance import numbering
from sscard.issuance.ledger.schema import CARDS, CHECKS, COUNTERS, FEES, LISTS, ORDERS, STOCK

_ROWS = 2**63 - 1
#: Every kind of number, and the last that there is of it.
LIMITS: Mapping[str, int] = MappingProxyType(
    {
        "serial": numbering.SERIAL_LIMIT,
        "card_number": numbering.CARD_SEQUENCE_LIMIT,
        "account": numbering.ACCOUNT_SEQUENCE_LIMIT,
        **dict.fromkeys(("order", "stock", "list", "fee", "check"), _ROWS),
    }
)
# Statements are built once: building takes longer than what SQLite does with them.
_TAKE = (
    update(COUNTERS)
    .where(COUNTERS.c.name == bindparam("kind"))
    .values(last=COUNTERS.c.last + bindparam("count"))
    .returning(COUNTERS.c.last)
)
_GIVEN = MappingProxyType(
    {
        "serial": CARDS.c.serial,
        "order": ORDERS.c.id,
        "stock": STOCK.c.id,
        "list": LISTS.c.id,
        "fee": FEES.c.id,
        "check": CHECKS.c.id,
    }
)


def behind(connection: Connection) -> Iterator[tuple[str, int, int]]:
    """Counters that would give a number again: name, where it stands, the highest number given.

    Test card numbers and test accounts are not asked: those that exist are stepped over.
    """
    last = {row.name: _number(row.last) for row in connection.execute(select(COUNTERS))}
    for name, column in _GIVEN.items():
        highest = select(type_coerce(column, NullType())).order_by(column.desc()).limit(1)
        given = _number(connection.execute(highest).scalar())
        if last.get(name, -1) < given:
            yield name, last.get(name, -1), given


def _number(value: Any) -> int:
    """A number as a counter or a serial keeps it, whatever is there."""
    if isinstance(value, bytes):
        return int.from_bytes(value, "big")
    return value if isinstance(value, int) else 0


def begin(connection: Connection) -> None:
    """All counters at their start."""
    connection.execute(insert(COUNTERS), [{"name": each, "last": 0} for each in LIMITS])


def take(connection: Connection, name: str, count: int = 1) -> range:
    """The next ``count`` numbers of this kind.  Raises LedgerError when there are no more."""
    last = int(connection.execute(_TAKE, {"kind": name, "count": count}).scalar_one())
    if last > LIMITS[name]:
        raise LedgerError(f"the ledger has given out every {name.replace('_', ' ')}")
    return range(last - count + 1, last + 1)

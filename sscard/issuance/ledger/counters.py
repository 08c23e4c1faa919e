"""Numbers that the ledger gives: each kind counts up, and no number is given twice."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import Connection, insert, update

from sscard.errors import LedgerError
from sscard.issuance import numbering
from sscard.issuance.ledger.schema.cards import COUNTERS

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


def begin(connection: Connection) -> None:
    """All counters at their start."""
    connection.execute(insert(COUNTERS), [{"name": each, "last": 0} for each in LIMITS])


def take(connection: Connection, name: str, count: int = 1) -> range:
    """The next ``count`` numbers of this kind.  Raises LedgerError when there are no more."""
    counter = update(COUNTERS).where(COUNTERS.c.name == name)
    step = counter.values(last=COUNTERS.c.last + count).returning(COUNTERS.c.last)
    last = int(connection.execute(step).scalar_one())
    if last > LIMITS[name]:
        raise LedgerError(f"the ledger has given out every {name.replace('_', ' ')}")
    return range(last - count + 1, last + 1)

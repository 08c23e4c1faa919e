"""What the ledger does inside one transaction: find, count, number, write down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from sscard.errors import LedgerError
from sscard.issuance import numbering
from sscard.issuance.layers import LayerRecord
from sscard.issuance.ledger_schema import (
    BATCH_LENGTH,
    CARDS,
    COUNTERS,
    HISTORY,
    CardRow,
    NumberSource,
    columns,
)
from sscard.issuance.states import LIVE, OPEN, CardState

_LIMITS: Mapping[str, int] = MappingProxyType(
    {
        "serial": numbering.SERIAL_LIMIT,
        "card_number": numbering.CARD_SEQUENCE_LIMIT,
        "account": numbering.ACCOUNT_SEQUENCE_LIMIT,
    }
)


class NumberTaken(LedgerError):
    """A number from a file belongs to another person; nothing was written."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a new card should have; see ``Ledger.reserve``.  Wrong forms are ValueError."""

    person_hash: bytes = field(repr=False)
    wanted_number: str | None
    batch: str
    profile: tuple[str, bytes]
    at: datetime
    bank_number: str | None = field(repr=False)
    district: str
    layers: tuple[LayerRecord, ...] = ()

    def __post_init__(self) -> None:
        if len(self.person_hash) != 32:
            raise ValueError("a person hash is an HMAC-SHA-256")
        if self.wanted_number is not None:
            numbering.require_card_number(self.wanted_number)
        if len(self.batch) > BATCH_LENGTH or not self.batch.isprintable():
            raise ValueError(f"a batch number has at most {BATCH_LENGTH} printable characters")
        if len(self.profile[1]) != 32:
            raise ValueError("a profile is named with its SHA-256")
        require_aware(self.at)


def require_aware(at: datetime) -> None:
    """ValueError for a time without a zone: it means another moment on another machine."""
    if at.tzinfo is None:
        raise ValueError("a time in the ledger has a zone")


def live_card(connection: Connection, person_hash: bytes) -> CardRow | None:
    """The open or issued card of a person; there is at most one."""
    where = (CARDS.c.person_hash == person_hash) & CARDS.c.state.in_(LIVE)
    return _first(connection, select(CARDS).where(where))


def card(connection: Connection, card_number: str) -> CardRow:
    """The card with this number, locked until the transaction ends.  Raises LedgerError."""
    query = select(CARDS).where(CARDS.c.card_number == card_number).with_for_update()
    found = _first(connection, query)
    if found is None:
        raise LedgerError(f"no card {card_number} in the ledger")
    return found


def card_row(row: Row[Any]) -> CardRow:
    """A row of the table as its dataclass."""
    return CardRow(**{column.name: row._mapping[column] for column in columns(CARDS)})


def reserve(connection: Connection, wish: Wish) -> CardRow:
    """Insert a card with its numbers.  Raises LedgerError or NumberTaken."""
    if (live := live_card(connection, wish.person_hash)) is not None:
        raise LedgerError(f"this person has card {live.card_number}, {live.state.name}")
    if wish.bank_number is not None:
        require_own_account(connection, wish.person_hash, wish.bank_number)
    number, source = _choose_number(connection, wish)
    profile_name, profile_sha256 = wish.profile
    values = {
        "card_number": number,
        "serial": numbering.allocated_serial(_next(connection, "serial")),
        "batch_number": wish.batch,
        "profile_name": profile_name,
        "profile_sha256": profile_sha256,
        "person_hash": wish.person_hash,
        "number_source": source,
        "state": CardState.RESERVED,
        "bank_number": wish.bank_number,
        "account_source": None if wish.bank_number is None else "file",
        "reserved_at": wish.at,
        "changed_at": wish.at,
        "layers": wish.layers,
    }
    connection.execute(insert(CARDS), values)
    note = "" if wish.wanted_number in (None, number) else f"{wish.wanted_number} was used up"
    enter(connection, number, (None, CardState.RESERVED), wish.at, station="ledger", note=note)
    return card(connection, number)


def _choose_number(connection: Connection, wish: Wish) -> tuple[str, NumberSource]:
    """The wanted card number, or an allocated one when a dead card of the person used it up."""
    if (wanted := wish.wanted_number) is not None:
        owner = select(CARDS.c.person_hash).where(CARDS.c.card_number == wanted)
        holder = connection.execute(owner).scalar()
        if holder is None:
            return wanted, "file"
        if holder != wish.person_hash:
            raise NumberTaken(f"card number {wanted} belongs to another person")
    while True:
        sequence = _next(connection, "card_number")
        number = numbering.allocated_card_number(sequence, wish.district)
        if not _exists(connection, select(CARDS.c.id).where(CARDS.c.card_number == number)):
            return number, "allocated"


def require_open(card: CardRow) -> None:
    """LedgerError unless the card can still be given an account."""
    if card.state not in OPEN:
        raise LedgerError(f"card {card.card_number} is {card.state.name}: no account for it")


def choose_account(connection: Connection, issuer: str) -> str:
    """A test account number under this BIN that no card ever had."""
    while True:
        account = numbering.allocated_account(_next(connection, "account"), issuer)
        if not _exists(connection, select(CARDS.c.id).where(CARDS.c.bank_number == account)):
            return account


def require_own_account(connection: Connection, person_hash: bytes, bank_number: str) -> None:
    """NumberTaken if the account was ever on a card of another person.

    The same person's dead card is no hindrance: whether a bank takes its number back after a
    spoiled card is the bank's rule (issuance 3, flow A step 10), and its file has spoken.
    """
    others = (CARDS.c.bank_number == bank_number) & (CARDS.c.person_hash != person_hash)
    if _exists(connection, select(CARDS.c.id).where(others)):
        raise NumberTaken("this bank account belongs to another person")


def change(connection: Connection, card_number: str, values: Mapping[str, Any]) -> None:
    """Write columns of one card."""
    connection.execute(update(CARDS).where(CARDS.c.card_number == card_number), dict(values))


def enter(
    connection: Connection,
    card_number: str,
    states: tuple[CardState | None, CardState],
    at: datetime,
    *,
    station: str,
    note: str,
) -> None:
    """Write one line of history: from, to, when, where, why."""
    values = {"card_number": card_number, "from_state": states[0], "to_state": states[1]}
    connection.execute(insert(HISTORY), values | {"at": at, "station": station, "note": note})


def _first(connection: Connection, query: Select[Any]) -> CardRow | None:
    row = connection.execute(query).first()
    return None if row is None else card_row(row)


def _exists(connection: Connection, query: Select[Any]) -> bool:
    return connection.execute(query.limit(1)).first() is not None


def _next(connection: Connection, name: str) -> int:
    counter = update(COUNTERS).where(COUNTERS.c.name == name)
    step = counter.values(last=COUNTERS.c.last + 1).returning(COUNTERS.c.last)
    number = connection.execute(step).scalar_one()
    if number > _LIMITS[name]:
        raise LedgerError(f"the ledger has given out every {name.replace('_', ' ')}")
    return int(number)

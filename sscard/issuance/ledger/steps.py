"""What the ledger does inside one transaction: find, count, number, write down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, bindparam, select

from sscard.errors import LedgerError
from sscard.issuance import numbering
from sscard.issuance.layers import LayerRecord
from sscard.issuance.ledger import counters
from sscard.issuance.ledger.events import require_aware
from sscard.issuance.ledger.keys import LedgerKeys
from sscard.issuance.ledger.recorded import Book
from sscard.issuance.ledger.schema.cards import CARDS, AccountSource, CardRow, NumberSource
from sscard.issuance.ledger.schema.types import BATCH_LENGTH
from sscard.issuance.states import LIVE, OPEN, CardState

# Statements are built once: building takes longer than what SQLite does with them.
_KEY = "the_key"
_CARD = select(CARDS).where(CARDS.c.card_number == bindparam(_KEY))
_LIVE_CARD = select(CARDS).where(
    CARDS.c.person_hash == bindparam(_KEY),
    CARDS.c.state.in_(sorted(LIVE, key=lambda each: each.name)),
)
_OWNER = select(CARDS.c.person_hash).where(CARDS.c.card_number == bindparam(_KEY))
_OWNERS = select(CARDS.c.person_hash).where(CARDS.c.bank_hash == bindparam(_KEY))
_FIELDS = tuple(each.name for each in fields(CardRow) if each.name != "bank_number")


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


def live_card(connection: Connection, keys: LedgerKeys, person_hash: bytes) -> CardRow | None:
    """The open or issued card of a person; there is at most one."""
    return _first(connection, keys, _LIVE_CARD, person_hash)


def card(connection: Connection, keys: LedgerKeys, card_number: str) -> CardRow:
    """The card with this number.  Raises LedgerError."""
    found = _first(connection, keys, _CARD, card_number)
    if found is None:
        raise LedgerError(f"no card {card_number} in the ledger")
    return found


def card_row(row: RowMapping | Mapping[str, Any], keys: LedgerKeys) -> CardRow:
    """A row of the table as its dataclass, the account opened."""
    sealed = row["bank_sealed"]
    number = None if sealed is None else account(row["card_number"], sealed, keys)
    return CardRow(bank_number=number, **{name: row[name] for name in _FIELDS})


def reserve(book: Book, wish: Wish) -> CardRow:
    """Insert a card with its numbers.  Raises LedgerError or NumberTaken."""
    if (live := live_card(book.connection, book.keys, wish.person_hash)) is not None:
        raise LedgerError(f"this person has card {live.card_number}, {live.state.name}")
    if wish.bank_number is not None:
        require_own_account(book, wish.person_hash, wish.bank_number)
    number, source = _choose_number(book.connection, wish)
    profile_name, profile_sha256 = wish.profile
    values = {
        "card_number": number,
        "serial": numbering.allocated_serial(counters.take(book.connection, "serial")[0]),
        "batch_number": wish.batch,
        "profile_name": profile_name,
        "profile_sha256": profile_sha256,
        "person_hash": wish.person_hash,
        "number_source": source,
        "state": CardState.RESERVED,
        "reserved_at": wish.at,
        "changed_at": wish.at,
        "layers": wish.layers,
    }
    if wish.bank_number is not None:
        values |= account_columns(book.keys, number, wish.bank_number, "file")
    note = "" if wish.wanted_number in (None, number) else f"{wish.wanted_number} was used up"
    book.insert(CARDS, [values], "reserved", {"note": note} if note else {})
    return card(book.connection, book.keys, number)


def _choose_number(connection: Connection, wish: Wish) -> tuple[str, NumberSource]:
    """The wanted card number, or an allocated one when a dead card of the person used it up."""
    if (wanted := wish.wanted_number) is not None:
        holder = connection.execute(_OWNER, {_KEY: wanted}).scalar()
        if holder is None:
            return wanted, "file"
        if holder != wish.person_hash:
            raise NumberTaken(f"card number {wanted} belongs to another person")
    while True:
        (sequence,) = counters.take(connection, "card_number")
        number = numbering.allocated_card_number(sequence, wish.district)
        if connection.execute(_OWNER, {_KEY: number}).first() is None:
            return number, "allocated"


def require_open(card: CardRow) -> None:
    """LedgerError unless the card can still be given an account."""
    if card.state not in OPEN:
        raise LedgerError(f"card {card.card_number} is {card.state.name}: no account for it")


def choose_account(book: Book, issuer: str) -> str:
    """A test account number under this BIN that no card ever had."""
    while True:
        (sequence,) = counters.take(book.connection, "account")
        account = numbering.allocated_account(sequence, issuer)
        if not _owners(book, account):
            return account


def require_own_account(book: Book, person_hash: bytes, bank_number: str) -> None:
    """NumberTaken if the account was ever on a card of another person.

    The same person's dead card is no hindrance: whether a bank takes its number back after a
    spoiled card is the bank's rule (issuance 3, flow A step 10), and its file has spoken.
    """
    if _owners(book, bank_number) - {person_hash}:
        raise NumberTaken("this bank account belongs to another person")


def give_account(book: Book, card_number: str, bank_number: str, source: AccountSource) -> None:
    """Write a card's account."""
    values = account_columns(book.keys, card_number, bank_number, source)
    book.update(CARDS, card_number, values, "account", {"source": source})


def account_columns(
    keys: LedgerKeys, card_number: str, bank_number: str, source: AccountSource
) -> dict[str, Any]:
    """An account as a card's row keeps it: to be found by a hash, to be read with the keys."""
    return {
        "bank_hash": keys.number_hash(bank_number),
        "bank_sealed": keys.seal(bank_number, _place(card_number)),
        "account_source": source,
    }


def account(card_number: str, sealed: bytes, keys: LedgerKeys) -> str:
    """The account in a card's row.  Raises LedgerError when it was changed or moved."""
    return keys.open(sealed, _place(card_number))


def _place(card_number: str) -> str:
    return f"cards/{card_number}/bank_number"


def _owners(book: Book, bank_number: str) -> set[bytes]:
    """Who ever had this account on a card."""
    wanted = {_KEY: book.keys.number_hash(bank_number)}
    return set(book.connection.execute(_OWNERS, wanted).scalars())


def _first(
    connection: Connection, keys: LedgerKeys, query: Select[Any], key: bytes | str
) -> CardRow | None:
    row = connection.execute(query, {_KEY: key}).first()
    return None if row is None else card_row(row._mapping, keys)

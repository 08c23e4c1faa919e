"""The ledger: every number ever given to a card, and how far each card came.

Each change is one transaction, on the disk before the call returns.  Time is an argument.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TypedDict, Unpack

from sqlalchemy import Engine, func, select

from sscard.errors import LedgerError
from sscard.issuance import numbering
from sscard.issuance.layers import LayerRecord
from sscard.issuance.ledger import events, steps
from sscard.issuance.ledger.engine import open_engine, reading, transaction
from sscard.issuance.ledger.events import Actor
from sscard.issuance.ledger.keys import LedgerKeys
from sscard.issuance.ledger.recorded import Book
from sscard.issuance.ledger.schema.cards import CARDS, CardRow, HistoryRow
from sscard.issuance.states import LIVE, NEEDS_REASON, CardState, require_transition

#: Rows fetched at a time by ``Ledger.cards``: memory does not grow with the ledger.
PAGE = 1000


class AccountOfFile(LedgerError):
    """The card waits for its account of the bank; a test account is not put in its place."""


class Facts(TypedDict, total=False):
    """What a station learned about a card.  Never a name, an ID number or a key."""

    reason: str
    card_id_code: bytes
    atr: bytes


class Ledger:
    """An open ledger.  Whatever it refuses or cannot read leaves as LedgerError."""

    def __init__(self, engine: Engine, keys: LedgerKeys) -> None:
        self._engine, self._keys = engine, keys

    @classmethod
    def open(cls, place: str | Path, keys: LedgerKeys) -> Ledger:
        """The ledger at a path or database URL, begun when there is none."""
        return cls(open_engine(place, keys), keys)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def live_card(self, person_hash: bytes) -> CardRow | None:
        """The person's card that is half-done (RESERVED, SSSE_DONE) or ISSUED; at most one is."""
        with reading(self._engine) as connection:
            return steps.live_card(connection, self._keys, person_hash)

    def reserve(
        self,
        person_hash: bytes,
        *,
        wanted_number: str | None,
        batch: str,
        profile: tuple[str, bytes],
        at: datetime,
        bank_number: str | None = None,
        district: str = numbering.TEST_DISTRICT,
        layers: tuple[LayerRecord, ...] = (),
    ) -> CardRow:
        """Take the numbers of a new card, before any chip is touched (decision 14).

        ``wanted_number`` is the office's; if a spoiled or failed card of the same person used it
        up, or it is None, a number is allocated.  ``profile`` is name and SHA-256 of what the card
        is made after, ``layers`` the files that it consists of, ``batch`` at most 32 printable
        characters, ``bank_number`` the bank's account for this person, if known by now.  Raises
        NumberTaken when either number belongs to another person, LedgerError when the person has a
        live card, ValueError for a wrong form.
        """
        wish = steps.Wish(
            person_hash, wanted_number, batch, profile, at, bank_number, district, layers
        )
        actor = Actor(at, station="ledger")
        with transaction(self._engine) as connection:
            return steps.reserve(Book(connection, self._keys, actor), wish)

    def advance(
        self,
        card_number: str,
        state: CardState,
        at: datetime,
        *,
        station: str = "",
        **facts: Unpack[Facts],
    ) -> CardRow:
        """The card comes into ``state``; what was learned on the way is kept with it.

        FAILED, SPOILED and WITHDRAWN need a ``reason`` (ValueError).  A step outside the table of
        states or an unknown card is a LedgerError and changes nothing.
        """
        if state in NEEDS_REASON and not facts.get("reason"):
            raise ValueError(f"{state.name} needs a reason")
        actor, changes = Actor(at, station=station), {**facts, "state": state, "changed_at": at}
        note = {"note": facts["reason"]} if facts.get("reason") else {}
        with transaction(self._engine) as connection:
            before = steps.card(connection, self._keys, card_number)
            require_transition(card_number, before.state, state)
            book = Book(connection, self._keys, actor)
            row = book.update(CARDS, card_number, changes, "advanced", note)
            return steps.card_row(row, self._keys)

    def claim_account(self, card_number: str, bank_number: str, at: datetime) -> None:
        """The bank's account for an open card, kept as ``account_source`` "file".

        Comes before the bank's station touches the chip, so it may take the place of another
        account; the same again changes nothing.  Raises NumberTaken when a card of another person
        ever had it.
        """
        with transaction(self._engine) as connection:
            book = Book(connection, self._keys, Actor(at, station="ledger"))
            card = steps.card(connection, self._keys, card_number)
            if (card.bank_number, card.account_source) == (bank_number, "file"):
                return
            steps.require_open(card)
            steps.require_own_account(book, card.person_hash, bank_number)
            steps.give_account(book, card_number, bank_number, "file")

    def allocate_test_account(
        self, card_number: str, at: datetime, issuer: str = numbering.TEST_BIN
    ) -> str:
        """A test account for an open card that has none, kept as ``account_source`` "test".

        ``issuer`` is the BIN, its first 6 digits.  A card that has one keeps it: asking again after
        a crash gives the same number.  Raises AccountOfFile for a card begun with an account of the
        bank.
        """
        with transaction(self._engine) as connection:
            book = Book(connection, self._keys, Actor(at, station="ledger"))
            card = steps.card(connection, self._keys, card_number)
            if card.account_source == "file":
                raise AccountOfFile(f"card {card_number} has an account in the bank's file")
            if card.bank_number is not None:
                return card.bank_number
            steps.require_open(card)
            account = steps.choose_account(book, issuer)
            steps.give_account(book, card_number, account, "test")
            return account

    def card(self, card_number: str) -> CardRow:
        """The card with this number.  Raises LedgerError when there is none."""
        with reading(self._engine) as connection:
            return steps.card(connection, self._keys, card_number)

    def cards(self, state: CardState | None = None) -> Iterator[CardRow]:
        """All cards, or those in ``state``, in the order of their reservation."""
        last = b""
        while True:
            query = select(CARDS).where(CARDS.c.serial > last).order_by(CARDS.c.serial).limit(PAGE)
            if state is not None:
                query = query.where(CARDS.c.state == state)
            with reading(self._engine) as connection:
                rows = connection.execute(query).all()
            yield from (steps.card_row(row._mapping, self._keys) for row in rows)
            if len(rows) < PAGE:
                return
            last = rows[-1].serial

    def states(self) -> Mapping[str, CardState]:
        """The state of every card, by card number."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(CARDS.c.card_number, CARDS.c.state)).all()
        return {row.card_number: row.state for row in rows}

    def accounts(self) -> Mapping[str, CardState]:
        """The bank's accounts of live cards, and how far their cards came."""
        query = select(CARDS.c.card_number, CARDS.c.bank_sealed, CARDS.c.state)
        live = CARDS.c.bank_sealed.is_not(None) & CARDS.c.state.in_(LIVE)
        with reading(self._engine) as connection:
            rows = connection.execute(query.where(live)).all()
        opened = steps.account
        return {opened(row.card_number, row.bank_sealed, self._keys): row.state for row in rows}

    def history(self, card_number: str) -> tuple[HistoryRow, ...]:
        """How a card came to its state, oldest first."""
        with reading(self._engine) as connection:
            found = events.history(connection, "card", card_number)
            return tuple(_history_row(each) for each in found if each.after)

    def counts(self) -> Mapping[CardState, int]:
        """How many cards are in each state, also where none is."""
        query = select(CARDS.c.state, func.count()).group_by(CARDS.c.state)
        with reading(self._engine) as connection:
            found = {row.state: row[1] for row in connection.execute(query)}
        return {state: found.get(state, 0) for state in CardState}


def _history_row(event: events.Event) -> HistoryRow:
    before = CardState[event.before] if event.before else None
    note = str(event.facts.get("note", ""))
    return HistoryRow(event.subject, before, CardState[event.after], event.at, event.station, note)

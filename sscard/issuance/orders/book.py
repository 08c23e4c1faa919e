"""The order book: everything that happens to orders, each call whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import local
from types import MappingProxyType, TracebackType
from typing import Self

from sqlalchemy import Connection, Engine

from sscard.issuance.ledger import Actor, Book, LedgerKeys, open_engine, reading, transaction
from sscard.issuance.order_states import OrderState
from sscard.issuance.orders import (
    banking,
    batching,
    bodies,
    elsewhere,
    entering,
    holding,
    lists,
    moving,
    rounds,
)
from sscard.issuance.orders.jobs import Jobs
from sscard.issuance.orders.numbers import NumberBalance, balance
from sscard.issuance.orders.people import Entry, Intake, Outcome, Presence
from sscard.issuance.orders.queries import Queries
from sscard.issuance.orders.rows import Round, Unit
from sscard.issuance.orders.rules import Use
from sscard.issuance.orders.topology import Topologies
from sscard.issuance.reasons import Reason

_NO_FINDINGS: Mapping[int, Reason] = MappingProxyType({})


class Orders(Queries):
    """The orders of one ledger.

    ``actor`` says who does it, where and when.  What the tables or a flow do not allow is
    LedgerError and names the order; what a rule of the office forbids is RuleBroken.  Numbers are
    the office's and the bank's; with ``test_numbers`` those that are missing are made up.
    """

    def __init__(
        self,
        engine: Engine,
        keys: LedgerKeys,
        topologies: Topologies | None = None,
        *,
        test_numbers: bool = False,
    ) -> None:
        super().__init__(engine, keys)
        self._joined = local()
        self.topologies = topologies or Topologies.of()
        self.test_numbers = test_numbers

    @classmethod
    def open(
        cls,
        place: str | Path,
        keys: LedgerKeys,
        topologies: Topologies | None = None,
        *,
        test_numbers: bool = False,
    ) -> Self:
        """The orders of the ledger at a path or database URL, begun when there is none."""
        return cls(open_engine(place, keys), keys, topologies, test_numbers=test_numbers)

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def book(self, actor: Actor) -> Iterator[Book]:
        """One transaction of one's own: rows with their events."""
        joined: Book | None = getattr(self._joined, "book", None)
        if joined is not None:
            if joined.actor != actor:
                raise ValueError("one transaction is one actor's")
            yield joined
            return
        with transaction(self.engine) as connection:
            yield Book(connection, self.keys, actor)

    @contextmanager
    def together(self, actor: Actor) -> Iterator[Self]:
        """What this thread calls inside is one transaction: a list and what it says, for example.

        Reading inside sees what is written inside.  ValueError when it is in one already.
        """
        if getattr(self._joined, "book", None) is not None:
            raise ValueError("in a transaction already")
        with self.book(actor) as book:
            self._joined.book = book
            try:
                yield self
            finally:
                self._joined.book = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One moment of the ledger, or the transaction that this thread is in."""
        joined: Book | None = getattr(self._joined, "book", None)
        if joined is not None:
            yield joined.connection
            return
        with reading(self.engine) as connection:
            yield connection

    @property
    def jobs(self) -> Jobs:
        """The jobs of stations."""
        return Jobs(self.engine, self.keys, self.topologies, test_numbers=self.test_numbers)

    def open_round(self, wish: Round, actor: Actor) -> None:
        """A new round.  Its sample may have passed the general test already."""
        with self.book(actor) as book:
            rounds.open_round(book, wish)

    def pass_general_test(self, name: str, certificate: str, actor: Actor) -> None:
        """The round's sample has passed: cards may be made."""
        with self.book(actor) as book:
            rounds.pass_general_test(book, name, certificate)

    def close_round(self, name: str, actor: Actor) -> None:
        """Nobody is entered into the round any more."""
        with self.book(actor) as book:
            rounds.close_round(book, name)

    def add_units(self, units: Iterable[Unit], actor: Actor) -> int:
        """Units that are new; how many.  The same again changes nothing."""
        with self.book(actor) as book:
            return rounds.add_units(book, units)

    def enter(self, intake: Intake, entries: Iterable[Entry], actor: Actor) -> tuple[Outcome, ...]:
        """Orders for a list of records, one outcome each; refused records are not written."""
        with self.book(actor) as book:
            return entering.enter(book, self.topologies, intake, entries)

    def verify(
        self,
        ids: Sequence[int],
        actor: Actor,
        *,
        findings: Mapping[int, Reason] = _NO_FINDINGS,
    ) -> tuple[Outcome, ...]:
        """VERIFIED, or RETURNED by the round's rules or by what the office found elsewhere."""
        with self.book(actor) as book:
            return entering.verify(book, self.topologies, ids, findings)

    def make_batch(self, wish: batching.BatchWish, actor: Actor) -> str:
        """A batch of everybody of the unit who is verified; its number.

        The order in which they were entered is their position to the last list.
        """
        with self.book(actor) as book:
            numbers = self.test_numbers
            return batching.make_batch(book, self.topologies, wish, test_numbers=numbers)

    def give_card_numbers(self, numbers: Mapping[int, str], actor: Actor) -> None:
        """The office's card numbers for orders that wait for one."""
        with self.book(actor) as book:
            batching.give_card_numbers(book, numbers)

    def close_batch(self, number: str, actor: Actor) -> None:
        """The batch ends, its stripe data are purged.  RuleBroken while an order is not done."""
        with self.book(actor) as book:
            batching.close_batch(book, number)

    def made_elsewhere(
        self, batch: str, made: Iterable[elsewhere.MadeCard], actor: Actor
    ) -> tuple[Outcome, ...]:
        """Return data of another maker: cards of the batch that are finished; an outcome a line."""
        with self.book(actor) as book:
            return elsewhere.made_elsewhere(book, self.topologies, batch, made)

    def request_bank(self, batch: str, actor: Actor) -> tuple[int, ...]:
        """Who of the batch is asked for at the bank, in the unit's order."""
        with self.book(actor) as book:
            return banking.request_bank(book, self.topologies, batch)

    def match_bank(
        self, batch: str, answer: Iterable[banking.BankRow], actor: Actor, *, last: bool = True
    ) -> banking.Matched:
        """The bank's numbers; behind the ``last`` file people without a line go back.

        Where the bank's numbers come after its station, cards that are made are told them.
        """
        with self.book(actor) as book:
            return banking.match_bank(book, self.topologies, batch, answer, last=last)

    def purge_stripe(self, batch: str, actor: Actor) -> int:
        """Stripe data of the batch are gone; the event is the proof.  How many orders had any."""
        with self.book(actor) as book:
            return batching.purge_stripe(book, batch)

    def advance(self, ids: Sequence[int], to: OrderState, actor: Actor, *, reason: str = "") -> int:
        """A step that lists make: hand-over, delivery, overdue, recovery.  How many orders.

        Steps that a station, the bank or a person at a window makes have calls of their own.
        """
        with self.book(actor) as book:
            return moving.advance(book, self.topologies, ids, to, reason)

    def hand_over(
        self, batch: str, actor: Actor, ids: Sequence[int] | None = None
    ) -> tuple[int, ...]:
        """Cards of the batch go to the bank: those of ``ids``, or all that are ready."""
        with self.book(actor) as book:
            return moving.advance_batch(book, self.topologies, batch, OrderState.HANDED_OVER, ids)

    def deliver(
        self, batch: str, actor: Actor, ids: Sequence[int] | None = None
    ) -> tuple[int, ...]:
        """Finished cards go to their windows: those of ``ids``, or all that are ready."""
        with self.book(actor) as book:
            return moving.advance_batch(book, self.topologies, batch, OrderState.DELIVERED, ids)

    def again(self, ids: Sequence[int], actor: Actor) -> None:
        """The cause of a failure is found: another card is made."""
        with self.book(actor) as book:
            moving.again(book, self.topologies, ids)

    def send_back(self, ids: Sequence[int], reason: Reason, actor: Actor) -> None:
        """Records go back, for a reason found after they were verified."""
        with self.book(actor) as book:
            moving.send_back(book, self.topologies, ids, reason)

    def collect(self, order: int, by: Presence, actor: Actor) -> None:
        """The card is handed out at a window."""
        with self.book(actor) as book:
            holding.collect(book, self.topologies, order, by)

    def activate(self, order: int, use: Use, by: Presence, actor: Actor) -> None:
        """Social-security side, account or PIN, face to face."""
        with self.book(actor) as book:
            holding.activate(book, self.topologies, order, use, by)

    def lose(self, order: int, actor: Actor, reason: str) -> None:
        """The card is reported lost, or blocked because it is damaged."""
        with self.book(actor) as book:
            holding.lose(book, self.topologies, order, reason)

    def found_again(self, order: int, actor: Actor) -> None:
        """The report of loss is taken back."""
        with self.book(actor) as book:
            holding.found_again(book, self.topologies, order)

    def replace(
        self, order: int, actor: Actor, wish: holding.Replacement = holding.SAME_AGAIN
    ) -> int:
        """A new order in the place of a lost one, for good; its id."""
        with self.book(actor) as book:
            return holding.replace_card(book, self.topologies, order, wish)

    def cancel(
        self, order: int, actor: Actor, reason: str, *, moves_to_bank: str | None = None
    ) -> None:
        """The order or its card ends."""
        with self.book(actor) as book:
            holding.cancel(book, self.topologies, order, reason, moves_to_bank)

    def overdue(self, batch: str, before: datetime, actor: Actor) -> tuple[int, ...]:
        """Cards that have been at their windows since ``before``; which."""
        with self.book(actor) as book:
            return holding.overdue(book, self.topologies, batch, before)

    def recover(self, ids: Sequence[int], actor: Actor) -> None:
        """Overdue cards come back to the office."""
        self.advance(ids, OrderState.RECOVERED, actor)

    def add_bodies(self, received: Iterable[bodies.Body], actor: Actor) -> int:
        """Card bodies come into stock; how many."""
        with self.book(actor) as book:
            return bodies.add_bodies(book, received)

    def note_list(self, note: lists.ListNote, actor: Actor) -> bool:
        """A list came or went; False for an incoming one that was imported before."""
        with self.book(actor) as book:
            return lists.note_list(book, note)

    def balance(self) -> NumberBalance:
        """The proof that every number is accounted for."""
        with self.reading() as connection:
            return balance(connection)

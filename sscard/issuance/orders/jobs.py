"""Jobs of stations: taken, begun, finished, given back, failed, expired; each exactly once.

The order of facts is what keeps cards apart: a job is taken with its numbers before anything
happens; ``begin`` is on the disk before the first command that may change the chip; only the holder
of a lease that is not over finishes.  So of a station that died the ledger knows whether its chip
may have been touched: such a card is spoiled and never touched again, another one is made.

Clocks of stations differ: a lease should be much longer than they do.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine

from sscard.issuance.ledger import Actor, Book, LedgerKeys, reading, transaction
from sscard.issuance.orders import taking
from sscard.issuance.orders.bodies import NotThisCard
from sscard.issuance.orders.finishing import Finishing
from sscard.issuance.orders.holding import one_order
from sscard.issuance.orders.leases import Lease, all_leases, leases_over, renew_lease
from sscard.issuance.orders.people import Account
from sscard.issuance.orders.rows import MadeAfter
from sscard.issuance.orders.spoiling import (
    Expired,
    expire_one,
    give_up,
    refuse_card,
    refuse_finished,
    untouched,
)
from sscard.issuance.orders.topology import Topologies
from sscard.issuance.orders.work import Stage, Work


class Jobs:
    """Jobs of one ledger.  Every call is one transaction; any number of processes may call.

    LeaseLost: the station's lease is over or another's; NotThisCard: the reader stops; Busy:
    another reader has the job; WaitsForNumber: the office's number is missing.  All of them are
    LedgerError.  ``token`` makes the names of leases.
    """

    def __init__(
        self,
        engine: Engine,
        keys: LedgerKeys,
        topologies: Topologies,
        *,
        test_numbers: bool = False,
        token: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._engine, self._keys, self._topologies = engine, keys, topologies
        self._test_numbers, self._token = test_numbers, token

    def take(
        self,
        actor: Actor,
        seconds: float,
        *,
        body: str | None = None,
        order: int | None = None,
        made_after: MadeAfter | None = None,
    ) -> Work:
        """The job of the card in the slot, found by its body, or of an order on an unmarked body.

        State, card numbers, body and lease are one transaction.  A body that is another's, is used
        or unknown is an event and NotThisCard.  ``made_after`` is for orders without a batch.
        """
        _require_station(actor)
        wish = taking.Wish(body, order, made_after, self._test_numbers)

        def take(book: Book) -> Work:
            found = taking.order_for(book, wish)
            return taking.bind(book, self._topologies, found, wish, (seconds, self._token()))

        return self._taken(actor, take)

    def take_for_bank(self, person_hash: bytes, actor: Actor, seconds: float) -> Work:
        """The job of the person whom the hand-over area names; the card is with the bank."""
        _require_station(actor)

        def take(book: Book) -> Work:
            found = taking.at_bank(book, person_hash)
            return taking.lease(book, found, Stage.BANK, (seconds, self._token()))

        return self._taken(actor, take)

    def take_for_audit(self, card_number: str, actor: Actor, seconds: float) -> Work:
        """A card that is written on both sides and waits for its audit."""
        _require_station(actor)

        def take(book: Book) -> Work:
            found = taking.to_audit(book, self._topologies, card_number)
            return taking.lease(book, found, Stage.AUDIT, (seconds, self._token()))

        return self._taken(actor, take)

    def begin(self, work: Work, actor: Actor, **chip: str | bytes) -> None:
        """Before the first command that may change the chip: from here on expiry spoils the card.

        ``chip``: chip_lot, cos_version, blank_atr, uid, software.  ValueError for other facts.
        """
        with self._held(work, actor) as finishing:
            finishing.begin(chip)

    def renew(self, work: Work, actor: Actor, seconds: float) -> Work:
        """The lease lasts ``seconds`` from now."""
        with self._held(work, actor) as finishing:
            until = renew_lease(finishing.book, work.order.id, seconds)
            return finishing.now(until)

    def give_back(self, work: Work, actor: Actor, reason: str) -> None:
        """The chip was not touched: the job goes back.  LedgerError when it has begun."""
        with self._held(work, actor) as finishing:
            finishing.give_back(untouched, reason)

    def finish_ssse(
        self, work: Work, actor: Actor, *, keep: bool = False, **facts: Any
    ) -> Work | None:
        """The social-security side is written.  ``keep``: the lease goes on, for the next step.

        ``facts``: card_id_code, atr, kcvs.
        """
        with self._held(work, actor) as finishing:
            return finishing.ssse(facts, keep=keep)

    def finish_bank(
        self,
        work: Work,
        actor: Actor,
        *,
        closed: bool = True,
        keep: bool = True,
        account: Account | None = None,
        **facts: Any,
    ) -> Work | None:
        """The financial side is written; ``closed``: the hand-over area is, too.

        ``account`` is what the bank's data said, where the ledger did not know it.  ``facts``: atr,
        kcvs.
        """
        with self._held(work, actor) as finishing:
            return finishing.bank(facts, account, closed=closed, keep=keep)

    def finished(
        self, work: Work, actor: Actor, *, account: Account | None = None, **facts: Any
    ) -> None:
        """Financial side written, hand-over area closed, card audited where it was made: issued.

        One transaction: no card is left between the two when its station dies, because nobody but
        that station could audit it.  ``account`` and ``facts`` as for ``finish_bank``.
        """
        with self._held(work, actor) as finishing:
            finishing.bank(facts, account, closed=True, keep=True)
            finishing.audited()

    def closed(self, work: Work, actor: Actor, *, keep: bool = True) -> Work | None:
        """The hand-over area is cleared and closed."""
        with self._held(work, actor) as finishing:
            return finishing.close(keep=keep)

    def audited(self, work: Work, actor: Actor) -> None:
        """The card is what it should be: issued, its body used, the job done."""
        with self._held(work, actor) as finishing:
            finishing.audited()

    def fail(self, work: Work, reason: str, actor: Actor, *, spoiled: bool = True) -> None:
        """``spoiled``: the card is given up, another one is made.

        Otherwise the card or its audit said no: card and order are FAILED until somebody has found
        the cause and lets it go again or sends the record back.
        """
        with self._held(work, actor) as finishing:
            finishing.end(give_up if spoiled else refuse_card, reason)

    def expire(self, actor: Actor) -> tuple[Expired, ...]:
        """All jobs whose leases are over at the actor's time, and what became of them."""
        with transaction(self._engine) as connection:
            book = Book(connection, self._keys, actor)
            return tuple(expire_one(book, self._topologies, each) for each in leases_over(book))

    def leases(self) -> tuple[Lease, ...]:
        """Who works on what."""
        with reading(self._engine) as connection:
            return all_leases(connection)

    def refuse_finished(self, order: int, reason: str, actor: Actor) -> None:
        """The final check refuses an audited card: it is withdrawn, and another one is made."""
        with transaction(self._engine) as connection:
            book = Book(connection, self._keys, actor)
            refuse_finished(book, self._topologies, one_order(book, order), reason)

    @contextmanager
    def _held(self, work: Work, actor: Actor) -> Iterator[Finishing]:
        with transaction(self._engine) as connection:
            yield Finishing(Book(connection, self._keys, actor), self._topologies, work)

    def _taken(self, actor: Actor, take: Callable[[Book], Work]) -> Work:
        self.expire(actor)
        try:
            with transaction(self._engine) as connection:
                return take(Book(connection, self._keys, actor))
        except NotThisCard as mismatch:
            with transaction(self._engine) as connection:
                book = Book(connection, self._keys, actor)
                book.note("body", mismatch.body, "mismatch", {"reason": str(mismatch)})
            raise


def _require_station(actor: Actor) -> None:
    if not actor.station:
        raise ValueError("a station that takes jobs has a name")

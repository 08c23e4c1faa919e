"""Jobs of a counter out of the order book: an order, and the blank that lies in the reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sscard.errors import LedgerError
from sscard.issuance.floor import bodies
from sscard.issuance.floor.jobs import SocialJob
from sscard.issuance.floor.order_jobs import OrderEnds, numbers_of
from sscard.issuance.ledger import reading
from sscard.issuance.orders.rows import MadeAfter
from sscard.issuance.orders.work import Work


@dataclass(slots=True)
class InstantOrders(OrderEnds):
    """``order`` is that of the person at the counter."""

    city: str
    order: int
    made_after: MadeAfter

    def take(self, bank_number: str, reader: str, /) -> SocialJob:
        """The order's job, on the blank with this account.  Raises Mismatched, LedgerError."""
        with reading(self.desk.engine) as connection:
            body = bodies.blank_with(connection, self.desk.keys.number_hash(bank_number))
        actor = self.desk.actor(reader)

        def take() -> Work:
            return self.jobs.take(
                actor,
                self.held.seconds,
                body=body,
                order=self.order,
                made_after=self.made_after,
            )

        work = self.taken(reader, take)
        number, issued = work.card.card_number, numbers_of(work, self.city)
        return SocialJob(work.order.id, number, reader, work, issued, work.person.values)

    def finish(self, job: SocialJob, facts: Mapping[str, Any], /) -> None:
        """The card is complete and audited: it can be handed out."""
        actor = self.desk.actor(job.reader)
        with self.over(job):
            work = self.jobs.finish_ssse(job.held, actor, keep=True, **facts)
            if work is None:
                raise LedgerError(f"card {job.card_number}: the job is gone")
            self.jobs.audited(work, actor)

"""Jobs out of the order book for the crafts of stations: what the card in the slot says decides."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sscard.apdu.card_identity import historical_bytes
from sscard.errors import LedgerError
from sscard.issuance.floor import bodies
from sscard.issuance.floor.desk import LedgerDesk
from sscard.issuance.floor.identifiers import Reading
from sscard.issuance.floor.jobs import BankJob, Job, SocialJob
from sscard.issuance.floor.mismatches import Mismatch, Mismatched
from sscard.issuance.ledger import reading
from sscard.issuance.machines import CHINA
from sscard.issuance.orders.bodies import NotThisCard
from sscard.issuance.orders.jobs import Jobs
from sscard.issuance.orders.leases import Busy, LeaseLost
from sscard.issuance.orders.people import Account
from sscard.issuance.orders.rows import MadeAfter
from sscard.issuance.orders.spoiling import Expired
from sscard.issuance.orders.work import WaitsForNumber, Work
from sscard.perso.handover import Holder, SemiFinished
from sscard.perso.order import CardNumbers
from sscard.perso.pse import BankAccount

#: Gives a person's account where the order has none: by card number and person.
AccountOf = Callable[[Work], BankAccount]


@dataclass(slots=True)
class Held:
    """The jobs that this station's readers have now, one each; renewed before they are over."""

    jobs: Jobs
    desk: LedgerDesk
    seconds: float
    #: Hears what became of the jobs of stations that died.
    heard: Callable[[Expired], None] = lambda _expired: None
    _works: dict[str, Work] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, reader: str, work: Work) -> None:
        """A reader has this job from now on."""
        with self._lock:
            self._works[reader] = work

    def drop(self, reader: str) -> None:
        """A reader has no job any more."""
        with self._lock:
            self._works.pop(reader, None)

    def until(self, reader: str) -> datetime | None:
        """When the lease of this reader's job is over; None when it has none."""
        with self._lock:
            work = self._works.get(reader)
        return None if work is None else work.until

    def renew(self) -> Sequence[str]:
        """Renew what is more than half over; the readers whose jobs are lost.

        Jobs whose leases are over, of any station, go back or are spoiled.  Raises LedgerError when
        the ledger is away.
        """
        half = self.desk.now() + timedelta(seconds=self.seconds / 2)
        with self._lock:
            works = [(r, w) for r, w in self._works.items() if w.until < half]
        lost = [reader for reader, work in works if not self._renewed(reader, work)]
        self.expire()
        return lost

    def expire(self) -> None:
        """What is left of stations that died."""
        with self.desk.turn:
            over = self.jobs.expire(self.desk.actor())
        for each in over:
            self.heard(each)

    def _renewed(self, reader: str, work: Work) -> bool:
        actor = self.desk.actor(reader)
        with self.desk.turn:
            leases = {each.order_id: each for each in self.jobs.leases()}
            held = leases.get(work.order.id)
            if held is not None and held.token == work.token and held.until > actor.at:
                self.put(reader, self.jobs.renew(work, actor, self.seconds))
                return True
        with self._lock:  # the reader may have ended it meanwhile, itself
            lost = self._works.get(reader) is work
            if lost:
                del self._works[reader]
        return not lost


@dataclass(slots=True)
class OrderEnds:
    """How jobs of the order book go on and end."""

    jobs: Jobs
    desk: LedgerDesk
    held: Held

    def touch(self, job: Job, chip: Mapping[str, Any], /) -> None:
        """The chip is written from now on."""
        with self.desk.turn:
            self.jobs.begin(job.held, self.desk.actor(job.reader), **chip)

    def require_held(self, job: Job, /) -> None:
        """LeaseLost when the lease is over by our own clock, or was found to be taken back."""
        until = self.held.until(job.reader)
        if until is None or until <= self.desk.now():
            raise LeaseLost(f"order {job.order}: 租约已失效 the lease is over")

    def fail(self, job: Job, reason: str, /, *, spoiled: bool) -> None:
        """The card is lost."""
        with self.over(job):
            self.jobs.fail(job.held, reason, self.desk.actor(job.reader), spoiled=spoiled)

    def give_back(self, job: Job, reason: str, /) -> None:
        """Nothing was done to the chip."""
        with self.over(job):
            self.jobs.give_back(job.held, self.desk.actor(job.reader), reason)

    @contextmanager
    def over(self, job: Job) -> Iterator[None]:
        """The block ends a job: nobody renews it any more."""
        with self.desk.turn:
            yield
        self.held.drop(job.reader)

    def taken(self, reader: str, take: Callable[[], Work]) -> Work:
        """A new job for this reader.  Raises Mismatched where the ledger refuses this card."""
        try:
            with self.desk.turn:
                work = take()
        except Busy as error:
            raise Mismatched(Mismatch.TAKEN, detail=str(error)) from None
        except (NotThisCard, WaitsForNumber) as error:
            raise Mismatched(Mismatch.NOT_READY, detail=str(error)) from None
        self.held.put(reader, work)
        return work


@dataclass(slots=True)
class SocialOrders(OrderEnds):
    """Jobs of the social-security station: the card body decides.

    ``order`` is whose card is made on a body that is nobody's yet; ``made_after`` for orders
    without a batch.
    """

    city: str
    order: int | None = None
    made_after: MadeAfter | None = None

    def take(self, readings: Sequence[Reading], reader: str, /) -> SocialJob:
        """The job of the body that was read.  Raises Mismatched, LedgerError."""
        body = self._body(readings)
        actor = self.desk.actor(reader)

        def take() -> Work:
            return self.jobs.take(
                actor, self.held.seconds, body=body, order=self.order, made_after=self.made_after
            )

        work = self.taken(reader, take)
        numbers = numbers_of(work, self.city)
        card = work.card.card_number
        return SocialJob(work.order.id, card, reader, work, numbers, work.person.values)

    def finish(self, job: SocialJob, facts: Mapping[str, Any], /) -> None:
        """The social-security side is done."""
        with self.over(job):
            self.jobs.finish_ssse(job.held, self.desk.actor(job.reader), **facts)

    def _body(self, readings: Sequence[Reading]) -> str:
        with reading(self.desk.engine) as connection:
            if self.order is not None:
                return bodies.free(connection, readings)
            return bodies.bound(connection, readings, self.desk.batch).body


@dataclass(slots=True)
class BankOrders(OrderEnds):
    """Jobs of the bank station: the hand-over area decides.

    ``account_of`` gives an account where the order has none, or a number without expiry.
    """

    city: str
    account_of: AccountOf

    def take(self, card: SemiFinished, readings: Sequence[Reading], reader: str, /) -> BankJob:
        """The job of the person in the hand-over area.  Raises Mismatched, LedgerError."""
        actor = self.desk.actor(reader)
        person = self.desk.keys.person_hash(card.holder.id_number)
        seconds = self.held.seconds
        try:
            work = self.taken(reader, lambda: self.jobs.take_for_bank(person, actor, seconds))
        except Mismatched as found:
            if found.mismatch is not Mismatch.NOT_READY:
                raise
            raise Mismatched(Mismatch.NO_ORDER, detail=found.detail) from None
        number, issued = work.card.card_number, numbers_of(work, self.city)
        job = BankJob(work.order.id, number, reader, work, issued, _account(work))
        try:
            self._require_same(work, card, readings)
        except Mismatched as wrong:
            self.give_back(job, str(wrong))
            raise
        return job

    def account(self, job: BankJob, /) -> BankAccount:
        """The order's account, or the one that the bank gives now.  Raises LedgerError."""
        return job.account or self.account_of(job.held)

    def finish(self, job: BankJob, account: BankAccount, /) -> None:
        """The financial side is done, and the bank's audit agrees."""
        new = None
        if job.account is None:
            new = Account(account.number, account.expiry, account.psn)
        with self.over(job):
            self.jobs.finished(job.held, self.desk.actor(job.reader), account=new)

    def _require_same(self, work: Work, card: SemiFinished, readings: Sequence[Reading]) -> None:
        """Raises Mismatched unless everything that is known of the card is this order's."""
        number = work.card.card_number
        if work.order.batch != self.desk.batch:
            raise Mismatched(Mismatch.OTHER_BATCH, number, work.order.batch or "")
        if readings:
            with reading(self.desk.engine) as connection:
                body = bodies.owner(connection, readings, self.desk.batch)
            if body.order != work.order.id:
                raise Mismatched(Mismatch.OTHER_PERSON, body.body, f"card {number}")
        if work.card.atr is None or historical_bytes(work.card.atr) != card.historical:
            raise Mismatched(Mismatch.OTHER_CHIP, number)
        if _carried(work) != card.holder:
            raise Mismatched(Mismatch.OTHER_PERSON, number)


def _carried(work: Work) -> Holder:
    values = work.person.values
    name = str(values["name"]) + str(values.get("name_extension") or "")
    return Holder(work.person.id_number, name).as_carried()


def _account(work: Work) -> BankAccount | None:
    """The order's account, as far as a card can be made of it: some banks return numbers only."""
    known = work.account
    if known is None or not known.expiry:
        return None
    return BankAccount(work.order.bank, known.number, known.expiry, known.sequence)


def numbers_of(work: Work, city: str) -> CardNumbers:
    """The numbers of the card, issued on the day on which they were reserved."""
    card = work.card
    issued_on = card.reserved_at.astimezone(CHINA).date()
    return CardNumbers(card.card_number, card.serial, city, issued_on)


def require_profile(made_after: MadeAfter, profile: tuple[str, bytes]) -> None:
    """LedgerError unless the station makes cards after the profile that the batch has."""
    if (made_after.profile_name, made_after.profile_sha256) != profile:
        raise LedgerError(
            f"批次的配置不同 the batch is made after {made_after.profile_name} "
            f"(SHA-256 {made_after.profile_sha256.hex()[:12]}…), this station after {profile[0]} "
            f"({profile[1].hex()[:12]}…)"
        )

"""Simulated chips through the real stations, for a few of many orders."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from simulator import VirtualCard
from sscard.issuance.ledger import Actor
from sscard.issuance.machines import CHINA
from sscard.issuance.order_states import OrderState
from sscard.issuance.orders import Jobs, Orders, Work
from sscard.issuance.stations import BankStation, SocialStation
from sscard.keys.stores import load_bank, load_exchange, load_social_security
from sscard.keys.stores.certificates import load_certificates
from sscard.perso.audit import require
from sscard.perso.order import CardNumbers, CardOrder
from sscard.perso.pse import BankAccount
from sscard.profiles import load_profile

LEASE = 600
EXPIRY = "3611"


@dataclass(slots=True)
class Cards:
    """Both stations; semi-finished chips wait by card number."""

    orders: Orders
    made: int = 0
    _social: SocialStation = field(init=False)
    _bank: BankStation = field(init=False)
    _waiting: dict[str, tuple[CardOrder, VirtualCard]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        profile, exchange = load_profile("gen2"), load_exchange()
        self._social = SocialStation(
            profile, load_social_security(), exchange, "TEST-GEN2", os.urandom
        )
        self._bank = BankStation(profile, load_bank(), exchange, os.urandom, load_certificates())

    @property
    def jobs(self) -> Jobs:
        return self.orders.jobs

    def make(self, batch: str, count: int) -> None:
        """The social-security side of the first ``count`` orders that wait."""
        waiting = (OrderState.BATCHED, OrderState.BANK_MATCHED)
        ids = [each.id for each in islice(self.orders.orders_of(batch, waiting), count)]
        for order in ids:
            self._ssse(self.jobs.take(self._actor("ssse"), LEASE, order=order))

    def finish(self, batch: str) -> None:
        """The financial side and the audit of those that were handed over."""
        found = list(self.orders.orders_of(batch, (OrderState.HANDED_OVER,)))
        for order in found:
            work = self.jobs.take_for_bank(order.person_hash, self._actor("bank"), LEASE)
            self._finance(work)
            self.made += 1

    def _ssse(self, work: Work) -> None:
        chip = VirtualCard.blank()
        issued_on = work.card.reserved_at.astimezone(CHINA).date()
        numbers = CardNumbers(work.card.card_number, work.card.serial, self._social.city, issued_on)
        card = self._social.prepare(work.person.values, numbers)
        self.jobs.begin(work, self._actor("ssse"), chip_lot="TEST-GEN2")
        self._social.run(card, chip)
        facts = {"card_id_code": card.card_id_code, "atr": card.atr}
        self.jobs.finish_ssse(work, self._actor("ssse"), **facts)
        self._waiting[work.card.card_number] = card, chip

    def _finance(self, work: Work) -> None:
        order, chip = self._waiting.pop(work.card.card_number)
        card = self._bank.identify(chip)
        number = work.account.number if work.account else "6228000000000000"
        account = BankAccount("TEST", number, EXPIRY, "01", test=True)
        self.jobs.begin(work, self._actor("bank"))
        instances = self._bank.run(chip, card, account, work.card.reserved_at.date())
        done = self.jobs.finish_bank(work, self._actor("bank"))
        if done is None:
            raise SystemExit("the lease was not kept")
        require(self._social.audit(order, chip))
        require(self._bank.audit(instances, chip))
        self.jobs.audited(done, self._actor("audit"))

    @staticmethod
    def _actor(station: str) -> Actor:
        return Actor(datetime.now(CHINA), "bench", station, "0")

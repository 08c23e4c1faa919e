"""Who makes pre-made blanks (预制卡): two parts with their own keys, as the stations of a line.

No part knows of a person: blanks are known by their serial, and from the bank part on by their
account number (issuance 3, flow E).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sscard.errors import ProfileError
from sscard.issuance.stations import BankStation, SocialStation, applications
from sscard.perso import premade
from sscard.perso.findings import Finding
from sscard.perso.handover import Holder
from sscard.perso.order import CardOrder
from sscard.perso.plan import Connection, run
from sscard.perso.premade import PremadeCard
from sscard.perso.pse import BankAccount, Instance
from sscard.profiles.chips import load_chip


@dataclass(frozen=True, slots=True)
class SocialBlanks:
    """The social-security part: structure, keys, and what follows from chip and issuer."""

    station: SocialStation

    def prepare(self, serial: bytes, made_on: date) -> CardOrder:
        """Keys and values of a blank.  Raises KeyStoreError, ProfileError."""
        station = self.station
        return premade.prepare(
            station.profile,
            serial,
            made_on,
            store=station.store,
            exchange=station.exchange,
            lot=station.lot,
        )

    def rehearse(self, today: date) -> None:
        """Prepare one that is not made, so that no chip is spent on a bad set-up.

        Raises KeyStoreError, ProfileError.
        """
        self.station.rehearse(today)
        self.prepare(bytes(4), today)

    def run(self, blank: CardOrder, chip: Connection) -> None:
        """Blank chip to a card that waits for the bank."""
        profile = self.station.profile
        plan = premade.make(
            blank,
            self.station.random,
            applications=applications(profile),
            delivery=load_chip(profile.chip).instances,
        )
        run(plan, chip)

    def audit(
        self, blank: CardOrder, chip: Connection, *, after_bank: bool = True
    ) -> tuple[Finding, ...]:
        """What a fresh power-up shows, behind the bank part or before it."""
        closed = after_bank and premade.closes(self.station.profile)
        return run(premade.audit(blank, self.station.random, closed=closed), chip)


@dataclass(frozen=True, slots=True)
class BankBlanks:
    """The bank part: the financial side with its account and nobody's name."""

    station: BankStation

    @property
    def issuer(self) -> str:
        """The first 6 digits of account numbers that are made up here."""
        return self.station.issuer

    def test_account(self, number: str, opened_on: date) -> BankAccount:
        """An account of the test bank with this number."""
        return self.station.test_account(number, opened_on)

    def rehearse(self, today: date) -> None:
        """Raises KeyStoreError, ProfileError."""
        if self.station.prepared is not None:
            raise ProfileError("cards that the bank prepared by person are not pre-made blanks")
        self.station.rehearse(today)
        self._nobody()

    def identify(self, chip: Connection) -> bytes:
        """The historical bytes of a card whose hand-over area never carried anybody.

        Raises NotVerified for any other.
        """
        return run(premade.unused(self.station.profile), chip)

    def run(
        self, chip: Connection, historical: bytes, account: BankAccount, effective: date
    ) -> tuple[Instance, ...]:
        """The financial side is put on; what was put there, for the audit."""
        instances = self.station.personalize(chip, self._nobody(), account, effective)
        if premade.closes(self.station.profile):
            self.station.close(chip, historical)
        return instances

    def audit(self, instances: tuple[Instance, ...], chip: Connection) -> tuple[Finding, ...]:
        """The financial side as a terminal and the issuer's host see it."""
        return self.station.audit(instances, chip)

    def record(self, chip: Connection) -> PremadeCard:
        """What the finished blank tells everybody, for the list of pre-made stock."""
        return run(premade.identify(self.station.profile), chip)

    def _nobody(self) -> Holder:
        """Tag 5F20 of a card that has no holder, and no ID number (assumed)."""
        name = self.station.profile.bank_setting("premade_holder_name").data
        try:
            return Holder("", name.decode("gbk"))
        except UnicodeDecodeError:
            raise ProfileError("bank.premade_holder_name is not text in GBK") from None

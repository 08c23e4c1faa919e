"""The bank station's craft: the hand-over area says whose card this is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sscard.apdu.status import StatusError
from sscard.channel import SecurityLevel
from sscard.dialects.delivery import MadeBy
from sscard.errors import MalformedData, NotVerified, SscardError, TransportError
from sscard.issuance.floor.feeding import Fed
from sscard.issuance.floor.held_chip import HeldChip
from sscard.issuance.floor.identifiers import Reads
from sscard.issuance.floor.jobs import BankJob, BankJobs
from sscard.issuance.floor.mismatches import Mismatch, Mismatched
from sscard.issuance.floor.social import CARD_ERRORS
from sscard.issuance.floor.work import CardFailed, Claim
from sscard.issuance.stations import BankStation, applications
from sscard.perso import handover
from sscard.perso.audit import require
from sscard.perso.handover import SemiFinished
from sscard.perso.plan import Connection, run
from sscard.perso.pse import BankAccount, ChannelKeysDiffer, Instance, open_channel
from sscard.profiles.chips import load_chip


@dataclass(frozen=True, slots=True)
class BankClaim(Claim):
    """A semi-finished card whose person's order waits for the bank."""

    job: BankJob
    card: SemiFinished = field(repr=False)


@dataclass(frozen=True, slots=True)
class BankCraft:
    """Semi-finished card to finished card.  ``reads`` has the readers at which bodies are read."""

    station: BankStation
    jobs: BankJobs
    reads: Mapping[str, Reads]
    software: str

    def begin(self, fed: Fed, reader: str, /) -> BankClaim:
        """Read the hand-over area, and take the job of the person in it.

        Raises CardFailed when the card does not answer; Mismatched, NoMoreCards, LedgerError.
        """
        readings = self.reads[reader].of(fed) if reader in self.reads else ()
        card = self._carried(fed.chip)
        job = self.jobs.take(card, readings, reader)
        return BankClaim(job.card_number, job, card)

    def make(self, claim: Claim, fed: Fed, /) -> None:
        """Write the financial side, close the hand-over area, audit.

        Raises CardFailed, LedgerError; ChannelKeysDiffer, BankDataError, KeyStoreError with nothing
        written, when not the card is to blame.
        """
        if not isinstance(claim, BankClaim):
            raise TypeError("the claim of another station")
        job = claim.job
        chip = HeldChip(fed.chip, lambda: self.jobs.require_held(job))
        account = self._before(claim, chip)
        self.jobs.touch(job, {"software": self.software})
        try:
            instances = self.station.run(chip, claim.card, account, job.issued.issued_on)
            self._audit(instances, chip)
        except CARD_ERRORS as error:
            self.jobs.fail(job, str(error), spoiled=isinstance(error, TransportError))
            raise CardFailed(str(error)) from None
        self.jobs.finish(job, account)

    def _before(self, claim: BankClaim, chip: Connection) -> BankAccount:
        """The account; and whether chip and key store agree, as long as the job can go back."""
        try:
            account = self.jobs.account(claim.job)
            self._greet(chip)
        except CARD_ERRORS as error:
            self.jobs.give_back(claim.job, str(error))
            if isinstance(error, ChannelKeysDiffer):
                raise
            raise CardFailed(str(error)) from None
        except SscardError as error:
            self.jobs.give_back(claim.job, str(error))
            raise
        return account

    def _greet(self, chip: Connection) -> None:
        """Open the channel of the first application that is there, and leave it."""
        profile = self.station.profile
        if load_chip(profile.chip).instances.made_by is MadeBy.GP:
            return  # nothing is there yet
        name, level = applications(profile)[0], SecurityLevel.C_MAC
        plan = open_channel("PSE", name, self.station.store, self.station.random(8), level)
        run(plan, chip)

    def _carried(self, chip: Connection) -> SemiFinished:
        try:
            return self.station.identify(chip)
        except (StatusError, MalformedData) as error:
            raise Mismatched(Mismatch.CARRIES_NOBODY, detail=str(error)) from None
        except TransportError as error:
            raise CardFailed(str(error)) from None

    def _audit(self, instances: tuple[Instance, ...], chip: Connection) -> None:
        require(self.station.audit(instances, chip))
        if not run(handover.closed(self.station.profile), chip):
            raise NotVerified("the hand-over area is not closed")

"""The social-security station's craft: the body in the slot says whose chip this is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sscard.apdu.card_identity import historical_bytes
from sscard.apdu.status import StatusError
from sscard.errors import MalformedData, NotVerified, SscardError, TransportError
from sscard.issuance.floor import traced
from sscard.issuance.floor.feeding import Fed
from sscard.issuance.floor.held_chip import HeldChip
from sscard.issuance.floor.identifiers import Reads
from sscard.issuance.floor.jobs import SocialJob, SocialJobs
from sscard.issuance.floor.mismatches import Mismatch, Mismatched
from sscard.issuance.floor.work import CardFailed, Claim, LineMustHalt
from sscard.issuance.stations import SocialStation
from sscard.perso.activation import TransportKeyRefused
from sscard.perso.audit import audit, require
from sscard.perso.order import CardOrder
from sscard.perso.plan import Connection, run

#: What a single card can die of; everything else stops the station.
CARD_ERRORS = (StatusError, NotVerified, MalformedData, TransportError)


@dataclass(frozen=True, slots=True)
class SocialClaim(Claim):
    """A card whose person is known, and everything that its chip is to be told."""

    job: SocialJob
    order: CardOrder = field(repr=False)


@dataclass(frozen=True, slots=True)
class SocialCraft:
    """Blank chip to semi-finished card.  ``reads`` says for each reader how bodies are read."""

    station: SocialStation
    jobs: SocialJobs
    reads: Mapping[str, Reads]
    software: str

    def begin(self, fed: Fed, reader: str, /) -> SocialClaim:
        """Read the body, take its job, prepare its card; the chip is not touched.

        Raises Mismatched, NoMoreCards; KeyStoreError, ProfileError, LedgerError.
        """
        job = self.jobs.take(self.reads[reader].of(fed), reader)
        try:
            order = self.station.prepare(job.values, job.numbers)
        except SscardError as error:
            self.jobs.give_back(job, str(error))
            raise
        return SocialClaim(job.card_number, job, order)

    def make(self, claim: Claim, fed: Fed, /) -> None:
        """Write the chip, audit it, and tell the ledger what it is.

        Raises CardFailed, LineMustHalt; Mismatched for a chip of another lot, which is not touched;
        LedgerError.
        """
        if not isinstance(claim, SocialClaim):
            raise TypeError("the claim of another station")
        job, order = claim.job, claim.order
        chip = HeldChip(fed.chip, lambda: self.jobs.require_held(job))
        blank = self._blank(claim, chip)
        self.jobs.touch(job, traced.of_chip(order.lot, blank, self.software))
        try:
            self.station.run(order, chip)
            require(run(audit(order, self.station.random, handed_over=False), chip))
        except TransportKeyRefused as error:
            self.jobs.fail(job, str(error), spoiled=True)
            raise LineMustHalt(f"{claim.subject}: {error}") from None
        except CARD_ERRORS as error:
            self.jobs.fail(job, str(error), spoiled=isinstance(error, TransportError))
            raise CardFailed(str(error)) from None
        self.jobs.finish(job, traced.of_card(order))

    def _blank(self, claim: SocialClaim, chip: Connection) -> bytes:
        """The ATR of a blank chip of the lot."""
        try:
            answer = chip.reset()
            if historical_bytes(answer) == claim.order.lot.blank_historical:
                return answer
        except (MalformedData, TransportError) as error:
            self.jobs.give_back(claim.job, str(error))
            raise CardFailed(str(error)) from None
        wrong = Mismatched(Mismatch.WRONG_LOT, claim.subject, claim.order.lot.name)
        self.jobs.give_back(claim.job, str(wrong))
        raise wrong

"""The counter's craft (即时制卡): the account number on a pre-made blank says which blank it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from sscard.apdu.status import StatusError
from sscard.errors import MalformedData, NotVerified, SscardError, TransportError
from sscard.issuance.floor import traced
from sscard.issuance.floor.feeding import Fed
from sscard.issuance.floor.jobs import Ends, SocialJob
from sscard.issuance.floor.mismatches import Mismatch, Mismatched
from sscard.issuance.floor.social import CARD_ERRORS
from sscard.issuance.floor.work import CardFailed, Claim
from sscard.issuance.instant_station import InstantStation
from sscard.perso.audit import require
from sscard.perso.completion import AnotherCard, Completion
from sscard.perso.completion_files import IncompleteBlank, OtherHolder
from sscard.perso.premade import PremadeCard


class InstantJobs(Ends, Protocol):
    """Jobs of a counter."""

    def take(self, bank_number: str, reader: str, /) -> SocialJob:
        """The job of the person at the counter, on the blank with this account.

        Raises Mismatched, LedgerError.
        """
        ...

    def finish(self, job: SocialJob, facts: Mapping[str, Any], /) -> None:
        """The card is complete and audited."""
        ...


@dataclass(frozen=True, slots=True)
class InstantClaim(Claim):
    """A blank that is bound to the person at the counter."""

    job: SocialJob
    bound: Completion = field(repr=False)


@dataclass(slots=True)
class InstantCraft:
    """Pre-made blank to the person's card.

    ``digest`` gives what the list of stock says of a blank's financial side, by account number.  A
    card that is pulled out is waited for: the same blank goes on where it stood.
    """

    station: InstantStation
    jobs: InstantJobs
    digest: Callable[[str], bytes | None]
    software: str
    _torn: dict[str, InstantClaim] = field(default_factory=dict, repr=False)

    def begin(self, fed: Fed, reader: str, /) -> InstantClaim:
        """Read the account number, take the job, bind the person; nothing is written.

        Raises CardFailed when the card does not answer; Mismatched; KeyStoreError, ProfileError,
        LedgerError.
        """
        card = self._identified(fed)
        if (torn := self._torn.get(reader)) is not None:
            if torn.bound.bank_number != card.bank_number:
                raise Mismatched(Mismatch.OTHER_CHIP, torn.subject)
            return self._torn.pop(reader)
        job = self.jobs.take(card.bank_number, reader)
        try:
            day = job.numbers.issued_on
            bound = self.station.prepare(job.values, card, job.card_number, day)
        except SscardError as error:
            self.jobs.give_back(job, str(error))
            raise
        return InstantClaim(job.card_number, job, bound)

    def make(self, claim: Claim, fed: Fed, /) -> None:
        """Write the person, audit, and tell the ledger.

        Raises CardFailed, Mismatched, LedgerError.
        """
        if not isinstance(claim, InstantClaim):
            raise TypeError("the claim of another station")
        job, bound = claim.job, claim.bound
        chip = {"blank_atr": bound.card.atr, "software": self.software}
        self.jobs.touch(job, chip)
        try:
            self.station.complete(bound, fed.chip)
            require(self.station.audit(bound, fed.chip, self.digest(bound.bank_number)))
        except TransportError as error:
            self._torn[job.reader] = claim
            raise CardFailed(f"{error}; 请重新放入同一张卡 put the same card in again") from None
        except (AnotherCard, IncompleteBlank, OtherHolder) as error:
            self.jobs.fail(job, str(error), spoiled=True)
            raise Mismatched(Mismatch.OTHER_CHIP, claim.subject, str(error)) from None
        except CARD_ERRORS as error:
            self.jobs.fail(job, str(error), spoiled=False)
            raise CardFailed(str(error)) from None
        self.jobs.finish(job, traced.of_card(bound.card))

    def _identified(self, fed: Fed) -> PremadeCard:
        try:
            return self.station.identify(fed.chip)
        except TransportError as error:
            raise CardFailed(str(error)) from None
        except (NotVerified, StatusError, MalformedData) as error:
            raise Mismatched(Mismatch.NO_BLANK, detail=str(error)) from None

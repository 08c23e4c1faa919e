"""The production line: one person after the other through both stations, the audit, the ledger.

Each step is on the disk before the next begins.  Where a crash leaves a card, the next run finds
it: behind a station whose image was saved it goes on there, anywhere else the card is spoiled and
the person gets another number.  What the chip or its audit refuses fails that card; what the set-up
is to blame for stops the line, with the card left where it can go on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sscard.apdu.status import StatusError
from sscard.errors import MalformedData, NotVerified, SscardError, TransportError
from sscard.issuance.accounts import Accounts
from sscard.issuance.applicants import Applicant
from sscard.issuance.bank_data.error import BankDataError
from sscard.issuance.ca import AnswerAwaited, RequestRefused
from sscard.issuance.card_certificates import CardCertificates
from sscard.issuance.certificate_station import (
    CertificateStation,
    CertifiedCard,
    audit_as_delivered,
    begun_otherwise,
)
from sscard.issuance.issue_folder import IssueFolder
from sscard.issuance.issued_csv import IssuedLine
from sscard.issuance.layers import LayerRecord, supplement_of
from sscard.issuance.ledger import AccountOfFile, CardRow, Facts, Ledger, NumberTaken
from sscard.issuance.machines import CHINA, Chip, Clock, Machines, Timing
from sscard.issuance.report_data import CardResult, Outcome
from sscard.issuance.states import CardState
from sscard.issuance.stations import BankStation, SocialStation
from sscard.keys.x509 import CertificateRequest
from sscard.perso.activation import TransportKeyRefused, WrongLot
from sscard.perso.audit import require
from sscard.perso.certificates import SecretRefused, TriesKept
from sscard.perso.findings import Finding, Proofs
from sscard.perso.handover import Holder, SemiFinished
from sscard.perso.order import CardNumbers, CardOrder
from sscard.perso.pse import BankAccount, ChannelKeysDiffer, Instance

#: What a single card can die of; everything else stops the line.
_CARD_ERRORS = (StatusError, NotVerified, MalformedData, TransportError)


class LineStopped(SscardError):
    """The same failure so many times in a row that it is no longer the card's."""


class WrongCard(SscardError):
    """The card at the bank station is not the one of this job; nothing was written to it."""


class NoAuthority(SscardError):
    """Nobody can be asked for certificates; the card keeps its place and its key."""


class CertificateSecretsDiffer(SscardError):
    """The card has other certificate secrets than the lot says; it waits for the right ones."""


class _Waiting(SscardError):
    """The card cannot go on in this run and keeps its place behind the first station."""


#: What stops the line and leaves the card as it was.
_SETUP_ERRORS = (ChannelKeysDiffer, BankDataError, NoAuthority, CertificateSecretsDiffer)


@dataclass(frozen=True, slots=True)
class Job:
    """What is the same for all cards of a run.

    ``profile`` is its name and one SHA-256 over all its ``layers``, a supplement included.
    """

    batch: str
    profile: tuple[str, bytes]
    accounts: Accounts | None = None  # None: the test bank
    #: Equal failures in a row that stop the line.
    stop_after: int = 3
    #: Spoil and replace cards that were begun with another version of the profile.
    give_up_waiting: bool = False
    layers: tuple[LayerRecord, ...] = ()


@dataclass(slots=True)
class Line:
    """Everything that makes cards."""

    social: SocialStation
    bank: BankStation
    ledger: Ledger
    folder: IssueFolder
    machines: Machines
    job: Job
    now: Clock
    timing: Timing
    #: None: certificate applications stay as they came.
    certificates: CertificateStation | None = None
    #: What the audits of this run's issued cards have shown.
    proofs: Proofs = field(default_factory=Proofs)
    _stopped: SscardError | None = None

    def issue(self, applicants: Iterable[Applicant]) -> Iterator[CardResult]:
        """A result for every person and every card that was spoiled on the way.

        Raises KeyStoreError, ProfileError and NotVerified before a number is spent; then
        LedgerError, TransportKeyRefused, WrongLot, WrongCard, ChannelKeysDiffer, BankDataError,
        NoAuthority, CertificateSecretsDiffer, LineStopped, and TransportError when no card comes:
        the line stops.
        """
        self._stopped = None
        today = self.now().astimezone(CHINA).date()
        self.social.rehearse(today)
        self.bank.rehearse(today)
        if self.certificates is not None:
            self.certificates.rehearse(self.now())
        last, times = "", 0
        for applicant in applicants:
            for result in self._person(applicant):
                yield result
                if self._stopped is not None:
                    raise self._stopped
                if result.outcome is Outcome.FAILED:
                    times = times + 1 if result.detail == last else 1
                    last = result.detail
                elif result.outcome is Outcome.ISSUED:
                    times = 0
            if times >= self.job.stop_after:
                raise LineStopped(f"{times} cards in a row failed in the same way: {last}")

    def _person(self, applicant: Applicant) -> Iterator[CardResult]:
        person = self.social.store.person_hash(applicant.id_number)
        row = self.ledger.live_card(person)
        if row and row.state is CardState.ISSUED:
            yield _issued_before(applicant, row)
            return
        try:
            waiting = self._waiting_chip(row) if row else None
            chip = waiting or self._blank()
            if row and not waiting:
                yield self._spoil(applicant, row)
                row = None
            row = row or self._reserve(applicant, person)
            yield self._card(applicant, row, chip, blank=waiting is None)
        except (NumberTaken, _Waiting) as reason:
            number = row.card_number if row else None
            yield CardResult(applicant.row, number, Outcome.WAITING, str(reason))

    def _blank(self) -> Chip:
        """A blank chip, before a number is taken for it: a reader may have to wait for one."""
        with self.timing.of("ssse"):
            return self.machines.blank()

    def _waiting_chip(self, row: CardRow) -> Chip | None:
        """The chip behind the first station, None when there is none to go on with."""
        path = self.folder.pending_image(row.card_number)
        if row.state is not CardState.SSSE_DONE or not path.exists():
            return None
        if (row.profile_name, row.profile_sha256) != self.job.profile:
            if self.job.give_up_waiting:
                return None
            raise _Waiting(
                f"it was begun with another version of profile {row.profile_name}, or another "
                f"supplement (SHA-256 of both {row.profile_sha256.hex()[:12]}…): use those, or "
                "--give-up-waiting"
            )
        try:
            chip = self.machines.waiting(path)
        except MalformedData:
            return None
        declared, station = self.social.profile.certificates, self.certificates
        with self.timing.of("certificates" if station else "bank"):
            reason = begun_otherwise(declared, station, chip, self.now())
        if reason is None or self.job.give_up_waiting:
            return chip if reason is None else None
        raise _Waiting(reason)

    def _spoil(self, applicant: Applicant, row: CardRow) -> CardResult:
        reason = "interrupted half-done"
        self._give_up(row.card_number, CardState.SPOILED, reason)
        return CardResult(applicant.row, row.card_number, Outcome.SPOILED, reason)

    def _reserve(self, applicant: Applicant, person: bytes) -> CardRow:
        accounts = self.job.accounts
        return self.ledger.reserve(
            person,
            wanted_number=applicant.card_number,
            batch=applicant.batch_number or self.job.batch,
            profile=self.job.profile,
            layers=self.job.layers,
            bank_number=accounts.by_person[applicant.id_number].bank_number if accounts else None,
            at=self.now(),
            district=self.social.district,
        )

    def _card(self, applicant: Applicant, row: CardRow, chip: Chip, *, blank: bool) -> CardResult:
        started = self.timing.clock()
        number = row.card_number
        try:
            with self.timing.of("prepare"):
                order = self.social.prepare(applicant.values, _numbers(row, self.social.city))
            if blank:
                self._social_station(order, chip)
            certified = self._certificate_station(order, chip, blank=blank)
            account, instances = self._bank_station(order, chip)
            self._audit(order, certified, instances, chip)
            told = certified.told if certified else None
            self._finish(applicant, order, account, told, chip)
        except (TransportKeyRefused, WrongLot) as error:
            self._give_up(number, CardState.SPOILED, str(error))
            return self._stop(error, CardResult(applicant.row, number, Outcome.SPOILED, str(error)))
        except WrongCard as error:
            self._give_up(number, CardState.FAILED, str(error))
            return self._stop(error, CardResult(applicant.row, number, Outcome.FAILED, str(error)))
        except _SETUP_ERRORS as error:
            # Nothing was written: it waits for the right store, or for the bank's right file.
            return self._stop(error, CardResult(applicant.row, number, Outcome.WAITING, str(error)))
        except _CARD_ERRORS as error:
            self._give_up(number, CardState.FAILED, str(error))
            return CardResult(applicant.row, number, Outcome.FAILED, str(error))
        seconds = self.timing.clock() - started
        return CardResult(applicant.row, number, Outcome.ISSUED, seconds=seconds, certificates=told)

    def _stop(self, error: SscardError, result: CardResult) -> CardResult:
        """Let the card stand in the report before the line stops."""
        self._stopped = error
        return result

    def _social_station(self, order: CardOrder, chip: Chip) -> None:
        number = order.numbers.card_number
        with self.timing.of("ssse"):
            self.social.run(order, chip)
        self._keep(number, chip)
        with self.timing.of("save"):
            self.ledger.advance(number, CardState.SSSE_DONE, self.now(), station="social-security")

    def _certificate_station(
        self, order: CardOrder, chip: Chip, *, blank: bool
    ) -> CertifiedCard | None:
        """The card is kept with its key before anybody is asked, and with its certificates after.

        So a later run asks again for the same key, which gets the same answer.
        """
        station, number = self.certificates, order.numbers.card_number
        if station is None:
            return None
        if not blank:
            self._identified(order, chip)
        try:
            with self.timing.of("certificates"):
                request = station.make_key(order, chip)
            self._keep(number, chip)
            certified = self._asked(station, request)
            with self.timing.of("certificates"):
                station.write(certified, chip, self.now())
        except (SecretRefused, TriesKept, TransportError) as error:
            if self.job.give_up_waiting and not blank:
                raise
            if isinstance(error, TransportError):  # a card of plastic that was pulled out
                raise _Waiting(f"{error}; 下次继续 the next run goes on with it") from None
            raise CertificateSecretsDiffer(f"{error}; 未写入 nothing was written") from None
        self._keep(number, chip)
        return certified

    def _asked(self, station: CertificateStation, request: CertificateRequest) -> CertifiedCard:
        """The authority's answer; a card whose answer is late, refused or wrong waits."""
        try:
            with self.timing.of("ca"):
                return station.ask(request, self.now())
        except (AnswerAwaited, RequestRefused) as reason:
            raise _Waiting(str(reason)) from None
        except (NotVerified, MalformedData) as reason:
            raise _Waiting(f"证书答复不符 the CA's answer does not fit: {reason}") from None
        except (SscardError, OSError) as error:  # a share that is away, a disk that is full
            raise NoAuthority(f"证书CA certificate authority: {error}") from None

    def _keep(self, number: str, chip: Chip) -> None:
        with self.timing.of("save"):
            chip.save(self.folder.pending_image(number))

    def _identified(self, order: CardOrder, chip: Chip) -> SemiFinished:
        """What the card says of itself, when it is this job's.  Raises WrongCard."""
        card = self.bank.identify(chip)
        carried = Holder(order.id_number, order.name).as_carried()
        if card.historical != order.historical or card.holder != carried:
            raise WrongCard(
                f"the card in the machine is not card {order.numbers.card_number}: "
                "its hand-over area or ATR is another's"
            )
        return card

    def _bank_station(
        self, order: CardOrder, chip: Chip
    ) -> tuple[BankAccount, tuple[Instance, ...]]:
        """The card decides whose account it gets; a card of another job stops the line."""
        with self.timing.of("bank"):
            card = self._identified(order, chip)
            account = self._account(order.numbers, card.holder.id_number)
            return account, self.bank.run(chip, card, account, order.numbers.issued_on)

    def _account(self, numbers: CardNumbers, id_number: str) -> BankAccount:
        """The person's account, claimed in the ledger before the chip is told of it."""
        number = numbers.card_number
        if self.job.accounts is None:
            try:
                pan = self.ledger.allocate_test_account(number, self.now(), self.bank.issuer)
            except AccountOfFile:
                raise _Waiting("its account is the bank's: run with --bank-accounts") from None
            return self.bank.test_account(pan, numbers.issued_on)
        account = self.job.accounts.by_person.get(id_number)
        if account is None:
            raise _Waiting("the bank has no account for the person in the hand-over area")
        self.ledger.claim_account(number, account.bank_number, self.now())
        return BankAccount(account.bank, account.bank_number, account.expiry, account.psn)

    def _audit(
        self,
        order: CardOrder,
        certified: CertifiedCard | None,
        instances: tuple[Instance, ...],
        chip: Chip,
    ) -> None:
        with self.timing.of("audit"):
            social = self.social.audit(order, chip)
            require(social)  # a card that is another one is not offered the other PINs
            certificates = self._audited(certified, chip)
            require(certificates)
            bank = self.bank.audit(instances, chip)
            require(bank)
            self.proofs.add((*social, *certificates, *bank))

    def _audited(self, certified: CertifiedCard | None, chip: Chip) -> tuple[Finding, ...]:
        if self.certificates is not None and certified is not None:
            return self.certificates.audit(certified, chip, self.now())
        return audit_as_delivered(self.social.profile, chip)

    def _finish(
        self,
        applicant: Applicant,
        order: CardOrder,
        account: BankAccount,
        certificates: CardCertificates | None,
        chip: Chip,
    ) -> None:
        number = order.numbers.card_number
        with self.timing.of("save"):
            chip.save(self.folder.image(number))
            supplement = supplement_of(self.job.layers)
            line = IssuedLine(
                card_number=number,
                name=applicant.name,
                id_number=applicant.id_number,
                card_id_code=order.card_id_code,
                atr=order.atr,
                bank_number=account.number,
                issued_at=self.now(),
                profile=self.job.profile,
                supplement_sha256=supplement.sha256 if supplement else None,
            )
            facts = Facts(card_id_code=line.card_id_code, atr=line.atr)
            self.folder.finish(self.ledger, line, certificates, **facts)

    def _give_up(self, number: str, state: CardState, reason: str) -> None:
        self.ledger.advance(number, state, self.now(), reason=reason)
        self.folder.bury(number)


def _issued_before(applicant: Applicant, row: CardRow) -> CardResult:
    other = applicant.card_number not in (None, row.card_number)
    detail = f"ALREADY_ISSUED: the list has card number {applicant.card_number}" if other else ""
    return CardResult(applicant.row, row.card_number, Outcome.ISSUED_BEFORE, detail)


def _numbers(row: CardRow, city: str) -> CardNumbers:
    issued_on = row.reserved_at.astimezone(CHINA).date()
    return CardNumbers(row.card_number, row.serial, city, issued_on)

"""The production line: one person after the other through both stations, the audit, the ledger.

Each step is on the disk before the next begins.  Where a crash leaves a card, the next run finds
it: behind a station whose image was saved it goes on there, anywhere else the card is spoiled and
the person gets another number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Protocol

from sscard.apdu.status import StatusError
from sscard.errors import MalformedData, NotVerified, TransportError
from sscard.issuance.accounts import Accounts
from sscard.issuance.applicants import Applicant
from sscard.issuance.issue_folder import IssueFolder
from sscard.issuance.issued_csv import IssuedLine
from sscard.issuance.ledger import Ledger
from sscard.issuance.ledger_schema import CardRow
from sscard.issuance.ledger_steps import NumberTaken
from sscard.issuance.report_data import CardResult, Outcome
from sscard.issuance.states import CardState
from sscard.issuance.stations import BankStation, SocialStation, account_of_test_bank
from sscard.perso.activation import TransportKeyRefused, WrongLot
from sscard.perso.audit import require
from sscard.perso.findings import Finding
from sscard.perso.order import CardNumbers, CardOrder
from sscard.perso.plan import Connection
from sscard.perso.pse import BankAccount, Instance

#: Dates on cards are those of the place where they are issued.
CHINA = timezone(timedelta(hours=8), "UTC+8")

#: What a single card can die of; everything else stops the line.
_CARD_ERRORS = (StatusError, NotVerified, MalformedData, TransportError)


class Chip(Connection, Protocol):
    """A card in a machine of the line, whose state between the stations can be kept."""

    def save(self, path: Path, /) -> None:
        """Keep the card as it is now."""
        ...


@dataclass(frozen=True, slots=True)
class Machines:
    """Where chips come from: a blank one, or the one that waited behind the first station."""

    blank: Callable[[], Chip]
    waiting: Callable[[Path], Chip]


@dataclass(slots=True)
class Timing:
    """Seconds per phase, summed over all cards.  ``clock`` counts seconds."""

    clock: Callable[[], float]
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    @contextmanager
    def of(self, phase: str) -> Iterator[None]:
        """Add the time that the block takes."""
        started = self.clock()
        try:
            yield
        finally:
            self.seconds[phase] += self.clock() - started


@dataclass(slots=True)
class Line:
    """Everything that makes cards.  ``now`` gives aware times; accounts None = the test bank."""

    social: SocialStation
    bank: BankStation
    ledger: Ledger
    folder: IssueFolder
    machines: Machines
    accounts: Accounts | None
    batch: str
    now: Callable[[], datetime]
    timing: Timing
    #: The findings about the last card that was audited, for the report.
    findings: tuple[Finding, ...] = ()

    def issue(self, applicants: Iterable[Applicant]) -> Iterator[CardResult]:
        """A result for every person and every card that was spoiled on the way.

        Raises TransportKeyRefused, WrongLot (the line stops), KeyStoreError, LedgerError.
        """
        for applicant in applicants:
            yield from self._person(applicant)

    def _person(self, applicant: Applicant) -> Iterator[CardResult]:
        person = self.social.store.person_hash(applicant.id_number)
        row = self.ledger.live_card(person)
        if row and row.state is CardState.ISSUED:
            yield CardResult(applicant.row, row.card_number, Outcome.ISSUED_BEFORE)
            return
        chip = self._waiting(row) if row else None
        if row and not chip:
            self._give_up(row.card_number, CardState.SPOILED, "interrupted half-done")
            yield CardResult(
                applicant.row, row.card_number, Outcome.SPOILED, "interrupted half-done"
            )
        if not row or not chip:
            try:
                row = self._reserve(applicant, person)
            except NumberTaken as taken:
                yield CardResult(applicant.row, None, Outcome.FAILED, str(taken))
                return
        yield self._card(applicant, row, chip)

    def _waiting(self, row: CardRow) -> Chip | None:
        """The chip behind the first station, None when there is none to go on with."""
        path = self.folder.pending_image(row.card_number)
        if row.state is not CardState.SSSE_DONE or not path.exists():
            return None
        try:
            return self.machines.waiting(path)
        except (MalformedData, TransportError):
            return None

    def _reserve(self, applicant: Applicant, person: bytes) -> CardRow:
        account = self.accounts.by_person[applicant.id_number] if self.accounts else None
        return self.ledger.reserve(
            person,
            wanted_number=applicant.card_number,
            batch=applicant.batch_number or self.batch,
            bank_number=account.bank_number if account else None,
            at=self.now(),
        )

    def _card(self, applicant: Applicant, row: CardRow, chip: Chip | None) -> CardResult:
        started = self.timing.clock()
        number = row.card_number
        try:
            with self.timing.of("prepare"):
                order = self.social.prepare(applicant.values, _numbers(row, self.social.city))
            chip = chip or self._social_station(order)
            account, instances = self._bank_station(order, chip)
            self._audit(order, instances, chip)
            self._finish(applicant, order, account, chip)
        except (TransportKeyRefused, WrongLot) as error:
            self._give_up(number, CardState.SPOILED, str(error))
            raise
        except _CARD_ERRORS as error:
            self._give_up(number, CardState.FAILED, str(error))
            return CardResult(applicant.row, number, Outcome.FAILED, str(error))
        seconds = self.timing.clock() - started
        return CardResult(applicant.row, number, Outcome.ISSUED, seconds=seconds)

    def _social_station(self, order: CardOrder) -> Chip:
        number = order.numbers.card_number
        with self.timing.of("ssse"):
            chip = self.machines.blank()
            self.social.run(order, chip)
        with self.timing.of("save"):
            chip.save(self.folder.pending_image(number))
            self.ledger.advance(number, CardState.SSSE_DONE, self.now(), station="social-security")
        return chip

    def _bank_station(
        self, order: CardOrder, chip: Chip
    ) -> tuple[BankAccount, tuple[Instance, ...]]:
        with self.timing.of("bank"):
            card = self.bank.identify(chip)
            account = self._account(order.numbers, card.holder.id_number)
            return account, self.bank.run(chip, card, account, order.numbers.issued_on)

    def _account(self, numbers: CardNumbers, id_number: str) -> BankAccount:
        if self.accounts is None:
            number = self.ledger.allocate_test_account(numbers.card_number)
            return account_of_test_bank(number, numbers.issued_on)
        account = self.accounts.by_person.get(id_number)
        if account is None:
            raise NotVerified("the bank has no account for the person in the hand-over area")
        return BankAccount(account.bank, account.bank_number, account.expiry, account.psn)

    def _audit(self, order: CardOrder, instances: tuple[Instance, ...], chip: Chip) -> None:
        with self.timing.of("audit"):
            self.findings = (*self.social.audit(order, chip), *self.bank.audit(instances, chip))
            require(self.findings)

    def _finish(
        self, applicant: Applicant, order: CardOrder, account: BankAccount, chip: Chip
    ) -> None:
        number = order.numbers.card_number
        with self.timing.of("save"):
            chip.save(self.folder.image(number))
            line = IssuedLine(
                card_number=number,
                name=applicant.name,
                id_number=applicant.id_number,
                card_id_code=order.card_id_code,
                atr=order.atr,
                bank_number=account.number,
                issued_at=self.now(),
            )
            self.folder.finish(
                self.ledger,
                line,
                card_id_code=line.card_id_code,
                atr=line.atr,
                bank_number=line.bank_number,
                account_source="test" if account.test else "file",
            )

    def _give_up(self, number: str, state: CardState, reason: str) -> None:
        self.ledger.advance(number, state, self.now(), reason=reason)
        self.folder.pending_image(number).unlink(missing_ok=True)


def _numbers(row: CardRow, city: str) -> CardNumbers:
    issued_on = row.reserved_at.astimezone(CHINA).date()
    return CardNumbers(row.card_number, row.serial, city, issued_on)

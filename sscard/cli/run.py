"""One run of ``sscard personalize``: lists, stores, ledger and chips joined into a line."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from sscard import __version__
from sscard.cli import progress, summary
from sscard.cli.chips import AtReader, machines
from sscard.cli.declared import Declared, Signed, declared
from sscard.cli.interruption import noted_interruption
from sscard.cli.line_time import LineReport, MeteredTiming, metered
from sscard.cli.lists import BankData, Folders, read_register
from sscard.cli.stores import (
    Stores,
    certified,
    load_stores,
    require_production,
    with_authority,
    with_issuers,
)
from sscard.errors import ApplicantError, LedgerError
from sscard.issuance.accounts import Accounts
from sscard.issuance.applicants import Applicant, Register
from sscard.issuance.bank_data.matching import Matched
from sscard.issuance.bank_data.returned import write_returned
from sscard.issuance.card_keys import CardKeys, KeysAhead
from sscard.issuance.certificate_station import CertificateStation
from sscard.issuance.issue_folder import IssueFolder, open_folder
from sscard.issuance.ledger import Ledger, LedgerKeys
from sscard.issuance.line import Job, Line
from sscard.issuance.machines import CHINA, Machines
from sscard.issuance.policies import policies
from sscard.issuance.rejects import write_rejects
from sscard.issuance.report import write_report
from sscard.issuance.report_data import (
    AuditSummary,
    CardResult,
    Counts,
    Outcome,
    Phase,
    RejectCount,
    RunReport,
)
from sscard.issuance.states import CardState
from sscard.issuance.stations import BankStation, SocialStation
from sscard.keys import SUITES, SocialSecurityStore
from sscard.keys.stores import load_social_security
from sscard.perso.findings import Proof
from sscard.profiles import Profile
from sscard.profiles.chips import load_chip
from sscard.profiles.not_modelled import left_blank
from sscard.transport.line import LineOptions

_PHASES = {
    "prepare": ("密钥与数据准备", "keys and data"),
    "ssse": ("社保工位", "social-security station"),
    "certificates": ("证书工位", "certificate station"),
    "ca": ("证书CA", "certificate authority"),
    "bank": ("银行工位", "bank station"),
    "audit": ("审核", "audit"),
    "save": ("存盘与台账", "images and ledger"),
}


@dataclass(frozen=True, slots=True)
class Selection:
    """Of the people in the list, the one in this ``row``, and ``count`` new cards at most."""

    row: int | None = None
    count: int | None = None

    def of(self, register: Register, source: Path) -> Register:
        """The register with nobody else.  Raises ApplicantError when the row is not in it."""
        if self.row is None:
            return register
        people = tuple(each for each in register.applicants if each.row == self.row)
        back = tuple(each for each in register.rejections if each.row == self.row)
        if not people and not back:
            raise ApplicantError(
                f"{source.name}: 无第{self.row}行 row {self.row} is not in the list"
            )
        return replace(register, applicants=people, rejections=back)


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line said.  ``stores``: social security, bank, exchange."""

    applicants: Path
    out: Path
    profile: str
    bank_accounts: Path | None
    batch: str
    stores: tuple[Path | None, Path | None, Path | None]
    production: bool
    give_up_waiting: bool
    as_json: bool
    signed: Signed = field(default_factory=Signed)
    folders: Folders = field(default_factory=Folders)
    bank_data: BankData | None = None
    card_issuers: Path | None = None
    certificates: bool = False
    #: None: the TEST CA.
    ca: Path | None = None
    #: None: the slowest, at 372/1, and the report is one sentence.
    line: LineOptions | None = None
    stations: int = 1
    selection: Selection = Selection()
    #: None: simulated chips.
    at: AtReader | None = None


@dataclass(slots=True)
class Run:
    """What came of it so far."""

    options: Options
    made_after: Declared
    stores: Stores
    register: Register
    accounts: Accounts | None
    started_at: datetime
    matched: Matched | None = None
    certificates: CertificateStation | None = None
    results: list[CardResult] = field(default_factory=list)
    timing: MeteredTiming = field(default_factory=lambda: MeteredTiming(time.perf_counter))
    looked_at: int = 0
    elapsed: float = 0.0

    @property
    def profile(self) -> Profile:
        """The profile with all that lies on it."""
        return self.made_after.profile

    @property
    def line_report(self) -> LineReport:
        """What the audited cards would have cost on the line."""
        made = sum(result.outcome is Outcome.ISSUED for result in self.results)
        return LineReport(self.line, self.timing.meter, made, self.options.stations)

    @property
    def line(self) -> LineOptions:
        """The line that is reckoned with."""
        return self.options.line or LineOptions("contact")

    @property
    def eligible(self) -> int:
        """People who are to have a card when this run ends."""
        everybody = self.options.selection.count is None
        return len(self.register.applicants) if everybody else self.looked_at

    def people(self) -> Iterator[Applicant]:
        """One after the other, until there are as many new cards as are wanted."""
        count = self.options.selection.count
        for each in self.register.applicants:
            issued = sum(result.outcome is Outcome.ISSUED for result in self.results)
            if count is not None and issued >= count:
                return
            self.looked_at += 1
            yield each


def issue_all(options: Options) -> bool:
    """Whether every eligible person has an audited card now.

    Raises ApplicantError, ProfileError, KeyStoreError, LedgerError, and what ``Line.issue`` raises:
    the report is written also then, and the same command goes on where it stopped.
    """
    run = _prepared(options)
    summary.announce_test_keys(run.stores.test)
    with (
        open_folder(options.out) as folder,
        _ledger(folder, run.stores.social) as ledger,
        KeysAhead() as rsa_keys,
        _machines(run) as made_by,
    ):
        summary.warn(folder.reconcile(ledger))
        kept = folder.run_folder(run.started_at)
        for path in (folder.rejects, kept / folder.rejects.name):
            write_rejects(path, run.register.rejections)
        for path in (folder.bank_returned, kept / folder.bank_returned.name):
            if run.matched:
                write_returned(path, run.matched.returned)
        line = _line(run, ledger, folder, made_by, CardKeys(rsa=rsa_keys))
        try:
            _work(run, line)
        except BaseException:
            with suppress(OSError, LedgerError):  # what stopped the line matters more
                stopped = _report(run, line, ledger, folder, kept)
                if options.as_json:  # a program learns what came of the cards also then
                    summary.show(stopped, folder, run.line_report, as_json=True)
            raise
        report = _report(run, line, ledger, folder, kept)
    summary.show(
        report, folder, run.line_report, as_json=options.as_json, table=options.line is not None
    )
    if run.matched and not options.as_json:
        summary.show_bank_data(run.matched, folder)
    return report.complete


def _ledger(folder: IssueFolder, store: SocialSecurityStore) -> Ledger:
    folder.require_ledger()
    return Ledger.open(folder.ledger, LedgerKeys.of(store))


def _prepared(options: Options) -> Run:
    """Everything that can be wrong before ``--out`` is touched."""
    made_after = declared(options.profile, options.signed)
    profile = made_after.profile
    stores = load_stores(*options.stores, SUITES[profile.suite])
    if options.certificates:
        stores = with_authority(stores, profile, options.ca)
    if options.bank_data is None or options.card_issuers:  # a bank that prepares cards signs them
        stores = with_issuers(stores, profile, options.card_issuers)
    if options.production:
        bank_file = options.bank_data.file if options.bank_data else None
        require_production(stores, made_after, options.bank_accounts or bank_file)
    certificates = _certificate_station(stores, profile)
    register, accounts = read_register(
        options.applicants, profile, options.bank_accounts, options.folders
    )
    matched = None
    if options.bank_data:
        matched = options.bank_data.match(register, accounts, profile, stores.bank, options.out)
        register, accounts = matched.register, matched.accounts
    register = options.selection.of(register, options.applicants)
    return Run(
        options=options,
        made_after=made_after,
        stores=certified(stores, profile, options.card_issuers, accounts),
        register=register,
        accounts=accounts,
        started_at=datetime.now(CHINA),
        matched=matched,
        certificates=certificates,
    )


def _certificate_station(stores: Stores, profile: Profile) -> CertificateStation | None:
    """What can be wrong with it is wrong before anything else is begun."""
    if stores.authority is None:
        return None
    lot = stores.social.lot(load_chip(profile.chip).lot)
    return CertificateStation.of(profile, lot, stores.authority, os.urandom)


def _work(run: Run, line: Line) -> None:
    started = time.perf_counter()
    total = len(run.register.applicants)
    try:
        with noted_interruption() as interruption:
            results = line.issue(run.people())
            for result in progress.followed(results, total, quiet=run.options.as_json):
                run.results.append(result)
                if interruption.requested:
                    raise KeyboardInterrupt
    finally:
        run.elapsed = time.perf_counter() - started


def _machines(run: Run) -> AbstractContextManager[Machines]:
    chip = load_chip(run.profile.chip)
    if run.options.production:
        chip = chip.without_signing()  # nobody knows the real command
    # The simulated chip maker has keys of its own: what the station holds must fit, not follow.
    simulated = load_social_security(None, SUITES[chip.suite]).lot(chip.lot)
    return machines(chip, simulated, lambda: run.stores.social.lot(chip.lot), run.options.at)


def _metered(run: Run, made_by: Machines) -> Machines:
    """The same machines, with everything that is said measured."""
    lot = run.stores.social.lot(load_chip(run.profile.chip).lot)
    return metered(made_by, run.line, lot.blank_historical, run.timing.meter)


def _line(run: Run, ledger: Ledger, folder: IssueFolder, made_by: Machines, keys: CardKeys) -> Line:
    profile, stores = run.profile, run.stores
    lot = load_chip(profile.chip).lot
    return Line(
        social=SocialStation(profile, stores.social, stores.exchange, lot, os.urandom),
        bank=BankStation(
            profile,
            stores.bank,
            stores.exchange,
            os.urandom,
            stores.issuers,
            card_keys=keys,
            prepared=run.matched,
        ),
        ledger=ledger,
        folder=folder,
        machines=_metered(run, made_by),
        job=Job(
            run.options.batch,
            (profile.name, run.made_after.sha256),
            run.accounts,
            give_up_waiting=run.options.give_up_waiting,
            layers=run.made_after.layers,
        ),
        now=lambda: datetime.now(CHINA),
        timing=run.timing,
        certificates=run.certificates,
    )


def _report(run: Run, line: Line, ledger: Ledger, folder: IssueFolder, kept: Path) -> RunReport:
    report = _described(run, line, ledger)
    for path in (folder.report, kept / folder.report.name):
        write_report(path, report)
    return report


def _described(run: Run, line: Line, ledger: Ledger) -> RunReport:
    outcomes = Counter(result.outcome for result in run.results)
    states = ledger.counts()
    counts = Counts(
        eligible=run.eligible,
        issued_now=outcomes[Outcome.ISSUED],
        issued_before=outcomes[Outcome.ISSUED_BEFORE],
        waiting=outcomes[Outcome.WAITING],
        failed=outcomes[Outcome.FAILED],
        rejected=len(run.register.rejected_rows),
        spoiled=outcomes[Outcome.SPOILED],
        failed_total=states[CardState.FAILED],
        spoiled_total=states[CardState.SPOILED],
    )
    return RunReport(
        source=run.options.applicants.name,
        profile_name=run.profile.name,
        profile_sha256=run.made_after.sha256,
        layers=run.made_after.layers,
        software=f"sscard {__version__}",
        started_at=run.started_at,
        elapsed=run.elapsed,
        counts=counts,
        cards=(*run.results, *_rejected(run.register)),
        rejects=_reject_counts(run.register),
        phases=tuple(Phase(*_PHASES[p], s) for p, s in run.timing.seconds.items()),
        key_stores=run.stores.described,
        assumed=run.profile.unconfirmed(),
        audit=AuditSummary(
            by_reading=line.proofs.by(Proof.READING, Proof.REFUSAL),
            by_authentication=line.proofs.by(
                Proof.AUTHENTICATION, Proof.MACED_COMMAND, Proof.SIGNATURE, Proof.TRANSACTION
            ),
            not_proven=line.proofs.by(Proof.NOT_PROVEN),
        ),
        policies=policies(
            run.profile, [each.row for each in run.register.applicants if each.respelled]
        ),
        not_modelled=run.profile.not_modelled(),
        left_blank=() if run.certificates else left_blank(run.profile.certificates),
    )


def _rejected(register: Register) -> list[CardResult]:
    codes: dict[int, list[str]] = {}
    for each in register.rejections:
        codes.setdefault(each.row, []).append(each.code.value)
    return [
        CardResult(row, None, Outcome.REJECTED, ", ".join(found)) for row, found in codes.items()
    ]


def _reject_counts(register: Register) -> tuple[RejectCount, ...]:
    counted = Counter(each.code for each in register.rejections)
    return tuple(
        RejectCount(code.value, code.zh, code.en, count) for code, count in counted.most_common()
    )

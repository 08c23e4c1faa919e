"""One run of ``sscard personalize``: lists, stores, ledger and chips joined into a line."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from simulator import VirtualCard
from sscard import __version__
from sscard.cli import progress, summary
from sscard.cli.lists import read_register
from sscard.cli.stores import Stores, load_stores, require_production
from sscard.issuance.accounts import Accounts
from sscard.issuance.applicants import Applicant, Register
from sscard.issuance.issue_folder import IssueFolder, open_folder
from sscard.issuance.ledger import Ledger
from sscard.issuance.line import CHINA, Line, Machines, Timing
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
from sscard.keys.stores import load_social_security
from sscard.perso.findings import Finding, Proof
from sscard.profiles import Profile, load_profile
from sscard.profiles.chips import load_chip
from sscard.profiles.loader import profile_sha256

_PHASES = {
    "prepare": ("密钥与数据准备", "keys and data"),
    "ssse": ("社保工位", "social-security station"),
    "bank": ("银行工位", "bank station"),
    "audit": ("审核", "audit"),
    "save": ("存盘与台账", "images and ledger"),
}


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
    as_json: bool


@dataclass(slots=True)
class Run:
    """What came of it so far."""

    options: Options
    profile: Profile
    stores: Stores
    register: Register
    started_at: datetime
    results: list[CardResult] = field(default_factory=list)
    timing: Timing = field(default_factory=lambda: Timing(time.perf_counter))
    findings: tuple[Finding, ...] = ()
    elapsed: float = 0.0


def issue_all(options: Options) -> bool:
    """Whether every eligible person has an audited card now.

    Raises ApplicantError, ProfileError, KeyStoreError, LedgerError, TransportKeyRefused, WrongLot:
    nothing is lost, the report is written also then.
    """
    profile = load_profile(options.profile)
    stores = load_stores(*options.stores)
    if options.production:
        require_production(stores, profile)
    register, accounts = read_register(options.applicants, profile, options.bank_accounts)
    run = Run(options, profile, stores, register, datetime.now(CHINA))
    if not options.as_json:
        summary.announce_test_keys(stores.test)
    identity = (profile.name, profile_sha256(options.profile))
    with open_folder(options.out) as folder:
        write_rejects(folder.rejects, register.rejections)
        with Ledger.open(folder.ledger, profile=identity) as ledger:
            summary.warn(folder.reconcile(ledger))
            line = _line(run, ledger, folder, accounts)
            try:
                _work(run, line)
            finally:
                report = _report(run, ledger, identity[1])
                write_report(folder.report, report)
    summary.show(report, folder, as_json=options.as_json)
    return report.complete


def _work(run: Run, line: Line) -> None:
    started = time.perf_counter()
    people: Iterable[Applicant] = run.register.applicants
    results = line.issue(people)
    try:
        for result in progress.followed(
            results, len(run.register.applicants), quiet=run.options.as_json
        ):
            run.results.append(result)
    finally:
        run.elapsed = time.perf_counter() - started
        run.findings = line.findings


def _line(run: Run, ledger: Ledger, folder: IssueFolder, accounts: Accounts | None) -> Line:
    profile, stores = run.profile, run.stores
    chip = load_chip(profile.chip)
    social = SocialStation(profile, stores.social, stores.exchange, chip.lot, os.urandom)
    # The simulated chip maker has keys of its own: what the station holds must fit, not follow.
    lot = load_social_security(None).lot(chip.lot)
    return Line(
        social=social,
        bank=BankStation(profile, stores.bank, stores.exchange, os.urandom),
        ledger=ledger,
        folder=folder,
        machines=Machines(lambda: VirtualCard.blank(chip, lot=lot), VirtualCard.load),
        accounts=accounts,
        batch=run.options.batch,
        now=lambda: datetime.now(CHINA),
        timing=run.timing,
    )


def _report(run: Run, ledger: Ledger, profile_hash: bytes) -> RunReport:
    outcomes = Counter(result.outcome for result in run.results)
    states = ledger.counts()
    rejected = run.register.rejected_rows
    counts = Counts(
        eligible=len(run.register.applicants),
        issued_now=outcomes[Outcome.ISSUED],
        issued_before=outcomes[Outcome.ISSUED_BEFORE],
        failed=states[CardState.FAILED],
        rejected=len(rejected),
        spoiled=states[CardState.SPOILED],
    )
    return RunReport(
        profile_name=run.profile.name,
        profile_sha256=profile_hash,
        software=f"sscard {__version__}",
        started_at=run.started_at,
        elapsed=run.elapsed,
        counts=counts,
        cards=(*run.results, *_rejected(run.register)),
        rejects=_reject_counts(run.register),
        phases=tuple(Phase(*_PHASES[p], s) for p, s in run.timing.seconds.items()),
        key_stores=run.stores.described,
        assumed=run.profile.unconfirmed(),
        audit=_audit_summary(run.findings),
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


def _audit_summary(findings: tuple[Finding, ...]) -> AuditSummary:
    def by(*proofs: Proof) -> tuple[str, ...]:
        return tuple(finding.subject for finding in findings if finding.proof in proofs)

    return AuditSummary(
        by_reading=by(Proof.READING),
        by_authentication=by(Proof.AUTHENTICATION, Proof.MACED_COMMAND),
        not_proven=by(Proof.NOT_PROVEN),
    )

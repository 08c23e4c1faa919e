"""What a report of a run says: plain values, without names, ID numbers or accounts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sscard.issuance.card_certificates import CardCertificates
from sscard.issuance.layers import LayerRecord
from sscard.issuance.policies import Policy
from sscard.profiles.not_modelled import Remark


class Outcome(Enum):
    """What became of one row; the value is (Chinese, English)."""

    ISSUED = ("已发放", "issued")
    ISSUED_BEFORE = ("此前已发放", "issued before")
    WAITING = ("等待", "waiting")
    FAILED = ("失败", "failed")
    SPOILED = ("作废", "spoiled")
    REJECTED = ("退回", "rejected")


@dataclass(frozen=True, slots=True)
class CardResult:
    """One line of the table.  ``row`` counts as a spreadsheet does: the header is row 1.

    A row has more than one line when a card was spoiled and replaced.  ``detail``: reason codes
    or what the card said, never anything about the person.
    """

    row: int
    card_number: str | None
    outcome: Outcome
    detail: str = ""
    seconds: float | None = None
    #: Of a card that was issued with them.
    certificates: CardCertificates | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many.  People: eligible, issued, waiting, rejected.  Cards: failed,
    spoiled.

    All are of this run, except the totals, which are those of the ledger.
    """

    eligible: int
    issued_now: int
    issued_before: int
    waiting: int
    failed: int
    rejected: int
    spoiled: int
    failed_total: int
    spoiled_total: int


@dataclass(frozen=True, slots=True)
class RejectCount:
    """How many records one reason sent back."""

    code: str
    reason_zh: str
    reason_en: str
    count: int


@dataclass(frozen=True, slots=True)
class Phase:
    """Seconds spent in one phase, summed over all cards."""

    name_zh: str
    name_en: str
    seconds: float


@dataclass(frozen=True, slots=True)
class KeyStore:
    """A key store of the run: what it is for, where it was, whether its keys are public."""

    role_zh: str
    role_en: str
    source: str
    test: bool


@dataclass(frozen=True, slots=True)
class AuditSummary:
    """What the audit shows about every issued card, by kind of proof; names of things."""

    by_reading: tuple[str, ...]
    by_authentication: tuple[str, ...]
    not_proven: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunReport:
    """Everything ``render`` puts on the page.

    ``source``: file name of the list.  ``elapsed``: seconds, the whole run.
    """

    source: str
    profile_name: str
    profile_sha256: bytes
    software: str
    started_at: datetime
    elapsed: float
    counts: Counts
    cards: tuple[CardResult, ...]
    rejects: tuple[RejectCount, ...]
    phases: tuple[Phase, ...]
    key_stores: tuple[KeyStore, ...]
    assumed: tuple[str, ...]
    audit: AuditSummary
    policies: tuple[Policy, ...] = ()
    #: The files that the profile consists of, the lowest first; ``profile_sha256`` is over all.
    layers: tuple[LayerRecord, ...] = ()
    #: What the profile declares and the cards do not do yet.
    not_modelled: tuple[Remark, ...] = ()
    #: What the chips have and this run has not written.
    left_blank: tuple[Remark, ...] = ()

    @property
    def cards_per_second(self) -> float:
        """Cards issued per second of this run; 0 when it issued none."""
        return self.counts.issued_now / self.elapsed if self.elapsed > 0 else 0.0

    @property
    def certified(self) -> Counter[str]:
        """Cards of this run with certificates, by who issued these."""
        return Counter(card.certificates.issuer for card in self.cards if card.certificates)

    @property
    def complete(self) -> bool:
        """Whether every eligible person has an audited card."""
        return self.counts.issued_now + self.counts.issued_before >= self.counts.eligible

    @property
    def test_keys(self) -> bool:
        """Whether any key store is a TEST store."""
        return any(store.test for store in self.key_stores)

"""What a report of a batch says: plain values, without names, ID numbers or accounts of people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sscard.issuance.ledger.verification import Head
from sscard.issuance.order_states import OrderState
from sscard.issuance.production_states import BatchState, BodyState
from sscard.issuance.reports.fees import FeeSum
from sscard.issuance.reports.reconciliation import Reconciliation
from sscard.issuance.reports.throughput import Throughput
from sscard.issuance.reports.yields import Loss, Yield
from sscard.issuance.states import CardState


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """What the batch is.  A run without batches has a number and cards, and None elsewhere."""

    number: str
    round: str | None = None
    unit: str | None = None
    unit_name: str | None = None
    region: str | None = None
    flow: str | None = None
    bank: str | None = None
    profile_name: str | None = None
    profile_sha256: bytes | None = None
    state: BatchState | None = None
    expected: int | None = None
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One event about a card or another thing."""

    seq: int
    at: datetime
    kind: str
    subject: str
    what: str
    before: str
    after: str
    operator: str
    station: str
    reader: str
    facts: str


@dataclass(frozen=True, slots=True)
class LostCard:
    """A spoiled or failed card, and everything that happened to it, oldest first."""

    card_number: str
    state: CardState
    reason: str
    lot: str
    body: str
    body_state: BodyState | None
    station: str
    reader: str
    operator: str
    at: datetime
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One check of the quality gates: first article, patrol, final."""

    what: str
    subject: str
    passed: bool
    by: str
    at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class DeadBody:
    """A card body that no holder gets: for a test, spoiled, destroyed by one before another."""

    body: str
    lot: str
    party: str
    state: BodyState
    at: datetime
    destroyed_by: str
    witness: str

    @property
    def signed(self) -> bool:
        """Whether two people signed for it."""
        return bool(self.destroyed_by and self.witness and self.destroyed_by != self.witness)


@dataclass(frozen=True, slots=True)
class BatchReport:
    """Everything that is known about a batch at ``taken_at``."""

    facts: BatchFacts
    taken_at: datetime
    #: The end of the chain of events then; ``verify-ledger --expect`` takes it.
    head: Head
    orders: tuple[tuple[OrderState, int], ...]
    cards: tuple[tuple[CardState, int], ...]
    #: Why orders went aside: reason and how many.
    returned: tuple[tuple[str, int], ...]
    overall: Yield
    yields: tuple[Yield, ...]
    losses: tuple[Loss, ...]
    throughput: Throughput
    lost: tuple[LostCard, ...]
    checks: tuple[Check, ...]
    dead: tuple[DeadBody, ...]
    reconciliation: Reconciliation
    fees: tuple[FeeSum, ...]
    #: How many lost cards there are in all; ``lost`` may be the first of them.
    lost_total: int = 0

"""The stock of bodies and chips: what each party has of each lot, and every movement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sscard.issuance.ledger.schema.words import Movement


@dataclass(frozen=True, slots=True)
class Moved:
    """One movement, as it was booked."""

    id: int
    at: datetime
    party: str
    batch: str
    item: str
    lot: str
    movement: Movement
    quantity: int
    counterparty: str
    signed_by: str
    note: str


@dataclass(frozen=True, slots=True)
class Summed:
    """Movements of one kind of one lot at one party, added up; of counts the last one."""

    party: str
    item: str
    lot: str
    movement: Movement
    quantity: int


@dataclass(frozen=True, slots=True)
class Holding:
    """What a party has of one lot."""

    party: str
    item: str
    lot: str
    received: int
    issued: int
    handed_over: int
    rejected: int
    test: int
    spoiled: int
    destroyed: int
    counted: int | None

    @property
    def remaining(self) -> int:
        """What must be there by the books."""
        gone = self.issued + self.handed_over + self.rejected + self.test + self.spoiled
        return self.received - gone

    @property
    def to_destroy(self) -> int:
        """Dead pieces that still lie there."""
        return self.test + self.spoiled - self.destroyed


def holdings(sums: Iterable[Summed]) -> tuple[Holding, ...]:
    """Put the sums of each lot at each party side by side."""
    found: dict[tuple[str, str, str], dict[Movement, int]] = {}
    for each in sums:
        found.setdefault((each.party, each.item, each.lot), {})[each.movement] = each.quantity
    return tuple(_holding(*place, found[place]) for place in sorted(found))


def _holding(party: str, item: str, lot: str, of: dict[Movement, int]) -> Holding:
    return Holding(
        party,
        item,
        lot,
        received=of.get(Movement.RECEIVED, 0),
        issued=of.get(Movement.ISSUED, 0),
        handed_over=of.get(Movement.HANDED_OVER, 0),
        rejected=of.get(Movement.REJECTED, 0),
        test=of.get(Movement.TEST, 0),
        spoiled=of.get(Movement.SPOILED, 0),
        destroyed=of.get(Movement.DESTROYED, 0),
        counted=of.get(Movement.COUNTED),
    )

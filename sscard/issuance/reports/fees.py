"""Fees for replacements and subsidies (issuance 3, flow D)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self


@dataclass(frozen=True, slots=True)
class Fee:
    """One fee.  ``settled_in`` is the name of its settlement, "" while there is none."""

    id: int
    at: datetime
    what: str
    party: str
    order: int
    card_number: str
    batch: str
    amount_fen: int
    settled_in: str


@dataclass(frozen=True, slots=True)
class FeeSum:
    """Fees of one kind that one party pays: how many, how much, and in which settlement."""

    what: str
    party: str
    count: int
    amount_fen: int
    settled_in: str | None = None

    def with_one(self, amount_fen: int) -> Self:
        """One fee more."""
        return replace(self, count=self.count + 1, amount_fen=self.amount_fen + amount_fen)

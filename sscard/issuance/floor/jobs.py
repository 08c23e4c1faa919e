"""Jobs as the crafts of stations ask for them; what lies behind is the order book."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sscard.issuance.floor.identifiers import Reading
from sscard.perso.handover import SemiFinished
from sscard.perso.order import CardNumbers
from sscard.perso.pse import BankAccount


@dataclass(frozen=True, slots=True)
class Job:
    """One card to be made, held for one reader until its lease ends.

    ``held`` is what the order book knows it by.
    """

    order: int
    card_number: str
    reader: str
    held: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class SocialJob(Job):
    """``values`` are the person's, by element."""

    numbers: CardNumbers
    values: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class BankJob(Job):
    """``account`` is None where the bank gives one only now."""

    issued: CardNumbers
    account: BankAccount | None = field(repr=False)


class Ends(Protocol):
    """How any job goes on and ends.  Everything raises LedgerError."""

    def touch(self, job: Any, chip: Mapping[str, Any], /) -> None:
        """The chip is written from now on: the job cannot go back.  ``chip`` says which it is."""
        ...

    def require_held(self, job: Any, /) -> None:
        """LeaseLost when the job is no longer this reader's; asks no ledger."""
        ...

    def fail(self, job: Any, reason: str, /, *, spoiled: bool) -> None:
        """The card is lost.  ``spoiled``: another is made; else somebody finds the cause first."""
        ...

    def give_back(self, job: Any, reason: str, /) -> None:
        """Nothing was done to the chip: somebody else may have the job."""
        ...


class SocialJobs(Ends, Protocol):
    """Jobs of the social-security station."""

    def take(self, readings: Sequence[Reading], reader: str, /) -> SocialJob:
        """The job of the card body that was read.  Raises Mismatched, LedgerError."""
        ...

    def finish(self, job: SocialJob, facts: Mapping[str, Any], /) -> None:
        """The social-security side is done."""
        ...


class BankJobs(Ends, Protocol):
    """Jobs of the bank station."""

    def take(self, card: SemiFinished, readings: Sequence[Reading], reader: str, /) -> BankJob:
        """The job of the person in the hand-over area.

        ``readings`` are those of the body, none where nobody reads it.  Raises Mismatched,
        LedgerError.
        """
        ...

    def account(self, job: BankJob, /) -> BankAccount:
        """The person's account, in the ledger before the chip is told of it."""
        ...

    def finish(self, job: BankJob, account: BankAccount, /) -> None:
        """The financial side is done, the hand-over area is closed, the bank's audit agrees."""
        ...

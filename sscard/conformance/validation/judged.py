"""What a validation says of one thing about a card."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, unique

from sscard.conformance.report.page import Words
from sscard.perso.findings import Proof

NOTHING = Words("", "")


@unique
class Verdict(Enum):
    """How a finding came out."""

    AGREES = "agrees"
    DIFFERS = "differs"
    NOT_PROVEN = "not proven"


@dataclass(frozen=True, slots=True)
class Judged:
    """One thing: where it belongs, its name for programs and for people, and how it came out.

    ``expected`` and ``read`` are as people read them; a ``personal`` value is for nobody who did
    not ask for it, and neither ever prints.  ``why`` is there where something is not proven.
    """

    part: str
    subject: str
    words: Words
    verdict: Verdict
    proof: Proof
    expected: str = field(default="", repr=False)
    read: str = field(default="", repr=False)
    personal: bool = False
    why: Words = NOTHING


def verdict_of(proof: Proof, agrees: bool) -> Verdict:
    """The audit's way of saying it."""
    if proof is Proof.NOT_PROVEN:
        return Verdict.NOT_PROVEN
    return Verdict.AGREES if agrees else Verdict.DIFFERS


def differing(judged: Iterable[Judged]) -> tuple[Judged, ...]:
    """What is wrong with the card."""
    return tuple(each for each in judged if each.verdict is Verdict.DIFFERS)

"""What the audit found out about a card, and how it knows (decision 23)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, unique


@unique
class Proof(Enum):
    """How a fact about the card was shown, from outside."""

    READING = "reading"
    AUTHENTICATION = "authentication"
    MACED_COMMAND = "MACed command"
    #: It made a signature, or has one, that leads to a key which is known to be right.
    SIGNATURE = "signature"
    #: Its part in a transaction is one that its issuer accepts.
    TRANSACTION = "transaction"
    #: It was tried without the right and with it: refused, then granted.
    REFUSAL = "refusal"
    NOT_PROVEN = "not proven"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact: what it is about (never its value), how it was shown, whether it agrees.

    What was read, and what should have been, are beside it where there is something to compare:
    records of a file, or one answer.  Two findings are the same fact whatever was read.
    """

    subject: str
    proof: Proof
    agrees: bool = True
    expected: tuple[bytes, ...] | None = field(default=None, repr=False, compare=False)
    read: tuple[bytes, ...] | None = field(default=None, repr=False, compare=False)


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """One finding for each subject, in the order of the first; it agrees when all of them do.

    So it is the first that does not agree, if there is one.
    """
    told: dict[tuple[str, Proof], Finding] = {}
    for each in findings:
        fact = each.subject, each.proof
        if fact not in told or (told[fact].agrees and not each.agrees):
            told[fact] = each
    return tuple(told.values())


@dataclass(slots=True)
class Proofs:
    """What may be said about all cards of a run: proven only what was proven on every one."""

    _common: dict[Finding, None] | None = None
    _open: dict[Finding, None] = field(default_factory=dict)

    def add(self, findings: Iterable[Finding]) -> None:
        """Take one audited card into account."""
        found = tuple(findings)
        self._open |= {each: None for each in found if each.proof is Proof.NOT_PROVEN}
        proven = {
            each: None for each in found if each.agrees and each.proof is not Proof.NOT_PROVEN
        }
        before = proven if self._common is None else self._common
        self._common = {each: None for each in before if each in proven}

    def by(self, *proofs: Proof) -> tuple[str, ...]:
        """The subjects that were shown in one of these ways, in the order of the audit.

        Proven: on every card that was added.  NOT_PROVEN: open on at least one of them.
        """
        known = (*(self._common or ()), *self._open)
        return tuple(finding.subject for finding in known if finding.proof in proofs)

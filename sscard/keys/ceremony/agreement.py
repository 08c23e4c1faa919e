"""The two-person rule: a master is divided only when two different custodians sign for it.

What they sign names the ceremony, the key, how it is divided and among whom, and the last entry of
the record, so that no signature serves twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from sscard.keys.ceremony.canonical import canonical
from sscard.keys.ceremony.errors import CeremonyError, WrongEntry
from sscard.keys.ceremony.fields import (
    CheckValue,
    KeyName,
    Name,
    Recorded,
    Signature,
    Version,
)
from sscard.keys.ceremony.label import MOST, Form
from sscard.keys.ceremony.people import Person, PersonalPassphrase

#: Custodians who must agree.
NEEDED = 2


class Export(Recorded):
    """A key, and how it is to be divided among whom."""

    key: KeyName
    version: Version
    kcv: CheckValue
    form: Form
    threshold: Annotated[int, Field(ge=2, le=MOST)]
    custodians: Annotated[tuple[Name, ...], Field(min_length=2, max_length=MOST)]


class Consent(Recorded):
    """One custodian's signature for an export."""

    custodian: Name
    signature: Signature


@dataclass(frozen=True, slots=True)
class Proposal:
    """An export at one place in one record; ``previous`` is the hash of the entry before."""

    ceremony: str
    previous: bytes
    roster: tuple[Person, ...]
    export: Export

    def consent(
        self, name: str, passphrase: PersonalPassphrase, before: Sequence[Consent] = ()
    ) -> Consent:
        """A custodian's consent.

        Raises WrongEntry for a wrong passphrase, somebody who is no custodian, and for the person
        who has agreed already.
        """
        person = self.require_other(name, before)
        signature = person.sign_in(passphrase).sign(self._statement())
        return Consent(custodian=name, signature=signature)

    def require_other(self, name: str, before: Sequence[Consent] = ()) -> Person:
        """The custodian, before a passphrase is typed.  Raises WrongEntry as ``consent`` does."""
        person = self._person(name)
        if name in (each.custodian for each in before):
            raise WrongEntry(f"{name} has agreed already: the other must be another person")
        return person

    def agreed(self, consents: Sequence[Consent]) -> Agreement:
        """The agreement.  Raises CeremonyError unless two different custodians signed this."""
        return Agreement(self, tuple(consents))

    def require(self, consents: Sequence[Consent]) -> None:
        """Raises CeremonyError unless ``consents`` are those of two different custodians."""
        people = [self._person(each.custodian) for each in consents]
        if len({person.public_key for person in people}) < NEEDED or len(people) != NEEDED:
            raise CeremonyError(f"{NEEDED} different custodians must agree to an export")
        for person, each in zip(people, consents, strict=True):
            if not person.signed(self._statement(), each.signature):
                raise CeremonyError(f"{person.name} did not sign for this export")

    def _person(self, name: str) -> Person:
        for person in self.roster:
            if person.name == name:
                return person
        # What was typed is not repeated: it may be a passphrase, typed one question too early.
        names = ", ".join(person.name for person in self.roster)
        raise WrongEntry(f"no custodian of ceremony {self.ceremony} (there are {names})")

    def _statement(self) -> bytes:
        return canonical(
            {
                "what": "sscard ceremony export",
                "ceremony": self.ceremony,
                "previous": self.previous.hex(),
                "export": self.export.model_dump(mode="json"),
            }
        )


@dataclass(frozen=True, slots=True)
class Agreement:
    """A proposal to which two agreed.  Raises CeremonyError when they did not."""

    proposal: Proposal
    consents: tuple[Consent, ...]

    def __post_init__(self) -> None:
        self.proposal.require(self.consents)

    @property
    def export(self) -> Export:
        """What they agreed to."""
        return self.proposal.export

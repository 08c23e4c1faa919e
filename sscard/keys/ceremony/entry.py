"""One entry of the ceremony record, and the rule by which entries follow each other."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, ValidationError

from sscard.keys.ceremony.canonical import canonical
from sscard.keys.ceremony.errors import CeremonyError, RecordDamaged
from sscard.keys.ceremony.fields import Hash, Name, Recorded, Signature
from sscard.keys.ceremony.minutes import Minutes
from sscard.keys.ceremony.people import Person, Signer
from sscard.keys.ceremony.steps import (
    Closed,
    Combined,
    Exported,
    Made,
    Mended,
    Opened,
    Recovered,
    Stored,
)

#: What the first entry has for the hash of the one before it.
START = bytes(32)

Step = Annotated[
    Opened | Made | Exported | Combined | Recovered | Stored | Mended | Closed,
    Field(discriminator="what"),
]


class Entry(Recorded):
    """One line of the record."""

    number: Annotated[int, Field(ge=1)]
    time: AwareDatetime
    who: Name
    previous: Hash
    step: Step
    signature: Signature

    @classmethod
    def parse(cls, line: bytes) -> Self:
        """The entry in a line without its end.  Raises RecordDamaged."""
        try:
            entry = cls.model_validate_json(line)
        except ValidationError as error:
            place = ".".join(map(str, error.errors()[0]["loc"])) or "the line"
            raise RecordDamaged(f"no entry of a ceremony: {place} is wrong") from None
        if entry.line != line:
            raise RecordDamaged("edited: it is not written as sscard writes it")
        return entry

    @property
    def line(self) -> bytes:
        """The entry as it stands in the file, without the line's end."""
        return canonical(self.model_dump(mode="json"))

    @property
    def hash(self) -> bytes:
        """What the next entry refers to: SHA-256 of the line without its end."""
        return sha256(self.line).digest()

    def signed_by(self, signer: Signer) -> Self:
        """The same entry with a signature over all the rest of it."""
        return self.model_copy(update={"signature": signer.sign(self._statement())})

    def require_signed(self, officer: Person) -> None:
        """Raises RecordDamaged when it is not the officer's."""
        if self.who != officer.name or not officer.signed(self._statement(), self.signature):
            raise RecordDamaged(f"edited, or not signed with the officer's key ({officer.name})")

    def _statement(self) -> bytes:
        return canonical(self.model_dump(mode="json", exclude={"signature"}))


@dataclass(frozen=True, slots=True)
class Chain:
    """Where a record stands after some entries."""

    count: int
    minutes: Minutes

    @property
    def head(self) -> bytes:
        """The hash of the last entry."""
        return self.minutes.head

    @classmethod
    def begin(cls, first: Entry) -> Chain:
        """Behind the first entry.  Raises RecordDamaged, CeremonyError."""
        opened = first.step
        if not isinstance(opened, Opened) or (first.number, first.previous) != (1, START):
            raise RecordDamaged("a record begins with the entry `opened`: lines are gone before it")
        first.require_signed(opened.officer)
        minutes = opened.minutes()
        minutes.head = first.hash
        return cls(1, minutes)

    def then(self, entry: Entry) -> Chain:
        """Behind one more.  Raises RecordDamaged, or CeremonyError for a step that cannot come."""
        entry.require_signed(self.minutes.officer)
        if (entry.number, entry.previous) != (self.count + 1, self.head):
            raise RecordDamaged(
                "it does not follow the line before: a line was taken out, put in or moved"
            )
        minutes = copy.deepcopy(self.minutes)
        if minutes.closed:
            raise CeremonyError(f"ceremony {minutes.ceremony} is closed")
        entry.step.enter(minutes)
        minutes.head = entry.hash
        return Chain(entry.number, minutes)

    def next(self, step: Step, officer: Signer, now: datetime) -> Entry:
        """The entry for ``step`` that would come here, signed."""
        return Entry(
            number=self.count + 1,
            time=now,
            who=self.minutes.officer.name,
            previous=self.head,
            step=step,
            signature=bytes(64),
        ).signed_by(officer)


def opening(opened: Opened, officer: Signer, now: datetime) -> Entry:
    """The first entry of a record, signed."""
    return Entry(
        number=1,
        time=now,
        who=opened.officer.name,
        previous=START,
        step=opened,
        signature=bytes(64),
    ).signed_by(officer)

"""What a ceremony has come to: what the entries of its record say when they are put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sscard.keys.ceremony.errors import CeremonyError
from sscard.keys.ceremony.label import Form, Label
from sscard.keys.ceremony.people import Person
from sscard.keys.operations import KeyReference

#: Sets that one ceremony can make: two digits on a label.
MOST_SETS = 99


@dataclass(frozen=True, slots=True)
class Part:
    """Who holds a component or share; a share has no check value of its own."""

    custodian: str
    kcv: bytes | None


@dataclass(slots=True)
class PartSet:
    """The components or shares of one key that were made together."""

    number: int
    key: KeyReference
    kind: str
    form: Form
    threshold: int
    total: int
    #: The key's check value; None while its components were made one by one.
    kcv: bytes | None
    parts: dict[int, Part] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether all parts were made."""
        return len(self.parts) == self.total

    def add(self, number: int, part: Part) -> None:
        """Note one more part.  Raises CeremonyError for a number or a custodian that has one."""
        if number in self.parts or number > self.total:
            raise CeremonyError(
                f"{self.form.word} {number} of set {self.number:02} was made already, or there are "
                f"only {self.total}; is its sheet lost, begin the set anew"
            )
        if part.custodian in (each.custodian for each in self.parts.values()):
            raise CeremonyError(
                f"{part.custodian} holds one of set {self.number:02} already: nobody holds two"
            )
        self.parts[number] = part

    def label(self, ceremony: str, number: int) -> Label:
        """The label of one of its sheets.  Raises CeremonyError when it was not made."""
        part = self.parts.get(number)
        kcv = part and (part.kcv or self.kcv)
        if not kcv:
            raise CeremonyError(f"{self.form.word} {number} of set {self.number:02} was not made")
        return Label(
            self.form,
            self.kind,
            ceremony,
            self.number,
            number,
            self.threshold,
            self.total,
            kcv,
        )


@dataclass(slots=True)
class Minutes:
    """The state of a ceremony after some entries of its record."""

    ceremony: str
    title: str
    officer: Person
    custodians: tuple[Person, ...]
    #: The hash of the last entry.
    head: bytes = b""
    sets: list[PartSet] = field(default_factory=list)
    #: Check values of keys on the way to a store that have not got there.
    pending: dict[KeyReference, bytes] = field(default_factory=dict)
    stored: dict[KeyReference, bytes] = field(default_factory=dict)
    closed: bool = False

    def require_custodians(self, names: Sequence[str]) -> None:
        """Raises CeremonyError, with the name, for somebody who is none, or is named twice."""
        known = {each.name for each in self.custodians}
        for name in names:
            if name not in known:
                raise CeremonyError(f"{name} is no custodian of ceremony {self.ceremony}")
        if len(set(names)) < len(names):
            raise CeremonyError("each custodian holds one: a name is there twice")

    def set_numbered(self, number: int) -> PartSet:
        """A set by its number, from 1.  Raises CeremonyError."""
        if not 1 <= number <= len(self.sets):
            raise CeremonyError(f"ceremony {self.ceremony} has no set {number:02}")
        return self.sets[number - 1]

    def next_set(self) -> int:
        """The number of a new set.  Raises CeremonyError when there are 99."""
        if len(self.sets) == MOST_SETS:
            raise CeremonyError(f"ceremony {self.ceremony} has {MOST_SETS} sets: open another")
        return len(self.sets) + 1

    def components_of(self, key: KeyReference) -> PartSet | None:
        """The latest set of components that was begun for a key here."""
        sets = (each for each in reversed(self.sets) if each.form is Form.COMPONENT)
        return next((each for each in sets if each.key == key), None)

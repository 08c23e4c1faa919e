"""The steps of a ceremony, as its record has them, and what each of them presupposes.

Check values, names and numbers stand in them; a field for a value there is not.  ``enter`` changes
the minutes, or raises CeremonyError for a step that cannot come here.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sscard.keys.ceremony.agreement import Consent, Export, Proposal
from sscard.keys.ceremony.errors import CeremonyError
from sscard.keys.ceremony.fields import (
    CeremonyId,
    CheckValue,
    KeyName,
    KindWord,
    Name,
    Recorded,
    Version,
)
from sscard.keys.ceremony.label import MOST, Form
from sscard.keys.ceremony.minutes import Minutes, Part, PartSet
from sscard.keys.ceremony.people import Person
from sscard.keys.operations import KeyReference

Count = Annotated[int, Field(ge=2, le=MOST)]
SetNumber = Annotated[int, Field(ge=1, le=99)]
SheetNumber = Annotated[int, Field(ge=1, le=MOST)]


class Opened(Recorded):
    """The first entry: who is in charge, who may hold something."""

    what: Literal["opened"] = "opened"
    ceremony: CeremonyId
    title: Name
    officer: Person
    custodians: Annotated[tuple[Person, ...], Field(min_length=2, max_length=MOST)]
    software: Name

    def minutes(self) -> Minutes:
        """What a ceremony begins with.  Raises CeremonyError when somebody is there twice."""
        people = (self.officer, *self.custodians)
        if len({each.name for each in people}) < len(people):
            raise CeremonyError("a name is there twice; the officer holds nothing")
        if len({each.public_key for each in people}) < len(people):
            raise CeremonyError("two people have the same key")
        return Minutes(self.ceremony, self.title, self.officer, self.custodians)

    def enter(self, minutes: Minutes) -> None:
        """Nothing can be opened twice."""
        raise CeremonyError(f"ceremony {minutes.ceremony} was opened before")


class _OfKey(Recorded):
    key: KeyName
    version: Version
    kind: KindWord

    @property
    def reference(self) -> KeyReference:
        """The key, by name and version."""
        return KeyReference(self.key, self.version)


class MadePart(Recorded):
    """A component and who holds it."""

    number: SheetNumber
    custodian: Name
    kcv: CheckValue


class Made(_OfKey):
    """Components of a new key; all at once, or one more of a set that was begun."""

    what: Literal["made"] = "made"
    set_number: SetNumber
    total: Count
    kcv: CheckValue | None
    parts: Annotated[tuple[MadePart, ...], Field(min_length=1, max_length=MOST)]

    def enter(self, minutes: Minutes) -> None:
        """A new set, or one that is not complete."""
        minutes.require_custodians([each.custodian for each in self.parts])
        part_set = self._begun(minutes)
        for each in self.parts:
            part_set.add(each.number, Part(each.custodian, each.kcv))

    def _begun(self, minutes: Minutes) -> PartSet:
        if self.set_number == len(minutes.sets) + 1:
            minutes.sets.append(
                PartSet(
                    self.set_number,
                    self.reference,
                    self.kind,
                    Form.COMPONENT,
                    self.total,
                    self.total,
                    self.kcv,
                )
            )
        found = minutes.set_numbered(self.set_number)
        ours = (self.reference, self.kind, Form.COMPONENT, self.total, self.kcv)
        if (found.key, found.kind, found.form, found.total, found.kcv) != ours:
            raise CeremonyError(
                f"set {self.set_number:02}, which was begun, is of {found.total} {found.kind} "
                f"components of {found.key.name}: it is not of this key, or begin it anew"
            )
        return found


class Exported(Recorded):
    """A key was given out of its store and divided, to which two agreed."""

    what: Literal["exported"] = "exported"
    set_number: SetNumber
    kind: KindWord
    export: Export
    #: Check values of components; shares have none.
    part_kcvs: tuple[CheckValue, ...]
    consents: tuple[Consent, ...]

    def enter(self, minutes: Minutes) -> None:
        """A new set, with two custodians' signatures over it at this place of the record."""
        export = self.export
        minutes.require_custodians(export.custodians)
        roster = minutes.custodians
        Proposal(minutes.ceremony, minutes.head, roster, export).require(self.consents)
        if self.set_number != len(minutes.sets) + 1:
            raise CeremonyError(f"set {self.set_number:02} does not follow the last one")
        total = len(export.custodians)
        made = PartSet(
            self.set_number,
            KeyReference(export.key, export.version),
            self.kind,
            export.form,
            export.threshold,
            total,
            export.kcv,
        )
        kcvs = self.part_kcvs if export.form is Form.COMPONENT else (None,) * total
        for number, (custodian, kcv) in enumerate(
            zip(export.custodians, kcvs, strict=True), start=1
        ):
            made.add(number, Part(custodian, kcv))
        minutes.sets.append(made)


class Combined(_OfKey):
    """A key was put together from typed components; the set is None for those of others."""

    what: Literal["combined"] = "combined"
    kcv: CheckValue
    set_number: SetNumber | None
    part_kcvs: Annotated[tuple[CheckValue, ...], Field(min_length=2, max_length=MOST)]
    #: Whether the parity bits of a 3DES key were set.
    parity_set: bool
    #: Whether the key goes into a store next, or was only looked at here.
    to_store: bool

    def enter(self, minutes: Minutes) -> None:
        """The check values are those of the set."""
        if self.set_number is not None:
            self._require_set(minutes.set_numbered(self.set_number))
        if self.to_store:
            minutes.pending[self.reference] = self.kcv

    def _require_set(self, made: PartSet) -> None:
        kcvs = tuple(made.parts[number].kcv for number in sorted(made.parts))
        if (made.key, made.form) != (self.reference, Form.COMPONENT) or kcvs != self.part_kcvs:
            raise CeremonyError(f"set {made.number:02} has other components")
        if made.kcv not in (None, self.kcv):
            raise CeremonyError(f"set {made.number:02} is of a key with another check value")


class Recovered(_OfKey):
    """A key was recovered from shares, of this ceremony or of one before."""

    what: Literal["recovered"] = "recovered"
    kcv: CheckValue
    ceremony: CeremonyId
    set_number: SetNumber
    shares: Annotated[tuple[SheetNumber, ...], Field(min_length=2, max_length=MOST)]
    to_store: bool

    def enter(self, minutes: Minutes) -> None:
        """Shares of this ceremony are of a set that is in its record."""
        if self.ceremony == minutes.ceremony:
            made = minutes.set_numbered(self.set_number)
            if (made.key, made.kcv, made.form) != (self.reference, self.kcv, Form.SHARE):
                raise CeremonyError(f"set {self.set_number:02} is not of this key")
        if self.to_store:
            minutes.pending[self.reference] = self.kcv


class Stored(Recorded):
    """A key that was in hand is in the store now."""

    what: Literal["stored"] = "stored"
    key: KeyName
    version: Version
    kcv: CheckValue

    def enter(self, minutes: Minutes) -> None:
        """It was combined or recovered before."""
        key = KeyReference(self.key, self.version)
        if minutes.pending.pop(key, None) != self.kcv:
            raise CeremonyError(f"key {self.key} version {self.version} was not in hand")
        minutes.stored[key] = self.kcv


class Mended(Recorded):
    """The line that an interrupted write had left was cut off."""

    what: Literal["mended"] = "mended"
    bytes_cut: Annotated[int, Field(ge=1)]

    def enter(self, minutes: Minutes) -> None:
        """Nothing changes."""


class Closed(Recorded):
    """The last entry: what is cut off behind it is missed."""

    what: Literal["closed"] = "closed"
    #: Keys that never got to their store, by name and version.
    not_stored: tuple[tuple[KeyName, Version], ...]

    def enter(self, minutes: Minutes) -> None:
        """What is pending is named."""
        if self.not_stored != tuple(sorted(minutes.pending)):
            raise CeremonyError("keys that have not got to a store must be named")
        minutes.closed = True

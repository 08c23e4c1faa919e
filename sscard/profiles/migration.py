"""Items of the first generation that the second has defined anew, in one record (ssc 2.8 [S]).

Annex C of the second version tells how a card of the first learns the new values: a re-defined
item is written into its old record, right-padded with hex E, and "a record that ends in EE is to be
parsed as the new definition".  Three things it leaves open:

* What pads a value that is shorter than the new item?  Here it is brought to the length of the
  new item as ever, then padded with E to that of the record [I].  Both are read.
* Where the record has no byte more than the new item nothing could say which definition holds:
  such an item cannot migrate [I], no more than one that is longer than the record.  By the lengths
  of one reader's table [1] that is so of 4B, 4F and 55, although annex C lists them.
* A text of the first generation may fill its record and end in a character whose last byte is EE.
  A record therefore counts as new when all of it behind the new item is EE [I], which is so of
  whatever was written by the rule.

The length of a record is what the card has: 3E bytes in that table, 46 where annex C quotes the old
81, 84 and 87.  Some items have another meaning in the second generation and are not in the list,
like 39, 6F and 70: nothing on the card could tell the two apart, so they stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, unique

from sscard.apdu import record_tlv
from sscard.errors import MalformedData
from sscard.profiles.element import Element, Value
from sscard.profiles.fields import FieldError, Refusal
from sscard.profiles.model import Directory, File, Profile

#: What follows a new value in an old record.
PADDING = b"\xee"
#: The items that annex C lists (ssc 2.8 [S]).
REDEFINED = (
    *(0x32, 0x37, 0x38, 0x4B, 0x4D, 0x4F, 0x50, 0x55, 0x97),
    *(0x61, 0x71, 0x81, 0x84, 0x87, 0x90, 0x93),
)


@unique
class Definition(Enum):
    """Which generation says what a record means."""

    FIRST = "first"
    SECOND = "second"


@dataclass(frozen=True, slots=True)
class Redefinition:
    """One item: what it is on cards of the first generation, and what it is since the second.

    ``directory`` and ``file`` are where the record lies on the card.
    """

    tag: int
    directory: Directory = field(repr=False)
    file: File = field(repr=False)
    old: Element = field(repr=False)
    new: Element = field(repr=False)

    @property
    def subject(self) -> str:
        """Place and tag for people: ``DF01/EF09 tag 32``."""
        return f"{self.directory.name}/{self.file.fid:04X} tag {self.tag:02X}"

    def stands_in(self, directory: Directory, file: File) -> bool:
        """Whether the record is one of this file of this directory."""
        return (self.directory.name, self.file.fid) == (directory.name, file.fid)

    @property
    def migrates(self) -> bool:
        """Whether a record of the old length can hold the new value and say that it does."""
        return self.new.size < self.old.size

    def encode(self, value: object, size: int | None = None) -> bytes:
        """The record, tag and length included, that holds the new value.

        ``size`` is the content's length on the card, else that of the old definition.  Raises
        FieldError, also where there is no room.
        """
        room = self.old.size if size is None else size
        if room <= self.new.size:
            why = f"needs {self.new.size} bytes and one of padding, the old record has {room}"
            raise FieldError(self.new.name, Refusal.FIELD_TOO_LONG, why)
        return record_tlv.encode(self.tag, self.new.encode(value).ljust(room, PADDING))

    def definition_of(self, record: bytes) -> Definition:
        """By which definition this record is to be read.  Raises MalformedData."""
        padding = self._content(record)[self.new.size :]
        new = padding and not padding.strip(PADDING)
        return Definition.SECOND if new else Definition.FIRST

    def renewed(self, record: bytes) -> bytes:
        """The content that the new definition gives to a record; padding that others put behind a
        shorter value is fill.  Raises MalformedData.
        """
        content = self._content(record)[: self.new.size].rstrip(PADDING)
        return content + self.new.fill[len(content) :]

    def decode(self, record: bytes) -> tuple[Definition, Value | None]:
        """The definition that holds and the value by it; None when it is all fill.

        Raises MalformedData.
        """
        definition = self.definition_of(record)
        if definition is Definition.SECOND:
            return definition, self.new.decode(self.renewed(record))
        return definition, self.old.decode(self._content(record))

    def _content(self, record: bytes) -> bytes:
        items = list(record_tlv.parse(record))
        if [tag for tag, _ in items] != [self.tag]:
            raise MalformedData(f"{self.old.name}: not one record with tag {self.tag:02X}")
        return items[0][1]


def redefinitions(first: Profile, second: Profile) -> tuple[Redefinition, ...]:
    """The items of annex C on cards of ``first`` that ``second`` defines, in the card's order.

    Those that cannot migrate are there, too.
    """
    return tuple(_found(first, second))


def _found(first: Profile, second: Profile) -> Iterator[Redefinition]:
    new = {(d.name, e.tag): e for d in second.directories for f in d.files for e in f.elements}
    for directory in first.directories:
        for file in directory.files:
            for old in file.elements:
                later = new.get((directory.name, old.tag))
                if old.tag in REDEFINED and later is not None:
                    yield Redefinition(old.tag, directory, file, old, later)

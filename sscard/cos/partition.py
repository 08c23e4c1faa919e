"""A part of the memory that belongs to one application: a growing list of stored objects.

Partition head: the offset of the first free byte (2 bytes; 0 = empty).  Then objects, one after the
other: kind (1), size of what follows (2), content.  Nothing is ever deleted, so an object's address
is fixed; memory full in one partition never touches another (decision 2: the split is the chip's).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.nvm import JOURNAL_PAGES, NVM
from sscard.dialects.chip import PAGE
from sscard.dialects.footprint import OBJECT_HEAD
from sscard.dialects.footprint import PARTITION_HEAD as HEAD


class Divided(Protocol):
    """A chip, as far as its memory goes: a user card's or a PSAM's."""

    @property
    def name(self) -> str:
        """The name of its chip file."""
        ...

    @property
    def size(self) -> int:
        """Bytes of memory."""
        ...

    @property
    def parts(self) -> tuple[str, ...]:
        """The partitions in the order in which they lie behind the journal."""
        ...

    @property
    def partitions(self) -> Mapping[str, int]:
        """The size of each."""
        ...


class Stored(NamedTuple):  # some two hundred at each power-up: a dataclass costs four times as much
    """One object: ``kind`` and the place of its content in the memory."""

    kind: int
    at: int
    size: int


@dataclass(frozen=True, slots=True)
class Partition:
    """``size`` bytes of the memory from ``base`` on: at most 65535, as its head counts them."""

    nvm: NVM
    base: int
    size: int

    def __post_init__(self) -> None:
        if not HEAD <= self.size <= 0xFFFF:
            raise ValueError("a partition has 2 to 65535 bytes")

    def objects(self) -> Iterator[Stored]:
        """The stored objects in the order they were added."""
        image, at, end = self.nvm.image, self.base + HEAD, self.base + self._used
        while at < end:
            size = int.from_bytes(image[at + 1 : at + OBJECT_HEAD], "big")
            yield Stored(image[at], at + OBJECT_HEAD, size)
            at += OBJECT_HEAD + size

    def add(self, kind: int, content: bytes) -> Stored:
        """Store a new object.  Raises StatusError 6A84 when the partition is full."""
        used = self._used
        end = used + OBJECT_HEAD + len(content)
        if end > self.size:
            raise StatusError(StatusWord.NOT_ENOUGH_SPACE)
        at = self.base + used
        head = bytes((kind,)) + len(content).to_bytes(2, "big")
        self.nvm.fill_unused(at, head + content)
        self.nvm.write(self.base, end.to_bytes(HEAD, "big"))
        return Stored(kind, at + OBJECT_HEAD, len(content))

    def read(self, stored: Stored) -> bytes:
        """The content of an object."""
        return bytes(self.nvm.image[stored.at : stored.at + stored.size])

    def content(self) -> bytes:
        """All that is stored, heads included."""
        return bytes(self.nvm.image[self.base : self.base + self._used])

    @property
    def free(self) -> int:
        """Bytes left for new objects, their heads included."""
        return self.size - self._used

    @property
    def _used(self) -> int:
        used = int.from_bytes(self.nvm.image[self.base : self.base + HEAD], "big")
        return used or HEAD


def split(nvm: NVM, chip: Divided) -> dict[str, Partition]:
    """The chip's partitions by name, as they lie behind the journal.

    Raises ValueError when they do not fit into the memory.
    """
    parts, base = {}, JOURNAL_PAGES * PAGE
    for name in chip.parts:
        parts[name] = Partition(nvm, base, chip.partitions[name])
        base += chip.partitions[name]
    if base > len(nvm.cells):
        raise ValueError(f"chip {chip.name}: journal and partitions are larger than the memory")
    return parts

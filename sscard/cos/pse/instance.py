"""One application instance as it lies in the financial partition.

Two kinds of objects: the instance itself (state, counters, channel keys, name), and one per data
grouping (number of its instance, DGI, length in use, value).  What can change is read from the
memory each time.
"""

from __future__ import annotations

from collections.abc import Iterator

from sscard.apdu import aid
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel import Scp02Identity
from sscard.cos.partition import Partition, Stored
from sscard.cos.pse.state import Event, State, after
from sscard.dialects.footprint import OBJECT_HEAD
from sscard.keys import TDES, CardKeys

INSTANCE, GROUPING, DOMAIN = 0xB1, 0xB2, 0xB3
#: The number of no instance: a place that is free again.
NOBODY = 0xFF

_SEQUENCE, _ATC, _KEYDATA, _KEYS, _NAME = 1, 3, 5, 15, 63
_FIRST_SEQUENCE = 1  # assumed; the session of pboc 1.10 starts so
_HEAD = 5  # of a grouping: instance number, DGI (2), length in use (2)
_LAST_RECORD = 0x0AFF  # SFI 10


class Keyed:
    """What has keys of its own for a channel: an object with state, counters, keys and name."""

    def __init__(self, partition: Partition, stored: Stored) -> None:
        self.partition = partition
        self.nvm = partition.nvm
        self._at = stored.at
        self.size = stored.size
        self.name = partition.read(stored)[_NAME:]

    @property
    def keydata(self) -> bytes:
        """KEYDATA, by which the host derives the keys: 10 bytes."""
        return self._read(_KEYDATA, _KEYS)

    @property
    def keys(self) -> bytes:
        """The three channel keys as they are stored."""
        return self._read(_KEYS, _NAME)

    @property
    def identity(self) -> Scp02Identity:
        """Channel keys and KEYDATA, from the factory."""
        keys = self.keys
        enc, mac, dek = (TDES(keys[at : at + TDES.SIZE]) for at in (0, 16, 32))
        return Scp02Identity(CardKeys(enc, mac, dek), self.keydata)

    @property
    def sequence(self) -> bytes:
        """The counter of the next channel session, 2 bytes."""
        return self._read(_SEQUENCE, _ATC)

    def count_session(self) -> None:
        """Use up the sequence counter's value.  Raises StatusError 6985 after the last."""
        self._count(_SEQUENCE)

    def _count(self, offset: int) -> None:
        now = int.from_bytes(self._read(offset, offset + 2), "big")
        if now == 0xFFFF:
            raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
        self.nvm.write(self._at + offset, (now + 1).to_bytes(2, "big"))

    def _read(self, start: int, end: int) -> bytes:
        return bytes(self.nvm.image[self._at + start : self._at + end])


class Instance(Keyed):
    """``number`` is its place among the instances; ``name`` is what SELECT takes."""

    def __init__(self, partition: Partition, stored: Stored, number: int) -> None:
        super().__init__(partition, stored)
        self.number = number
        #: Whether the chip has an antenna: then it computes with SM2 and SM4, too (PBOC 3.0).
        self.antenna = False
        self._groupings: dict[int, Stored] = {}
        #: Places of groupings whose instance is no more; all instances have the same list.
        self.spare: list[Stored] = []

    @property
    def application(self) -> bytes:
        """What it does: its name says which module of the chip it is made from."""
        return self.name if self.name in (aid.PSE, aid.PPSE) else aid.DEBIT

    @property
    def state(self) -> State:
        """Where it stands in its life."""
        return State(self.nvm.image[self._at])

    def happen(self, event: Event) -> None:
        """Move on.  Raises StatusError 6985 when the table does not allow it."""
        self.nvm.write(self._at, bytes((after(self.state, event),)))

    @property
    def transactions(self) -> bytes:
        """The application transaction counter (ATC), 2 bytes."""
        return self._read(_ATC, _KEYDATA)

    def count_transaction(self) -> None:
        """Use up the ATC's value.  Raises StatusError 6985 after the last."""
        self._count(_ATC)

    def begin(self, raw: bytes) -> None:
        """Be another one, of a name as long: only where this one is gone with its groupings."""
        self.nvm.write(self._at, raw)

    def begin_at(self, atc: bytes) -> None:
        """Set the ATC: where personalization wants transactions to begin."""
        self.nvm.write(self._at + _ATC, atc)

    def records(self) -> Iterator[int]:
        """The identifiers of the records there are, in order."""
        return (each for each in sorted(self._groupings) if each <= _LAST_RECORD)

    @property
    def places(self) -> tuple[Stored, ...]:
        """Where its groupings lie."""
        return tuple(self._groupings.values())

    def know(self, stored: Stored) -> None:
        """A grouping found in the memory; a later one of the same DGI replaces it."""
        dgi = int.from_bytes(self.nvm.image[stored.at + 1 : stored.at + 3], "big")
        self._groupings[dgi] = stored

    def __contains__(self, dgi: int) -> bool:
        return dgi in self._groupings

    def value(self, dgi: int) -> bytes | None:
        """The value of a grouping, or None."""
        if dgi not in self._groupings:
            return None
        at = self.place(dgi)
        size = int.from_bytes(self.nvm.image[at - 2 : at], "big")
        return bytes(self.nvm.image[at : at + size])

    def place(self, dgi: int) -> int:
        """The address of a stored grouping's first byte, for counters inside it."""
        return self._groupings[dgi].at + _HEAD

    def store(self, dgi: int, value: bytes) -> None:
        """Keep a grouping; it replaces an earlier one (decision 29).  Raises StatusError 6A84."""
        length = len(value).to_bytes(2, "big")
        old = self._groupings.get(dgi)
        if old is not None and len(value) <= old.size - _HEAD:
            self.nvm.write(old.at + _HEAD - len(length), length + value)
            return
        head = bytes((self.number,)) + dgi.to_bytes(2, "big") + length
        new = self._placed(head + value)
        if old is not None and new.at < old.at:
            self.nvm.write(old.at, bytes((NOBODY,)))  # else it would be found last
        self.know(new)

    def wipe(self) -> None:
        """Overwrite keys and groupings of a deleted instance and give the places up, one by one.

        Each is a commit.  Power may fail in between: whoever deletes or installs next goes on.
        """
        if any(self.keys):
            self.nvm.write(self._at + _KEYS, bytes(_NAME - _KEYS))
            self.nvm.commit()
        for stored in self.places:
            self.nvm.write(stored.at, bytes((NOBODY,)).ljust(stored.size, b"\0"))
            self.nvm.commit()
        self._groupings.clear()

    def _placed(self, content: bytes) -> Stored:
        """New memory while there is some, then the smallest place of those that are not needed."""
        if len(content) + OBJECT_HEAD > self.partition.free:
            fitting = [each for each in self.spare if each.size >= len(content)]
            if fitting:
                chosen = min(fitting, key=lambda each: each.size)
                self.spare.remove(chosen)
                self.nvm.write(chosen.at, content)
                return chosen
        return self.partition.add(GROUPING, content)


def content(state: int, name: bytes, keydata: bytes, keys: bytes) -> bytes:
    """What is stored of an instance, or of the domain, when it is new."""
    head = bytes((state,)) + _FIRST_SEQUENCE.to_bytes(2, "big") + bytes(2)
    return head + keydata + keys + name


def secret(keys: CardKeys) -> bytes:
    """The three channel keys as they are stored."""
    return b"".join(key.reveal() for key in (keys.enc, keys.mac, keys.dek))


def load_all(partition: Partition) -> tuple[Instance, ...]:
    """The instances in ``partition`` with their groupings, also those that are no more."""
    objects = list(partition.objects())
    found = (each for each in objects if each.kind == INSTANCE)
    instances = tuple(Instance(partition, each, number) for number, each in enumerate(found))
    for each in objects:
        number = partition.nvm.image[each.at]
        if each.kind == GROUPING and number != NOBODY:
            instances[number].know(each)
    return instances


def load(partition: Partition, *, antenna: bool = False) -> tuple[Instance, ...]:
    """The instances there are.  Only a chip with an antenna has a PPSE."""
    known = load_all(partition)
    found = tuple(each for each in known if each.state is not State.DELETED)
    antenna = antenna or any(each.name == aid.PPSE for each in found)
    used = {stored for each in found for stored in each.places}
    spare = [each for each in partition.objects() if each.kind == GROUPING and each not in used]
    for each in found:
        each.antenna, each.spare = antenna, spare
    return found

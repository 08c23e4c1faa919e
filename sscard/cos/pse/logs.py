"""The two cyclic logs: transactions (9F4D) and loads (DF4D) (pboc 2.2, 2.3 [H]).

A log is one object: slot of the newest record (1), records in use (1), the records.  It is made
when the application is issued; its record 1 is the newest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sscard.apdu import dol, tlv
from sscard.apdu.dgi import DGI
from sscard.cos.pse import data_objects
from sscard.cos.pse.instance import Instance

_ENTRY_TRANSACTIONS, _FORMAT_TRANSACTIONS = 0x9F4D, 0x9F4F
_ENTRY_LOADS, _FORMAT_LOADS = 0xDF4D, 0xDF4F
#: Before the terminal's data in the log of loads: tag, value before and after.
_LOAD_HEAD = 2 + 6 + 6
_HEAD = 2
_FILES = range(11, 31)
#: No host can send groupings of these identifiers: they are the card's own.
_IDENTIFIER = 0xFF00


class _Log(NamedTuple):
    """``head`` bytes are the card's own, then come the values of ``layout``."""

    sfi: int
    records: int
    layout: bytes
    head: int = 0

    @property
    def identifier(self) -> int:
        return _IDENTIFIER | self.sfi

    @property
    def size(self) -> int:
        return self.head + dol.size(self.layout)


class Ring(NamedTuple):
    """A cyclic file that is no log, with records of one size."""

    sfi: int
    records: int
    size: int

    @property
    def identifier(self) -> int:
        """The grouping that holds it."""
        return _IDENTIFIER | self.sfi


def make_ring(instance: Instance, ring: Ring) -> None:
    """Make room for all its records.  Raises StatusError 6A84."""
    instance.store(ring.identifier, bytes(_HEAD + ring.records * ring.size))


def entry(instance: Instance, ring: Ring, number: int) -> bytes | None:
    """Record ``number``, 1 the newest; None when there is none."""
    return _record(instance.value(ring.identifier) or bytes(_HEAD), ring, number)


def make(instance: Instance) -> None:
    """Make room for the logs that the FCI announces.  Raises StatusError 6A84."""
    for log in (_transactions(instance), _loads(instance)):
        if log is not None:
            instance.store(log.identifier, bytes(_HEAD + log.records * log.size))


def transaction(instance: Instance, values: Mapping[int, bytes]) -> None:
    """Log an approved transaction, as 9F4F says."""
    log = _transactions(instance)
    if log is not None:
        append(instance, log, dol.fill(log.layout, values))


def load(
    instance: Instance, tag: int, before: bytes, after: bytes, values: Mapping[int, bytes]
) -> None:
    """Log a new e-cash balance: tag, both values, and what DF4F says."""
    log = _loads(instance)
    if log is not None:
        head = tag.to_bytes(2, "big") + before + after
        append(instance, log, head + dol.fill(log.layout, values))


def record(instance: Instance, sfi: int, number: int) -> bytes | None:
    """Record ``number`` of a log, 1 the newest; None when there is none."""
    for log in (_transactions(instance), _loads(instance)):
        if log is not None and log.sfi == sfi:
            return _record(instance.value(log.identifier) or bytes(_HEAD), log, number)
    return None


def _record(content: bytes, log: _Log | Ring, number: int) -> bytes | None:
    newest, used = content[:_HEAD]
    if not 1 <= number <= used:
        return None
    at = _HEAD + (newest - (number - 1)) % log.records * log.size
    return content[at : at + log.size]


def append(instance: Instance, log: _Log | Ring, content: bytes) -> None:
    """One more record, in the place of the oldest."""
    if log.identifier not in instance:
        return
    place = instance.place(log.identifier)
    newest, used = instance.nvm.image[place : place + _HEAD]
    slot = (newest + 1) % log.records if used else 0
    head = bytes((slot, min(used + 1, log.records)))
    instance.nvm.write(place, head)
    instance.nvm.write(place + _HEAD + slot * log.size, content)


def _transactions(instance: Instance) -> _Log | None:
    return _log(instance, _ENTRY_TRANSACTIONS, _FORMAT_TRANSACTIONS)


def _loads(instance: Instance) -> _Log | None:
    log = _log(instance, _ENTRY_LOADS, _FORMAT_LOADS)
    return None if log is None else log._replace(head=_LOAD_HEAD)


def _log(instance: Instance, entry: int, layout: int) -> _Log | None:
    """What the FCI and the data objects say of a log; None when there is none to keep."""
    place = tlv.find(instance.value(DGI.FCI) or b"", 0xA5, 0xBF0C, entry)
    wanted = data_objects.find(instance, layout)
    if place is None or wanted is None or len(place) != 2 or place[0] not in _FILES:
        return None
    return _Log(place[0], place[1], wanted) if place[1] else None

"""What anybody may read of an issued application: FCI, records, data objects (pboc 2, 5 [H])."""

from __future__ import annotations

from sscard.apdu import dgi, tlv
from sscard.apdu.command import CommandAPDU
from sscard.apdu.dgi import DGI
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.pse import capp, cash, data_objects, logs, risk
from sscard.cos.pse.completeness import VIRTUAL_RECORD
from sscard.cos.pse.instance import Instance
from sscard.cos.pse.selected import Selected
from sscard.cos.pse.state import State


def fci(instance: Instance, *, contactless: bool = False) -> bytes:
    """``6F { 84 name, A5 … }``; before issue there is no A5 (pboc 2.2 [H])."""
    value = None
    if instance.state != State.INSTALLED:
        there = contactless and DGI.FCI_CONTACTLESS in instance
        value = instance.value(DGI.FCI_CONTACTLESS if there else DGI.FCI)
    return tlv.encode(0x6F, tlv.encode(0x84, instance.name) + (value or b""))


def read_record(selected: Selected, command: CommandAPDU) -> bytes:
    """One record by SFI and number, whether the AFL names it or not; a log's newest is 1."""
    sfi, number = command.p2 >> 3, command.p1
    record = selected.instance.value(dgi.record(sfi, number))
    if record is None and dgi.record(sfi, number) == VIRTUAL_RECORD:
        record = selected.transaction.signature
    if record is None:
        record = logs.record(selected.instance, sfi, number)
    if record is None:
        record = capp.ring_record(selected.instance, sfi, number)
    if record is None:
        raise StatusError(StatusWord.RECORD_NOT_FOUND)
    capp.record_read(selected, dgi.record(sfi, number))
    return record


def get_data(selected: Selected, command: CommandAPDU) -> bytes:
    """A data object that everybody may see.  Raises StatusError 6A88 for other tags."""
    tag = command.p1 << 8 | command.p2
    value = _value(selected.instance, tag) if tag in data_objects.READABLE else None
    if value is None:
        raise StatusError(StatusWord.KEY_NOT_FOUND)
    return tlv.encode(tag, value)


def _value(instance: Instance, tag: int) -> bytes | None:
    if tag == data_objects.ATC:
        return instance.transactions
    if tag == data_objects.PIN_TRIES:
        return (instance.value(DGI.PIN_TRIES) or b"")[:1]
    if tag == data_objects.LAST_ONLINE:
        return risk.read(instance).last_online
    if tag == data_objects.AVAILABLE:
        return cash.available(instance)
    return data_objects.find(instance, tag)

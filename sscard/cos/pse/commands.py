"""What the commands of the financial applications do (pboc 1.1 to 1.7, 5 [H])."""

from __future__ import annotations

import hmac

from sscard.apdu import dgi, dol, tlv
from sscard.apdu.command import CommandAPDU
from sscard.apdu.dgi import DGI
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.pse import grouping
from sscard.cos.pse.instance import Instance
from sscard.cos.pse.selected import LAST, Selected
from sscard.cos.pse.state import Event, State
from sscard.errors import MalformedData

_ATC, _PTC = 0x9F36, 0x9F17


def fci(instance: Instance) -> bytes:
    """``6F { 84 name, A5 … }``; before issue there is no A5 (pboc 2.2 [H])."""
    value = instance.value(DGI.FCI) if instance.state == State.PERSONALIZED else None
    return tlv.encode(0x6F, tlv.encode(0x84, instance.name) + (value or b""))


def initialize_update(selected: Selected, command: CommandAPDU) -> bytes:
    """Begin a channel; a channel that was open ends."""
    return selected.open(command.data)


def external_authenticate(selected: Selected, command: CommandAPDU) -> bytes:
    """The host proves its keys and chooses the security level."""
    selected.authenticate(command)
    return b""


def store_data(selected: Selected, command: CommandAPDU) -> bytes:
    """Take data groupings; after the last command the application is issued."""
    instance = selected.instance
    for identifier, value in selected.groupings(command):
        grouping.store(instance, identifier, value)
    if command.p1 & LAST:
        grouping.require_complete(instance)
        instance.happen(Event.COMPLETED)
        selected.close()
    selected.accepted()
    return b""


def read_record(selected: Selected, command: CommandAPDU) -> bytes:
    """One record by SFI and number, whether the AFL names it or not."""
    record = selected.instance.value(dgi.record(command.p2 >> 3, command.p1))
    if record is None:
        raise StatusError(StatusWord.RECORD_NOT_FOUND)
    return record


def get_processing_options(selected: Selected, command: CommandAPDU) -> bytes:
    """Begin a transaction: ``80 { AIP, AFL }``; the ATC goes on (pboc 5 [H])."""
    instance = selected.instance
    if len(_pdol_data(command.data)) != dol.size(_pdol(instance)):
        raise StatusError(StatusWord.WRONG_LENGTH)
    options = instance.value(DGI.PROCESSING_OPTIONS) or b""
    found = (tlv.find(options, 0x82) or b"") + (tlv.find(options, 0x94) or b"")
    answer = tlv.encode(0x80, found)
    instance.count_transaction()
    return answer


def verify(selected: Selected, command: CommandAPDU) -> bytes:
    """Compare the plain PIN block.  Raises StatusError 63Cx, 6983 once no try is left.

    The try is counted and permanent before it is judged: pulling the card out saves none.
    """
    instance = selected.instance
    left, limit = instance.value(DGI.PIN_TRIES) or bytes(2)
    if not left:
        raise StatusError(StatusWord.AUTHENTICATION_BLOCKED)
    counter = instance.place(DGI.PIN_TRIES)
    instance.nvm.write(counter, bytes((left - 1,)))
    instance.nvm.commit()
    if not hmac.compare_digest(command.data, instance.value(DGI.PIN_BLOCK) or b""):
        raise StatusError(StatusWord(0x63C0 | left - 1))
    instance.nvm.write(counter, bytes((limit,)))
    return b""


def get_data(selected: Selected, command: CommandAPDU) -> bytes:
    """The two counters a terminal may see.  Raises StatusError 6A88 for other tags."""
    instance, tag = selected.instance, command.p1 << 8 | command.p2
    if tag == _ATC:
        return tlv.encode(tag, instance.transactions)
    if tag == _PTC:
        return tlv.encode(tag, (instance.value(DGI.PIN_TRIES) or b"")[:1])
    raise StatusError(StatusWord.KEY_NOT_FOUND)


def _pdol_data(template: bytes) -> bytes:
    """The content of template 83, which must be all there is."""
    try:
        objects = list(tlv.parse(template))
    except MalformedData:
        raise StatusError(StatusWord.WRONG_DATA) from None
    if [tag for tag, _ in objects] != [0x83]:
        raise StatusError(StatusWord.WRONG_DATA)
    return objects[0][1]


def _pdol(instance: Instance) -> bytes:
    return tlv.find(instance.value(DGI.FCI) or b"", 0xA5, 0x9F38) or b""

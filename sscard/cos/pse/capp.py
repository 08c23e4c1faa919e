"""Extended applications (CAPP): files beside the account, such as tickets (pboc 1.8, 3, 5 [M]).

A001 lists the files, 8020 has the key that opens each.  APPEND RECORD makes a record with a key of
its own; after an approved contactless transaction with DF60 = 01, UPDATE CAPP DATA CACHE collects
changes under these keys, and reading the last record of the AFL makes all of them permanent at
once.  What the sources leave open is said in ``sscard/cos/pse/__init__.py``.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from sscard.apdu import afl, dgi, pboc_script, tlv
from sscard.apdu.capp import CYCLIC, File, Record, files
from sscard.apdu.command import CommandAPDU
from sscard.apdu.cryptogram import Cryptogram
from sscard.apdu.dgi import DGI
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.journal import JOURNAL_SLOTS
from sscard.cos.pse import logs
from sscard.cos.pse.instance import Instance
from sscard.cos.pse.selected import Selected
from sscard.cos.pse.transaction import Transaction
from sscard.dialects.chip import PAGE
from sscard.errors import MalformedData
from sscard.keys import TDES, des

#: Tag DF60: the terminal wants the card's extended application.
INDICATOR = 0xDF60
_KEY = TDES.SIZE
#: No host can send groupings of these identifiers: they are the card's own.
_RECORDS, _RING_KEY, _PROOF = 0xC000, 0xFE00, 0xFF02
_LOCATOR = 0x94
_PROOF_SIZE = 10
#: What one command can change at once, less the proof.
_MOST_PAGES = JOURNAL_SLOTS - 2


class _Place(NamedTuple):
    """A stored record and what it holds."""

    identifier: int
    record: Record


def asked(instance: Instance, transaction: Transaction) -> Transaction:
    """The same, open until its last record is read, where the terminal said DF60 = 01."""
    extended = transaction.values.get(INDICATOR) == b"\1" and DGI.EXTENDED_FILES in instance
    return replace(transaction, extended=extended)


def make(instance: Instance) -> None:
    """Make room for the proof of a transaction.  Raises StatusError 6A84."""
    if DGI.EXTENDED_FILES in instance:
        instance.store(_PROOF, bytes(_PROOF_SIZE))


def append_record(selected: Selected, command: CommandAPDU) -> bytes:
    """Open a file, or one more record of it: the record's key under the file's, and the record."""
    instance, file = selected.instance, _file(selected.instance, command.p2)
    opening = _opening_key(instance, file)
    plain = _checked(selected, command, opening)
    if len(plain) <= _KEY:
        raise StatusError(StatusWord.WRONG_LENGTH)
    key, content = des.ecb_decrypt(opening, plain[:_KEY]), plain[_KEY:]
    if file.kind == CYCLIC:
        _append_to_ring(instance, file, key, content)
        return b""
    record = _record(file, content)
    there = list(_places(instance, file))
    if any(each.record.number == record.number for each in there):
        raise StatusError(StatusWord.FILE_EXISTS)
    used = sum(len(bytes(each.record)) for each in there) + len(content)
    if (file.size and used > file.size) or len(there) == 0xFF:
        raise StatusError(StatusWord.NOT_ENOUGH_SPACE)
    instance.store(_RECORDS | file.sfi << 8 | len(there) + 1, key + content)
    return b""


def read_data(selected: Selected, command: CommandAPDU) -> bytes:
    """One record by its number of 2 bytes, its key left out.  Raises StatusError 6A82, 6A83."""
    instance = selected.instance
    place = _find(instance, _file(instance, command.p2), int.from_bytes(command.data, "big"))
    return bytes(place.record)


def update_cache(selected: Selected, command: CommandAPDU) -> bytes:
    """Remember a change; nothing is written before the transaction is complete."""
    instance, transaction = selected.instance, selected.transaction
    if not transaction.extended or transaction.first is not Cryptogram.TC:
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
    file = _file(instance, command.p2)
    if file.kind == CYCLIC:
        key = instance.value(_RING_KEY | file.sfi)
        if key is None:
            raise StatusError(StatusWord.RECORD_NOT_FOUND)
        content = _checked(selected, command, TDES(key))
        if len(content) != file.record_size:
            raise StatusError(StatusWord.WRONG_LENGTH)
        change = (_RING_KEY | file.sfi, content)
    else:
        number = int.from_bytes(command.data[:2], "big")
        place = _find(instance, file, number)
        key = (instance.value(place.identifier) or b"")[:_KEY]
        content = _checked(selected, command, TDES(key))
        _record(file, content)
        change = (place.identifier, key + content)
    changes = (*transaction.changes, change)
    if sum(len(each) // PAGE + 3 for _, each in changes) > _MOST_PAGES:
        raise StatusError(StatusWord.NOT_ENOUGH_SPACE)
    selected.transaction = replace(transaction, changes=changes)
    return b""


def get_proof(selected: Selected, command: CommandAPDU) -> bytes:
    """The cryptogram of the last completed transaction with an extended application, by its ATC."""
    kept = selected.instance.value(_PROOF) or b""
    if len(command.data) != 2 or kept[:2] != command.data:
        raise StatusError(StatusWord.NO_PROOF)
    return kept[2:]


def record_read(selected: Selected, identifier: int) -> None:
    """With the last record of the AFL write what was collected, and the proof, at once."""
    instance, transaction = selected.instance, selected.transaction
    if not transaction.extended or identifier != _last(instance, transaction):
        return
    for identifier, content in transaction.changes:
        if identifier & 0xFF00 == _RING_KEY:
            file = _file(instance, (identifier & 0xFF) << 3)
            logs.append(instance, _ring(file), content)
        else:
            instance.store(identifier, content)
    instance.store(_PROOF, instance.transactions + transaction.cryptogram)
    selected.transaction = replace(transaction, extended=False, changes=())


def ring_record(instance: Instance, sfi: int, number: int) -> bytes | None:
    """Record ``number`` of a cyclic file, 1 the newest; None when there is none."""
    for file in files(instance.value(DGI.EXTENDED_FILES) or b""):
        if file.sfi == sfi and file.kind == CYCLIC and _RING_KEY | sfi in instance:
            return logs.entry(instance, _ring(file), number)
    return None


def _append_to_ring(instance: Instance, file: File, key: bytes, content: bytes) -> None:
    if len(content) != file.record_size:
        raise StatusError(StatusWord.WRONG_LENGTH)
    if _RING_KEY | file.sfi not in instance:
        logs.make_ring(instance, _ring(file))
    instance.store(_RING_KEY | file.sfi, key)
    logs.append(instance, _ring(file), content)


def _ring(file: File) -> logs.Ring:
    return logs.Ring(file.sfi, file.count, file.record_size)


def _checked(selected: Selected, command: CommandAPDU, key: TDES) -> bytes:
    """The data without its MAC.  Raises StatusError 6987, 6988."""
    try:
        plain, mac = pboc_script.split_mac(command)
    except MalformedData:
        raise StatusError(StatusWord.MAC_MISSING) from None
    message = pboc_script.header(plain) + plain.data
    iv = bytes(6) + selected.instance.transactions
    if not hmac.compare_digest(mac, des.retail_mac(key, message, iv)[: pboc_script.MAC]):
        raise StatusError(StatusWord.MAC_WRONG)
    return plain.data


def _last(instance: Instance, transaction: Transaction) -> int | None:
    """The record with which the transaction is complete."""
    options = DGI.CONTACTLESS_OPTIONS_SM if transaction.sm else DGI.CONTACTLESS_OPTIONS
    locator = tlv.find(instance.value(options) or b"", _LOCATOR) or b""
    places = list(afl.records(locator))
    return dgi.record(*places[-1]) if places else None


def _file(instance: Instance, p2: int) -> File:
    for file in files(instance.value(DGI.EXTENDED_FILES) or b""):
        if file.sfi == p2 >> 3:
            return file
    raise StatusError(StatusWord.FILE_NOT_FOUND)


def _opening_key(instance: Instance, file: File) -> TDES:
    """The keys are in the order of the files."""
    order = [each.sfi for each in files(instance.value(DGI.EXTENDED_FILES) or b"")]
    at = order.index(file.sfi) * _KEY
    return TDES((instance.value(DGI.EXTENDED_KEYS) or b"")[at : at + _KEY])


def _record(file: File, content: bytes) -> Record:
    try:
        record = Record.parse(content)
    except MalformedData:
        raise StatusError(StatusWord.WRONG_DATA) from None
    if len(content) > file.record_size:
        raise StatusError(StatusWord.WRONG_DATA)
    return record


def _places(instance: Instance, file: File) -> Iterator[_Place]:
    identifier = _RECORDS | file.sfi << 8
    while (raw := instance.value(identifier := identifier + 1)) is not None:
        yield _Place(identifier, Record.parse(raw[_KEY:]))


def _find(instance: Instance, file: File, number: int) -> _Place:
    for place in _places(instance, file):
        if place.record.number == number:
            return place
    raise StatusError(StatusWord.RECORD_NOT_FOUND)

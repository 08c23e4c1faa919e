"""GET PROCESSING OPTIONS: a transaction begins, and which one it is (pboc 5 [H])."""

from __future__ import annotations

from collections.abc import Mapping

from sscard.apdu import dol, tlv
from sscard.apdu.command import CommandAPDU
from sscard.apdu.dgi import DGI
from sscard.apdu.status import StatusError, StatusWord
from sscard.apdu.ttq import TTQ
from sscard.cos.pse import cash, contactless, risk, velocity
from sscard.cos.pse.instance import Instance
from sscard.cos.pse.risk import Memory
from sscard.cos.pse.selected import Selected
from sscard.cos.pse.state import Phase
from sscard.cos.pse.transaction import Transaction
from sscard.errors import MalformedData

_TTQ, _CASH, _SM, _ATC = 0x9F66, 0x9F7A, 0xDF69, 0x9F36
_PROFILE, _LOCATOR = 0x82, 0x94
_YES = b"\x01"
_OPTIONS = (DGI.PROCESSING_OPTIONS, DGI.PROCESSING_OPTIONS_SM)
_CASH_OPTIONS = (DGI.CASH_OPTIONS, DGI.CASH_OPTIONS_SM)
_CONTACTLESS_OPTIONS = (DGI.CONTACTLESS_OPTIONS, DGI.CONTACTLESS_OPTIONS_SM)
_PENDING = Memory.ISSUER_AUTHENTICATION_FAILED | Memory.SCRIPT_FAILED


def get_processing_options(selected: Selected, command: CommandAPDU) -> bytes:
    """Begin a transaction, with electronic cash and by qPBOC, too; the ATC goes on (pboc 5 [H])."""
    instance = selected.instance
    said = _pdol_data(command.data)
    try:
        values = dol.split(_pdol(selected), said)
    except MalformedData:
        raise StatusError(StatusWord.WRONG_LENGTH) from None
    taps = selected.contactless and _taps(instance, values)
    pays = not taps and _pays_cash(instance, values)
    kinds = _CONTACTLESS_OPTIONS if taps else _CASH_OPTIONS if pays else _OPTIONS
    sm = _with_sm(instance, values, kinds[1])
    options = instance.value(kinds[1] if sm else kinds[0]) or b""
    instance.count_transaction()
    profile = tlv.find(options, _PROFILE) or b""
    begun = Transaction(Phase.STARTED, sm, pays).hearing(
        {**values, _PROFILE: profile, _ATC: instance.transactions}, said
    )
    if taps:
        return contactless.tap(selected, begun, options)
    selected.transaction = begun
    locator = tlv.find(options, _LOCATOR) or b""
    if selected.contactless:
        return tlv.encode(0x77, tlv.encode(_PROFILE, profile) + tlv.encode(_LOCATOR, locator))
    return tlv.encode(0x80, profile + locator)


def _taps(instance: Instance, values: Mapping[int, bytes]) -> bool:
    """Whether it is a qPBOC transaction.  Raises StatusError 6985 for a terminal of no kind."""
    raw = values.get(_TTQ)
    if raw is None or DGI.CONTACTLESS_OPTIONS not in instance:
        return False
    try:
        terminal = TTQ.parse(raw)
    except MalformedData:
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED) from None
    if not terminal & (TTQ.QPBOC | TTQ.CONTACTLESS_DEBIT_CREDIT):
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
    return TTQ.QPBOC in terminal


def _pays_cash(instance: Instance, values: Mapping[int, bytes]) -> bool:
    """Whether the terminal takes electronic cash and there is enough of it (pboc 5 [M])."""
    if values.get(_CASH) != _YES or DGI.CASH_OPTIONS not in instance:
        return False
    new, tries = velocity.spending(instance, values), instance.value(DGI.PIN_TRIES) or b"\0"
    pending = risk.read(instance).memory & _PENDING
    if new is None or pending or not tries[0]:
        return False
    return new.own_currency and cash.enough(instance, new.amount)


def _with_sm(instance: Instance, values: Mapping[int, bytes], options: DGI) -> bool:
    """Whether the terminal asks for SM4 and SM2, and the card has all for them (pboc 1.9 [H])."""
    return values.get(_SM) == _YES and all(
        each in instance for each in (DGI.KEYS_SM, DGI.ISSUER_DATA_SM, options)
    )


def _pdol_data(template: bytes) -> bytes:
    """The content of template 83, which must be all there is."""
    try:
        objects = list(tlv.parse(template))
    except MalformedData:
        raise StatusError(StatusWord.WRONG_DATA) from None
    if [tag for tag, _ in objects] != [0x83]:
        raise StatusError(StatusWord.WRONG_DATA)
    return objects[0][1]


def _pdol(selected: Selected) -> bytes:
    there = selected.contactless and DGI.FCI_CONTACTLESS in selected.instance
    fci = selected.instance.value(DGI.FCI_CONTACTLESS if there else DGI.FCI)
    return tlv.find(fci or b"", 0xA5, 0x9F38) or b""

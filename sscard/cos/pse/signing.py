"""What the card signs with its own key: DDA, fDDA and CDA (pboc 4 [H, M])."""

from __future__ import annotations

from sscard.apdu import dol, tlv
from sscard.apdu.command import CommandAPDU
from sscard.apdu.cvr import Fact
from sscard.apdu.status import StatusError, StatusWord
from sscard.apdu.ttq import TTQ
from sscard.cos.pse import data_objects, signers
from sscard.cos.pse.selected import Selected
from sscard.cos.pse.transaction import Transaction
from sscard.errors import MalformedData
from sscard.keys.certificates.data import DynamicData
from sscard.keys.certificates.dynamic import (
    Signer,
    Statement,
    fast_data,
    sign_combined,
    sign_dynamic,
)

_LIST, _SIGNED, _NUMBER, _RELATED, _TTQ = 0x9F49, 0x9F4B, 0x9F37, 0x9F69, 0x9F66
_NUMBER_SIZE = 4
_DEFAULT_LIST = bytes.fromhex("9F3704")


def internal_authenticate(selected: Selected, command: CommandAPDU) -> bytes:
    """Sign the terminal's data and the card's dynamic number: ``80 { 9F4B }``."""
    instance = selected.instance
    key = _signer(selected)
    wanted = data_objects.in_records(instance, _LIST) or _DEFAULT_LIST
    try:
        dol.split(wanted, command.data)
    except MalformedData:
        raise StatusError(StatusWord.WRONG_LENGTH) from None
    signed = sign_dynamic(DynamicData(instance.transactions), command.data, key)
    selected.transaction = selected.transaction.plus(Fact.DDA_PERFORMED)
    return tlv.encode(0x80, signed)


def fast(selected: Selected) -> bytes | None:
    """9F4B of a contactless transaction; None for a card that cannot sign."""
    instance, transaction = selected.instance, selected.transaction
    if not signers.has_signer(instance, sm=transaction.sm):
        return None
    values = dict(transaction.values)
    related = data_objects.anywhere(instance, _RELATED)
    if related is not None:
        values[_RELATED] = related
    terminal = TTQ.parse(values[_TTQ])
    version = 1 if TTQ.FAST_DDA_VERSION_01 in terminal and related and related[0] == 1 else 0
    try:
        signs = fast_data(version, values)
    except MalformedData:
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED) from None
    return sign_dynamic(DynamicData(instance.transactions), signs, _signer(selected))


def can_combine(selected: Selected, heard: Transaction) -> bool:
    """Whether there is a key, and the terminal's lists gave an unpredictable number."""
    number = heard.values.get(_NUMBER, b"")
    return len(number) == _NUMBER_SIZE and signers.has_signer(selected.instance, sm=heard.sm)


def combined(selected: Selected, cid: int, cryptogram: bytes, answer: bytes) -> bytes:
    """9F4B over cryptogram and transaction; ``answer`` are the other data objects of the answer."""
    transaction = selected.transaction
    said = transaction.said + answer
    statement = Statement(selected.instance.transactions, cid, cryptogram, said)
    return sign_combined(statement, transaction.values[_NUMBER], _signer(selected))


def _signer(selected: Selected) -> Signer:
    random = selected.challenges.random
    return signers.signer(selected.instance, random, sm=selected.transaction.sm)

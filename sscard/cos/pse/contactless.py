"""qPBOC: a whole transaction in the answer to GET PROCESSING OPTIONS (pboc 5 [M])."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sscard.apdu import tlv
from sscard.apdu.card_processing import CardProcessing
from sscard.apdu.cryptogram import Cryptogram
from sscard.apdu.ctq import CTQ
from sscard.apdu.cvr import CVR
from sscard.apdu.dgi import DGI
from sscard.apdu.status import StatusError, StatusWord
from sscard.apdu.ttq import TTQ
from sscard.cos.pse import (
    capp,
    cash,
    contactless_rules,
    data_objects,
    issuer_application_data,
    logs,
    risk,
    signing,
    velocity,
)
from sscard.cos.pse.contactless_rules import Tap, Way
from sscard.cos.pse.instance import Instance
from sscard.cos.pse.selected import Selected
from sscard.cos.pse.state import Phase
from sscard.cos.pse.transaction import Transaction

_PROFILE, _LOCATOR, _CVM_LIMIT = 0x82, 0x94, 0x9F6B
_CRYPTOGRAM, _ISSUER_DATA, _QUALIFIERS, _SIGNATURE = 0x9F26, 0x9F10, 0x9F6C, 0x9F4B
_TTQ = 0x9F66
#: The orders of pboc 5; a card may be told others.
_ONLINE = bytes.fromhex("82 9F36 57 9F10 9F26 9F63 5F34 9F6C 9F5D 5F20")
_OFFLINE = bytes.fromhex("82 94 9F36 9F26 9F10 57 5F34 9F4B 9F6C 9F5D")
#: An RSA signature that is longer than this is read as a record (pboc 1.8, 5 [L, M]).
_LONGEST_SIGNATURE = 128


def tap(selected: Selected, begun: Transaction, options: bytes) -> bytes:
    """Decide, compute, and answer ``77 { … }``; money and counters change with the same commit."""
    instance, facing = selected.instance, _facing(selected.instance, begun)
    decided = contactless_rules.decide(facing)
    if decided.kind is Cryptogram.TC:
        _book(instance, begun, decided.way)
    transaction = replace(begun, phase=Phase.TAPPED, first=decided.kind)
    if decided.kind is Cryptogram.TC:
        transaction = capp.asked(instance, transaction)
    cvr = CVR(decided.kind, facts=decided.facts, scripts=risk.read(instance).scripts)
    ac, said = issuer_application_data.cryptogram(
        instance, transaction, cvr, tlv.find(options, _ISSUER_DATA)
    )
    selected.transaction = replace(transaction, cryptogram=ac)
    own = {
        **{tag: transaction.values[tag] for tag in (_PROFILE, data_objects.ATC)},
        _CRYPTOGRAM: ac,
        _ISSUER_DATA: said,
        _QUALIFIERS: bytes(_qualifiers(instance) | decided.qualifiers),
    }
    if decided.kind is Cryptogram.TC:
        own[_LOCATOR] = tlv.find(options, _LOCATOR) or b""
        own |= _signature(selected)
    return _answer(instance, own, approved=decided.kind is Cryptogram.TC)


def _facing(instance: Instance, begun: Transaction) -> Tap:
    new = velocity.spending(instance, begun.values)
    if new is None:
        raise StatusError(StatusWord.WRONG_DATA)
    remembered, limit = risk.read(instance), cash.amount(data_objects.find(instance, _CVM_LIMIT))
    left = cash.total_left(instance)
    return Tap(
        terminal=TTQ.parse(begun.values[_TTQ]),
        card=cash.processing(instance),
        own_currency=new.own_currency,
        above_cvm_limit=limit is not None and new.amount > limit,
        new=not any(remembered.last_online),
        no_tries=not (instance.value(DGI.PIN_TRIES) or b"\0")[0],
        cash_enough=cash.enough(instance, new.amount),
        cash_low=cash.low(instance, new.amount),
        total_enough=left is not None and new.amount <= left,
        abroad_allowed=velocity.abroad_allowed(instance, remembered, new),
    )


def _book(instance: Instance, begun: Transaction, way: Way) -> None:
    """What an approval costs: from the balance, in the counters, or both; and the log."""
    new = velocity.spending(instance, begun.values)
    if new is None:
        return
    if Way.CASH in way:
        cash.spend(instance, new.amount)
    if Way.TOTAL in way:
        risk.write(instance, new.on(risk.read(instance)))
    if CardProcessing.LOG_QPBOC in cash.processing(instance):
        logs.transaction(instance, begun.values)


def _signature(selected: Selected) -> dict[int, bytes]:
    """9F4B where it fits into the answer; else it is kept as a record."""
    signature = signing.fast(selected)
    if signature is None:
        return {}
    if len(signature) <= _LONGEST_SIGNATURE:
        return {_SIGNATURE: signature}
    record = tlv.encode(0x70, tlv.encode(_SIGNATURE, signature))
    selected.transaction = replace(selected.transaction, signature=record)
    return {}


def _qualifiers(instance: Instance) -> CTQ:
    """9F6C as personalized; what this transaction needs comes on top."""
    raw = data_objects.anywhere(instance, _QUALIFIERS)
    return CTQ.parse(raw) if raw is not None and len(raw) == CTQ.size() else CTQ(0)


def _answer(instance: Instance, own: Mapping[int, bytes], *, approved: bool) -> bytes:
    """Each tag of the order that has a value; 9F5D only where 9F68 wants it said."""
    name = data_objects.OFFLINE_ORDER if approved else data_objects.ONLINE_ORDER
    order = data_objects.find(instance, name) or (_OFFLINE if approved else _ONLINE)
    objects = b""
    for tag in data_objects.tags(order):
        value = own.get(tag)
        if value is None:
            value = _of_card(instance, tag)
        objects += b"" if value is None else tlv.encode(tag, value)
    return tlv.encode(0x77, objects)


def _of_card(instance: Instance, tag: int) -> bytes | None:
    if tag in (_LOCATOR, _SIGNATURE):
        return None
    if tag == data_objects.AVAILABLE:
        said = CardProcessing.RETURN_AVAILABLE_AMOUNT in cash.processing(instance)
        return cash.available(instance) if said else None
    return data_objects.anywhere(instance, tag)

"""GENERATE AC: the card decides, computes, and remembers what came of it (pboc 2.4, 3, 5 [H])."""

from __future__ import annotations

from dataclasses import replace

from sscard.apdu import dol, tlv
from sscard.apdu.ada import ADA
from sscard.apdu.command import CommandAPDU
from sscard.apdu.cryptogram import CID, Cryptogram
from sscard.apdu.cvr import CVR, Fact
from sscard.apdu.dgi import DGI
from sscard.apdu.pboc import CDA
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.pse import (
    cash,
    completion,
    data_objects,
    decision,
    issuer_application_data,
    risk,
    signing,
    velocity,
)
from sscard.cos.pse.decision import Decision, Situation
from sscard.cos.pse.risk import NOTHING, Memory
from sscard.cos.pse.selected import Selected
from sscard.cos.pse.state import Event, Phase, State
from sscard.cos.pse.transaction import Transaction
from sscard.cos.pse.velocity import Spending
from sscard.errors import MalformedData

_LISTS = {Phase.STARTED: 0x8C, Phase.ONLINE: 0x8D}
_ADA, _MANDATORY, _RESPONSE_CODE = 0x9F52, 0x9F56, 0x8A
_KIND = 6
#: Authorization response codes by which a terminal says that it could not go on line.
_UNABLE = (b"Y3", b"Z3")
_NO_TRY_LEFT, _NOT_AUTHENTICATED = 2, 3


def generate_ac(selected: Selected, command: CommandAPDU) -> bytes:
    """The first or the second cryptogram: what is asked for, or what the card wants instead."""
    asked, signs = Cryptogram(command.p1 >> _KIND), bool(command.p1 & CDA)
    second = selected.transaction.phase is Phase.ONLINE
    if second and asked is Cryptogram.ARQC:
        raise StatusError(StatusWord.WRONG_P1P2)
    heard = _heard(selected, command.data)
    if signs and not signing.can_combine(selected, heard):
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
    new = velocity.spending(selected.instance, heard.values)
    if new is None:
        raise StatusError(StatusWord.WRONG_DATA)
    here = _situation(selected, heard, new)
    unable = second and heard.values.get(_RESPONSE_CODE) in _UNABLE
    decided = decision.second(asked, here, unable=unable) if second else decision.first(asked, here)
    if selected.instance.state is State.BLOCKED:
        decided = decided._replace(kind=Cryptogram.AAC)
    return _carry_out(selected, heard, decided, new, unable=unable, signs=signs)


def _heard(selected: Selected, data: bytes) -> Transaction:
    """The transaction with the values of CDOL1 or CDOL2.  Raises StatusError 6985, 6700."""
    wanted = data_objects.in_records(selected.instance, _LISTS[selected.transaction.phase])
    if wanted is None:
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
    try:
        return selected.transaction.hearing(dol.split(wanted, data), data)
    except MalformedData:
        raise StatusError(StatusWord.WRONG_LENGTH) from None


def _situation(selected: Selected, heard: Transaction, new: Spending) -> Situation:
    instance, remembered = selected.instance, risk.read(selected.instance)
    # The lists of the cryptogram may say another amount or currency than those of the options.
    payable = new.own_currency and cash.enough(instance, new.amount)
    return Situation(
        ada=_ada(selected),
        memory=remembered.memory,
        facts=heard.facts,
        new=not any(remembered.last_online),
        no_tries=not (instance.value(DGI.PIN_TRIES) or b"\0")[0],
        lower=not heard.cash and velocity.exceeds_lower(instance, remembered, new),
        upper=not heard.cash and velocity.exceeds_upper(instance, remembered, new),
        cash_short=heard.cash and not payable,
        cash_low=heard.cash and cash.low(instance, new.amount),
        answer=heard.answer,
        answer_mandatory=_mandatory(selected),
    )


def _carry_out(
    selected: Selected,
    heard: Transaction,
    decided: Decision,
    new: Spending,
    *,
    unable: bool,
    signs: bool,
) -> bytes:
    instance, first = selected.instance, heard.phase is Phase.STARTED
    remembered = risk.read(instance)
    kind = decided.kind if first else heard.first or decided.kind
    transaction = replace(
        heard.plus(decided.facts),
        first=kind,
        phase=Phase.ONLINE if first and kind is Cryptogram.ARQC else Phase.ENDED,
    )
    cvr = CVR(kind, None if first else decided.kind, transaction.facts, remembered.scripts)
    if decided.blocks:
        instance.happen(Event.APPLICATION_BLOCK)
    outcome = completion.Outcome(transaction, decided, new, unable)
    completion.remember(instance, outcome, mandatory=_mandatory(selected))
    ac, said = issuer_application_data.cryptogram(instance, transaction, cvr)
    if first:
        transaction = replace(transaction, cryptogram=ac)
        _keep(selected, transaction)
    selected.transaction = transaction
    signs = signs and decided.kind is not Cryptogram.AAC
    return _answer(selected, _information(selected, decided), ac, said, signs=signs)


def _keep(selected: Selected, transaction: Transaction) -> None:
    """A script that unblocks may come when the transaction is over."""
    kept = risk.read(selected.instance)
    sm = Memory.SM if transaction.sm else NOTHING
    risk.write(
        selected.instance,
        replace(
            kept,
            memory=kept.memory & ~Memory.SM | sm,
            atc=selected.instance.transactions,
            cryptogram=transaction.cryptogram,
        ),
    )


def _information(selected: Selected, decided: Decision) -> CID:
    """9F27: kind, and for a decline whether an advice is wanted and why (pboc 2.4 [M])."""
    if decided.kind is not Cryptogram.AAC:
        return CID(decided.kind)
    ada, facts = _ada(selected), selected.transaction.facts
    no_try = Fact.PIN_TRIES_EXCEEDED in facts
    wrong = Fact.ISSUER_AUTHENTICATION_FAILED in facts
    advice = (
        ADA.DECLINED_ADVICE in ada
        or (no_try and ADA.DECLINED_PIN_TRIES_EXCEEDED_ADVICE in ada)
        or (wrong and ADA.DECLINED_ISSUER_AUTHENTICATION_ADVICE in ada)
    )
    return CID(Cryptogram.AAC, advice, _NOT_AUTHENTICATED if wrong else _NO_TRY_LEFT * no_try)


def _answer(selected: Selected, cid: CID, ac: bytes, said: bytes, *, signs: bool) -> bytes:
    atc = selected.instance.transactions
    if not signs:
        return tlv.encode(0x80, bytes(cid) + atc + ac + said)
    head = tlv.encode(0x9F27, bytes(cid)) + tlv.encode(0x9F36, atc)
    tail = tlv.encode(0x9F10, said)
    signed = signing.combined(selected, int(cid), ac, head + tail)
    return tlv.encode(0x77, head + tlv.encode(0x9F4B, signed) + tail)


def _ada(selected: Selected) -> ADA:
    """Tag 9F52; a card without it does nothing of its own accord."""
    raw = data_objects.find(selected.instance, _ADA)
    return ADA(0) if raw is None else ADA.parse(raw)


def _mandatory(selected: Selected) -> bool:
    """Tag 9F56: whether the issuer's answer must be proven."""
    raw = data_objects.find(selected.instance, _MANDATORY)
    return raw is not None and bool(raw[0] & 0x80)

"""The qPBOC kernel: one tap, in which GET PROCESSING OPTIONS already decides (pboc 5 [M])."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sscard.apdu import pboc, tlv
from sscard.apdu.aip import AIP
from sscard.apdu.authorization import OFFLINE_APPROVED, OFFLINE_DECLINED, IssuerRequest
from sscard.apdu.cryptogram import CID, Cryptogram
from sscard.apdu.cvm import CVMResults, Method, Result
from sscard.apdu.issuer_data import IssuerApplicationData
from sscard.apdu.status import StatusWord
from sscard.apdu.terminal_capabilities import TerminalCapabilities
from sscard.apdu.tsi import TSI
from sscard.apdu.ttq import TTQ
from sscard.apdu.tvr import TVR
from sscard.errors import MalformedData
from sscard.perso.plan import Plan
from sscard.terminal.pos import card_data, fast_authentication, restrictions
from sscard.terminal.pos.card_data import CardData, ProcessingOptions
from sscard.terminal.pos.configuration import Application, Terminal
from sscard.terminal.pos.contactless_cvm import Verified, verify
from sscard.terminal.pos.errors import Reason, Terminated
from sscard.terminal.pos.lists import told
from sscard.terminal.pos.receipt import Outcome, Receipt
from sscard.terminal.pos.selection import Candidate, contactless_candidates
from sscard.terminal.pos.transaction import Kind, Reply, Surroundings, Transaction

_CID, _ATC, _AC, _DATA, _CTQ = 0x9F27, 0x9F36, 0x9F26, 0x9F10, 0x9F6C
_SIZES: Mapping[int, int] = MappingProxyType({_ATC: 2, _AC: 8})
#: GET PROCESSING OPTIONS answers 6985 when the card wants contacts (pboc 5 [H]).
_USE_CONTACTS = StatusWord.CONDITIONS_NOT_SATISFIED


#: Nobody was verified, because nothing was paid.
_NOBODY = Verified(CVMResults(Method.NOT_PERFORMED, 0, Result.UNKNOWN))


@dataclass(frozen=True, slots=True)
class _Tap:
    """One card held before the reader."""

    terminal: Terminal
    transaction: Transaction
    around: Surroundings = field(repr=False)
    candidate: Candidate
    values: Mapping[int, bytes] = field(repr=False)
    options: ProcessingOptions = field(repr=False)
    cid: CID

    @property
    def qualifiers(self) -> TTQ:
        """What the card was told."""
        return TTQ.parse(self.values[0x9F66])


def qualifiers(terminal: Terminal, transaction: Transaction, application: Application) -> TTQ:
    """Tag 9F66 for one transaction (pboc 2.4 [H]).

    Where nothing is to be paid the issuer is asked, as a public kernel of PBOC 3.0 does (assumed).
    """
    said = TTQ.QPBOC | TTQ.CONTACT_DEBIT_CREDIT | TTQ.FAST_DDA_VERSION_01
    if terminal.offline_only:
        said |= TTQ.OFFLINE_ONLY
    if TerminalCapabilities.ONLINE_PIN in terminal.capabilities:
        said |= TTQ.ONLINE_PIN
    if TerminalCapabilities.SIGNATURE in terminal.capabilities:
        said |= TTQ.SIGNATURE
    limits = application.contactless
    by_amount = not transaction.amount or transaction.amount >= limits.floor
    online = by_amount or transaction.forced_online or terminal.online_only
    if (online or transaction.kind == Kind.REFUND) and not terminal.offline_only:
        said |= TTQ.ONLINE_CRYPTOGRAM_REQUIRED
    if transaction.amount >= limits.cvm:
        said |= TTQ.CVM_REQUIRED
    return said


def transact(terminal: Terminal, transaction: Transaction, around: Surroundings) -> Plan[Receipt]:
    """One contactless transaction.

    Raises Terminated when it ends before anybody decided, also for a card that wants contacts, and
    StatusError and MalformedData for a card that is broken.
    """
    tap = yield from _tapped(terminal, transaction, around)
    if tap.cid.kind is Cryptogram.TC:
        return (yield from _offline(tap))
    card = CardData(AIP.parse(tap.options.aip), tap.options.others)
    if tap.cid.kind is Cryptogram.AAC:
        return _receipt(tap, card, _Decided(Outcome.DECLINED_OFFLINE, OFFLINE_DECLINED))
    return _online(tap, card)


@dataclass(frozen=True, slots=True)
class _Decided:
    outcome: Outcome
    response_code: bytes
    verified: Verified = _NOBODY
    tvr: TVR = field(default_factory=lambda: TVR(0))
    tsi: TSI = field(default_factory=lambda: TSI(0))
    reversal: bool = False


def _tapped(terminal: Terminal, transaction: Transaction, around: Surroundings) -> Plan[_Tap]:
    candidate = next(iter((yield from contactless_candidates(terminal))), None)
    if candidate is None:
        raise Terminated(Reason.NO_APPLICATION)
    if transaction.amount >= candidate.application.contactless.maximum:
        raise Terminated(Reason.ABOVE_LIMIT)
    if not transaction.amount and terminal.offline_only:
        raise Terminated(Reason.OTHER_INTERFACE)
    selected = (yield pboc.select(candidate.name)).require("select application")
    pdol = tlv.find(selected, 0x6F, 0xA5, 0x9F38) or b""
    said = qualifiers(terminal, transaction, candidate.application)
    values = transaction.values_with(terminal, candidate.application) | {
        0x9F66: bytes(said),
        0x95: bytes(5),
    }
    answer = yield pboc.get_processing_options(told(pdol, values))
    if answer.sw == _USE_CONTACTS:
        raise Terminated(Reason.OTHER_INTERFACE)
    options = ProcessingOptions.parse(answer.require("get processing options"))
    cid = _decision(options.others)
    return _Tap(terminal, transaction, around, candidate, MappingProxyType(values), options, cid)


def _decision(others: Mapping[int, bytes]) -> CID:
    """From 9F27 or, as qPBOC cards say it, from the CVR in 9F10.

    Raises MalformedData, and Terminated for a card that has no qPBOC.
    """
    if _AC not in others and _ATC not in others:
        # It answers as with contacts: no decision yet, and no time for more before the reader.
        raise Terminated(Reason.OTHER_INTERFACE)
    for tag, size in _SIZES.items():
        if len(others.get(tag, b"")) != size:
            raise MalformedData(f"no qPBOC answer: tag {tag:X} is missing or has another length")
    if _CID in others:
        return CID.parse(others[_CID])
    return CID(IssuerApplicationData.parse(others.get(_DATA, b"")).cvr.first)


def _online(tap: _Tap, card: CardData) -> Receipt:
    """The issuer decides; the card has already gone."""
    verified = verify(tap.qualifiers, card.values.get(_CTQ), card.account, tap.around)
    asked = _request(tap, card, verified)
    reply = Reply() if tap.terminal.offline_only else tap.around.asked(asked)
    told = reply.answer
    if told is None:
        decided = _Decided(
            Outcome.DECLINED_OFFLINE, OFFLINE_DECLINED, verified, reversal=reply.lost
        )
    else:
        outcome = Outcome.APPROVED_ONLINE if told.approved else Outcome.DECLINED_ONLINE
        decided = _Decided(outcome, told.response_code, verified)
    return _receipt(tap, card, decided)


def _offline(tap: _Tap) -> Plan[Receipt]:
    """The card said yes; the terminal reads the rest and looks whether it agrees."""
    card = yield from card_data.read(tap.options)
    verified = verify(tap.qualifiers, card.values.get(_CTQ), card.account, tap.around)
    tvr = restrictions.dated(card, tap.transaction.at.date())
    if tap.around.hot(card.account):
        tvr |= TVR.CARD_ON_EXCEPTION_FILE
    values = {**tap.values, **tap.options.others}
    if not fast_authentication.holds(card, values, tap.transaction, tap.terminal):
        tvr |= TVR.DDA_FAILED
    approved = not tvr and TTQ.ONLINE_CRYPTOGRAM_REQUIRED not in tap.qualifiers
    decided = _Decided(
        Outcome.APPROVED_OFFLINE if approved else Outcome.DECLINED_OFFLINE,
        OFFLINE_APPROVED if approved else OFFLINE_DECLINED,
        verified,
        tvr,
        TSI.OFFLINE_DATA_AUTHENTICATION_PERFORMED,
    )
    return _receipt(tap, card, decided)


def _request(tap: _Tap, card: CardData, verified: Verified) -> IssuerRequest:
    values = {
        **card.values,
        **tap.values,
        **tap.options.others,
        0x82: tap.options.aip,
        0x84: tap.candidate.name,
        0x9F09: tap.candidate.application.version,
        0x9F27: bytes(tap.cid),
        0x9F34: bytes(verified.results),
    }
    return IssuerRequest(card.account, card.sequence, MappingProxyType(values), verified.pin_block)


def _receipt(tap: _Tap, card: CardData, decided: _Decided) -> Receipt:
    asked = _request(tap, card, decided.verified)
    return Receipt(
        outcome=decided.outcome,
        application=tap.candidate.name,
        label=tap.candidate.label,
        amount=tap.transaction.amount,
        account=card.account,
        cid=tap.cid,
        cryptogram=asked.values[_AC],
        atc=int.from_bytes(asked.values[_ATC], "big"),
        response_code=decided.response_code,
        tvr=decided.tvr,
        tsi=decided.tsi,
        cvm=decided.verified.results,
        first=asked,
        final=asked,
        signature=decided.verified.signature,
        contactless=True,
        reversal=decided.reversal,
    )

"""From the first cryptogram to the end, alone or with the issuer (EMV book 3, 10.8 to 10.11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sscard.apdu import pboc
from sscard.apdu.aip import AIP
from sscard.apdu.authorization import (
    OFFLINE_APPROVED,
    OFFLINE_DECLINED,
    UNREACHED_APPROVED,
    UNREACHED_DECLINED,
    IssuerAnswer,
    IssuerRequest,
)
from sscard.apdu.cryptogram import Cryptogram
from sscard.apdu.status import StatusWord
from sscard.apdu.tsi import TSI
from sscard.apdu.tvr import TVR
from sscard.perso.plan import Plan
from sscard.terminal.pos import action, cryptograms, ecash, scripts
from sscard.terminal.pos.cryptograms import CDOL1, CDOL2, Answer
from sscard.terminal.pos.receipt import Outcome
from sscard.terminal.pos.scripts import ScriptResult
from sscard.terminal.pos.session import Session
from sscard.terminal.pos.transaction import Reply

_RESPONSE_CODE, _AUTHENTICATION = 0x8A, 0x91
#: What a terminal answers for itself, by whether it or the issuer was to decide.
_OFFLINE = {True: OFFLINE_APPROVED, False: OFFLINE_DECLINED}
_UNREACHED = {True: UNREACHED_APPROVED, False: UNREACHED_DECLINED}


@dataclass(frozen=True, slots=True)
class Ending:
    """How it ended, with the first and the last cryptogram as the issuer will want to see them."""

    outcome: Outcome
    response_code: bytes
    answer: Answer
    first: IssuerRequest = field(repr=False)
    final: IssuerRequest = field(repr=False)
    scripts: tuple[ScriptResult, ...] = ()
    reversal: bool = False


def decide(session: Session) -> Plan[Ending]:
    """GENERATE AC, and what follows from the card's answer."""
    proposed = action.proposed(session.card, session.application, session.terminal, session.tvr)
    asked = ecash.wanted(session, proposed)
    # The card gets the code with CDOL2 only, but a terminal that is offline knows it now.
    session.extra[_RESPONSE_CODE] = _OFFLINE[asked is Cryptogram.TC]
    answer, values = yield from cryptograms.generate(session, asked, CDOL1)
    session.tsi |= TSI.CARD_RISK_MANAGEMENT_PERFORMED
    first = request(session, values)
    broken = TVR.CDA_FAILED in session.tvr and session.cda
    if answer.cid.kind is Cryptogram.ARQC:
        return (yield from (_given_up(session, first) if broken else _online(session, first)))
    approved = answer.cid.kind is Cryptogram.TC and not broken
    outcome = Outcome.APPROVED_OFFLINE if approved else Outcome.DECLINED_OFFLINE
    return Ending(outcome, _OFFLINE[approved], answer, first, first)


def request(session: Session, values: Mapping[int, bytes]) -> IssuerRequest:
    """What the issuer is asked, or told."""
    return IssuerRequest(session.card.account, session.card.sequence, values, session.pin_block)


def _given_up(session: Session, first: IssuerRequest) -> Plan[Ending]:
    """A card whose signature over its ARQC is wrong gets no chance to be approved online."""
    session.extra[_RESPONSE_CODE] = OFFLINE_DECLINED
    answer, values = yield from cryptograms.generate(session, Cryptogram.AAC, CDOL2)
    final = request(session, values)
    return Ending(Outcome.DECLINED_OFFLINE, OFFLINE_DECLINED, answer, first, final)


def _online(session: Session, first: IssuerRequest) -> Plan[Ending]:
    reply = Reply() if session.terminal.offline_only else session.around.asked(first)
    told = reply.answer
    if told is None:
        return replace((yield from _unreached(session, first)), reversal=reply.lost)
    session.extra[_RESPONSE_CODE] = told.response_code
    yield from _issuer_authenticated(session, told)
    before = yield from scripts.deliver(session, (s for s in told.scripts if not s.final))
    asked = Cryptogram.TC if told.approved else Cryptogram.AAC
    answer, values = yield from cryptograms.generate(session, asked, CDOL2)
    after = yield from scripts.deliver(session, (s for s in told.scripts if s.final))
    outcome = _told(told, answer, broken=session.cda and TVR.CDA_FAILED in session.tvr)
    final = request(session, values)
    taken = outcome is Outcome.DECLINED_BY_CARD
    return Ending(outcome, told.response_code, answer, first, final, before + after, taken)


def _told(told: IssuerAnswer, answer: Answer, *, broken: bool) -> Outcome:
    if not told.approved:
        return Outcome.DECLINED_ONLINE
    if answer.cid.kind is not Cryptogram.TC or broken:
        return Outcome.DECLINED_BY_CARD
    return Outcome.APPROVED_ONLINE


def _unreached(session: Session, first: IssuerRequest) -> Plan[Ending]:
    asked = action.unreached(session.card, session.application, session.tvr)
    session.extra[_RESPONSE_CODE] = _UNREACHED[asked is Cryptogram.TC]
    answer, values = yield from cryptograms.generate(session, asked, CDOL2)
    broken = session.cda and TVR.CDA_FAILED in session.tvr
    approved = answer.cid.kind is Cryptogram.TC and not broken
    outcome = Outcome.APPROVED_OFFLINE if approved else Outcome.DECLINED_OFFLINE
    return Ending(outcome, _UNREACHED[approved], answer, first, request(session, values))


def _issuer_authenticated(session: Session, told: IssuerAnswer) -> Plan[None]:
    """EXTERNAL AUTHENTICATE, where the issuer proves itself and the card can check it."""
    if told.arpc is None:
        return
    session.extra[_AUTHENTICATION] = told.arpc + told.response_code
    if AIP.ISSUER_AUTHENTICATION not in session.card.aip:
        return
    session.tsi |= TSI.ISSUER_AUTHENTICATION_PERFORMED
    answer = yield pboc.external_authenticate(told.arpc, told.response_code)
    if answer.sw != StatusWord.OK:
        session.tvr |= TVR.ISSUER_AUTHENTICATION_FAILED

"""The contact kernel: a whole debit transaction, from selection to completion (pboc 2 to 5).

A plan like those of personalization: it yields commands and is run against anything that resets
and transmits.  Persons, the issuer, the clock and randomness are in its arguments.
"""

from __future__ import annotations

from collections.abc import Callable

from sscard.apdu import pboc, tlv
from sscard.apdu.status import StatusWord
from sscard.perso.plan import Plan
from sscard.terminal.pos import (
    card_data,
    cardholder,
    decision,
    ecash,
    offline_authentication,
    restrictions,
    risk,
)
from sscard.terminal.pos.card_data import MANDATORY, ProcessingOptions
from sscard.terminal.pos.configuration import Terminal
from sscard.terminal.pos.decision import Ending
from sscard.terminal.pos.errors import Reason, Terminated
from sscard.terminal.pos.lists import told
from sscard.terminal.pos.receipt import Outcome, Receipt
from sscard.terminal.pos.selection import Candidate, candidates
from sscard.terminal.pos.session import Session
from sscard.terminal.pos.transaction import Surroundings, Transaction

#: Picks one of several applications, or None.
Choose = Callable[[tuple[Candidate, ...]], Candidate | None]


def preferred(found: tuple[Candidate, ...]) -> Candidate | None:
    """The one that the card wants first."""
    return found[0] if found else None


def transact(
    terminal: Terminal,
    transaction: Transaction,
    around: Surroundings,
    choose: Choose = preferred,
) -> Plan[Receipt]:
    """One contact transaction.

    Raises Terminated when it ends before anybody decided, StatusError and MalformedData for a card
    that is broken.
    """
    candidate, options, asked = yield from _started(terminal, transaction, choose)
    card = yield from card_data.read(options)
    for tag in MANDATORY:
        card.need(tag)
    application = candidate.application
    session = Session(terminal, transaction, around, application, card, asked)
    session.extra[0x84] = candidate.name
    session.ecash = yield from ecash.look(session)
    yield from offline_authentication.authenticate(session)
    session.tvr |= restrictions.restricted(card, application, terminal, transaction)
    yield from cardholder.verify(session)
    yield from risk.manage(session)
    ending = yield from decision.decide(session)
    if session.ecash is not None and ending.outcome is Outcome.APPROVED_OFFLINE:
        session.ecash = yield from ecash.settled(session.ecash, ending.answer)
    return _receipt(session, candidate, ending)


def _started(
    terminal: Terminal, transaction: Transaction, choose: Choose
) -> Plan[tuple[Candidate, ProcessingOptions, bytes]]:
    """The application that takes part, its options, and what its PDOL was told."""
    found = yield from candidates(terminal)
    reason = Reason.NO_APPLICATION
    while (candidate := choose(found)) is not None:
        started = yield from _processing_options(candidate, terminal, transaction)
        if started is not None:
            return candidate, *started
        # It cannot be selected, or not in this situation: then another one (EMV book 3, 10.1 [G]).
        found = tuple(each for each in found if each.name != candidate.name)
        reason = Reason.NOT_ACCEPTED
    raise Terminated(reason)


def _processing_options(
    candidate: Candidate, terminal: Terminal, transaction: Transaction
) -> Plan[tuple[ProcessingOptions, bytes] | None]:
    selected = yield pboc.select(candidate.name)
    if selected.sw != StatusWord.OK:
        return None
    pdol = tlv.find(selected.data, 0x6F, 0xA5, 0x9F38) or b""
    asked = told(pdol, transaction.values_with(terminal, candidate.application))
    answer = yield pboc.get_processing_options(asked)
    if answer.sw == StatusWord.CONDITIONS_NOT_SATISFIED:
        return None
    return ProcessingOptions.parse(answer.require("get processing options")), asked


def _receipt(session: Session, candidate: Candidate, ending: Ending) -> Receipt:
    values = ending.final.values
    return Receipt(
        outcome=ending.outcome,
        application=candidate.name,
        label=candidate.label,
        amount=session.transaction.amount,
        account=session.card.account,
        cid=ending.answer.cid,
        cryptogram=values[0x9F26],
        atc=int.from_bytes(ending.answer.atc, "big"),
        response_code=ending.response_code,
        tvr=session.tvr,
        tsi=session.tsi,
        cvm=session.cvm,
        first=ending.first,
        final=ending.final,
        signature=cardholder.signature_wanted(session.cvm),
        scripts=ending.scripts,
        ecash=session.ecash,
        reversal=ending.reversal,
    )

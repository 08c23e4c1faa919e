"""Checks of cards in the ledger: which are due, and who signed them with what result."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from sscard.errors import LedgerError
from sscard.issuance.floor.gates import Check, GateRules, Verdict, What
from sscard.issuance.floor.signatures import require_name
from sscard.issuance.ledger import Book, counters
from sscard.issuance.ledger.schema import CARDS, CHECKS, EVENTS
from sscard.issuance.states import CardState

_DUE = "due"
_MADE = frozenset({CardState.SSSE_DONE, CardState.ISSUED})


@dataclass(frozen=True, slots=True)
class Signed:
    """One signed check of a card; ``subject`` is its number."""

    what: What
    subject: str
    passed: bool
    by: str
    note: str = ""


def demand(book: Book, station: str, batch: str, what: What, card: str) -> None:
    """This card has to be checked before the station goes on."""
    facts = {"what": what.value, "card": card}
    book.note("check", _desk(station, batch), _DUE, facts)


def checks(connection: Connection, station: str, batch: str) -> Sequence[Check]:
    """What was demanded of a station in a batch, oldest first, with what came of it."""
    known = _verdicts(connection, batch)
    about = (EVENTS.c.kind == "check") & (EVENTS.c.subject == _desk(station, batch))
    query = select(EVENTS.c.at, EVENTS.c.facts).where(about & (EVENTS.c.what == _DUE))
    found = []
    for row in connection.execute(query.order_by(EVENTS.c.seq)):
        facts = json.loads(row.facts)
        verdict, at = known.get((facts["what"], facts["card"]), (Verdict.DUE, None))
        found.append(Check(What(facts["what"]), verdict, facts["card"], row.at, at))
    return found


def sign(book: Book, signed: Signed) -> None:
    """Write a check down.

    Raises LedgerError for a card that is not there or not made, NotSigned.
    """
    require_name(signed.by)
    where = CARDS.c.card_number == signed.subject
    card = book.connection.execute(select(CARDS.c.batch_number, CARDS.c.state).where(where)).first()
    if card is None:
        raise LedgerError(f"no card {signed.subject} in the ledger")
    if card.state not in _MADE:
        raise LedgerError(f"card {signed.subject} is {card.state.name}: 尚未制成 it is not made")
    (number,) = counters.take(book.connection, "check")
    row = {
        "id": number,
        "batch": card.batch_number,
        "what": signed.what.value,
        "subject": signed.subject,
        "result": "passed" if signed.passed else "failed",
        "by": signed.by,
        "at": book.actor.at,
        "note": signed.note or None,
    }
    book.insert(CHECKS, [row], signed.what.value)


def final_missing(connection: Connection, batch: str, rules: GateRules) -> int:
    """How many finished cards of a batch still have to be checked, and pass."""
    issued = (CARDS.c.batch_number == batch) & (CARDS.c.state == CardState.ISSUED)
    made = connection.execute(select(func.count()).where(issued)).scalar_one()
    return max(0, rules.final_sample(made) - final_passed(connection, batch))


def final_passed(connection: Connection, batch: str) -> int:
    """How many cards of a batch have passed the final check."""
    found = _verdicts(connection, batch)
    final = (v for (what, _), (v, _) in found.items() if what == What.FINAL.value)
    return sum(verdict is Verdict.PASSED for verdict in final)


def _verdicts(
    connection: Connection, batch: str
) -> dict[tuple[str, str], tuple[Verdict, datetime]]:
    """The last word on each card."""
    columns = (CHECKS.c.what, CHECKS.c.subject, CHECKS.c.result, CHECKS.c.at)
    query = select(*columns).where(CHECKS.c.batch == batch).order_by(CHECKS.c.id)
    return {
        (row.what, row.subject): (Verdict(row.result), row.at) for row in connection.execute(query)
    }


def _desk(station: str, batch: str) -> str:
    return f"{station}/{batch}"

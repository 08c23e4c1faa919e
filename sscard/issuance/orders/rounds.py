"""Rounds and units: who may have a card when, and who comes together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sscard.errors import LedgerError
from sscard.issuance.ledger import Book
from sscard.issuance.ledger.schema import ROUNDS, UNITS
from sscard.issuance.orders.rows import Round, Unit
from sscard.issuance.orders.rules import Rule, RuleBroken
from sscard.issuance.orders.steps import among, round_named


def open_round(book: Book, wish: Round) -> None:
    """A new round.  Raises LedgerError when the name is taken."""
    tested = wish.general_test is not None
    row = {
        "name": wish.name,
        "region": wish.region,
        "opened_at": book.actor.at,
        "age_limit": wish.age_limit,
        "expected": wish.expected,
        "rules": wish.rules.model_dump(mode="json"),
        "general_test": wish.general_test,
        "tested_at": book.actor.at if tested else None,
    }
    book.insert(ROUNDS, [row], "opened")


def pass_general_test(book: Book, name: str, certificate: str) -> None:
    """The sample has passed; ``certificate`` is what the ministry's paper is found by."""
    if not certificate:
        raise ValueError("a general test is passed with a certificate")
    changes = {"general_test": certificate, "tested_at": book.actor.at}
    book.update(ROUNDS, name, changes, "general test", {"certificate": certificate})


def close_round(book: Book, name: str) -> None:
    """Nobody is entered into the round any more."""
    book.update(ROUNDS, name, {"closed_at": book.actor.at}, "closed")


def require_open(found: Round) -> None:
    """RuleBroken for a round that is closed."""
    if found.closed_at is not None:
        raise RuleBroken(Rule.ROUND_CLOSED, f"round {found.name}")


def require_tested(book: Book, name: str) -> None:
    """RuleBroken unless the round's sample has passed the general test (issuance 2)."""
    if round_named(book.connection, name).general_test is None:
        raise RuleBroken(Rule.GENERAL_TEST, f"round {name}")


def add_units(book: Book, units: Iterable[Unit]) -> int:
    """Write down units that are new; how many.  LedgerError for one that is known as another."""
    wanted = {unit.code: unit for unit in units}
    known = {row.code: row for row in among(book.connection, UNITS.c.code, wanted, *UNITS.c)}
    for code, row in known.items():
        if _row(wanted[code]).items() - dict(row._mapping).items():
            raise LedgerError(f"unit {code} is in the ledger with other particulars")
    new = [_row(unit) for code, unit in wanted.items() if code not in known]
    book.insert(UNITS, new, "added")
    return len(new)


def _row(unit: Unit) -> dict[str, Any]:
    return {
        "code": unit.code,
        "name": unit.name,
        "kind": unit.kind,
        "town": unit.town,
        "centre": unit.centre,
        "address": unit.address,
    }

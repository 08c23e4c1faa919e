"""The end of a batch: its final sample has passed, and its books balance."""

from __future__ import annotations

from sscard.errors import LedgerError
from sscard.issuance.floor import GateRules
from sscard.issuance.floor.checks import final_missing
from sscard.issuance.ledger import Actor
from sscard.issuance.orders import Orders
from sscard.issuance.orders import batching as batches
from sscard.issuance.reports import reconcile


def close_batch(orders: Orders, batch: str, actor: Actor, gates: GateRules) -> None:
    """Close a batch of which every order is done and every card and body accounted for.

    Raises LedgerError that says what does not balance, or how many cards of the final sample
    (终检) have not passed, or RuleBroken: nothing is changed then.
    """
    with orders.book(actor) as book:
        if missing := final_missing(book.connection, batch, gates):
            raise LedgerError(
                f"批次 {batch} 终检未完成 batch {batch}: 还需 {missing} 张 cards have to pass the "
                "final check"
            )
        reconcile(book.connection, batch).require_balanced()
        batches.close_batch(book, batch)

"""The end of a batch: its books must balance."""

from __future__ import annotations

from sscard.issuance.ledger import Actor
from sscard.issuance.orders import Orders
from sscard.issuance.orders import batching as batches
from sscard.issuance.reports import reconcile


def close_batch(orders: Orders, batch: str, actor: Actor) -> None:
    """Close a batch of which every order is done and every card and body accounted for.

    Raises LedgerError that says what does not balance, or RuleBroken: nothing is changed then.
    """
    with orders.book(actor) as book:
        reconcile(book.connection, batch).require_balanced()
        batches.close_batch(book, batch)

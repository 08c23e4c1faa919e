"""The tables of revision 0003, as they were then."""

from sscard.issuance.ledger.migrations.tables_3 import cards, events, lists, orders, work


def create() -> None:
    """All of them, what others refer to first."""
    for each in (cards, events, orders, work, lists):
        each.create()

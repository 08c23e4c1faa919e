"""The tables of the ledger, and the words in their columns."""

from sscard.issuance.ledger.schema.cards import CARDS, COUNTERS, META, CardRow
from sscard.issuance.ledger.schema.events import CHAIN, EVENTS
from sscard.issuance.ledger.schema.lists import LISTS
from sscard.issuance.ledger.schema.orders import BATCHES, ORDERS, ROUNDS, UNITS
from sscard.issuance.ledger.schema.types import BATCH_LENGTH, METADATA
from sscard.issuance.ledger.schema.work import BODIES, CHECKS, FEES, LEASES, STATIONS, STOCK

__all__ = [
    "BATCHES",
    "BATCH_LENGTH",
    "BODIES",
    "CARDS",
    "CHAIN",
    "CHECKS",
    "COUNTERS",
    "EVENTS",
    "FEES",
    "LEASES",
    "LISTS",
    "META",
    "METADATA",
    "ORDERS",
    "ROUNDS",
    "STATIONS",
    "STOCK",
    "UNITS",
    "CardRow",
]

"""The ledger: what was given to whom, how far each card came, and every event on the way."""

from sscard.issuance.ledger.engine import open_engine, reading, transaction
from sscard.issuance.ledger.events import Actor, Event, history, require_aware
from sscard.issuance.ledger.keys import LedgerKeys
from sscard.issuance.ledger.ledger import AccountOfFile, Facts, Ledger
from sscard.issuance.ledger.recorded import Book
from sscard.issuance.ledger.schema.cards import CardRow, HistoryRow
from sscard.issuance.ledger.steps import NumberTaken

__all__ = [
    "AccountOfFile",
    "Actor",
    "Book",
    "CardRow",
    "Event",
    "Facts",
    "HistoryRow",
    "Ledger",
    "LedgerKeys",
    "NumberTaken",
    "history",
    "open_engine",
    "reading",
    "require_aware",
    "transaction",
]

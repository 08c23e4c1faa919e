"""Personal data of orders: sealed for their row and column, opened with the ledger's keys."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sscard.issuance.ledger import LedgerKeys
from sscard.issuance.orders.people import Account, Person


def _place(order: int, column: str) -> str:
    return f"orders/{order}/{column}"


def seal_person(keys: LedgerKeys, order: int, person: Person) -> bytes:
    """The column ``personal``."""
    return keys.seal(person.text(), _place(order, "personal"))


def open_person(keys: LedgerKeys, row: Mapping[str, Any]) -> Person:
    """The person of an order's row.  Raises LedgerError when the column was changed or moved."""
    return Person.of_text(keys.open(row["personal"], _place(row["id"], "personal")))


def account_columns(keys: LedgerKeys, order: int, account: Account) -> dict[str, Any]:
    """An account as an order's row keeps it: to be found by a hash, to be read with the keys."""
    return {
        "bank_hash": keys.number_hash(account.number),
        "bank_sealed": keys.seal(account.text(), _place(order, "account")),
    }


#: An order without an account.
NO_ACCOUNT: Mapping[str, None] = {"bank_hash": None, "bank_sealed": None, "stripe_sealed": None}


def open_account(keys: LedgerKeys, row: Mapping[str, Any]) -> Account | None:
    """The account of an order's row, None when the bank's number is not known."""
    sealed = row["bank_sealed"]
    return Account.of_text(keys.open(sealed, _place(row["id"], "account"))) if sealed else None


def seal_stripe(keys: LedgerKeys, order: int, stripe: Mapping[str, str]) -> bytes:
    """The column ``stripe_sealed``: expiry, CVV2, tracks, until they are purged."""
    text = json.dumps(dict(stripe), ensure_ascii=False)
    return keys.seal(text, _place(order, "stripe"))


def open_stripe(keys: LedgerKeys, row: Mapping[str, Any]) -> dict[str, str] | None:
    """Stripe data of an order's row, None when there are none or they are purged."""
    sealed = row["stripe_sealed"]
    if sealed is None:
        return None
    found: dict[str, str] = json.loads(keys.open(sealed, _place(row["id"], "stripe")))
    return found


def seal_body_account(keys: LedgerKeys, body: str, number: str) -> dict[str, Any]:
    """The account printed on a pre-made blank, as its row keeps it."""
    return {
        "bank_hash": keys.number_hash(number),
        "bank_sealed": keys.seal(number, f"bodies/{body}/bank_number"),
    }


def open_body_account(keys: LedgerKeys, row: Mapping[str, Any]) -> str | None:
    """The account of a body's row, None for bodies without one."""
    sealed = row["bank_sealed"]
    return keys.open(sealed, f"bodies/{row['id']}/bank_number") if sealed else None

"""Accounts as the issuer's host sees them once cards are in use: state, money, counters."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import Enum, unique

from sscard.issuance.script_orders import ScriptOrder

#: Currency 156 as tag 5F2A has it (ISO 4217).
RENMINBI = b"\x01\x56"


@unique
class AccountState(Enum):
    """What the bank thinks of an account."""

    ACTIVE = "active"
    FROZEN = "frozen"
    LOST = "lost"
    STOLEN = "stolen"
    CLOSED = "closed"


@dataclass(slots=True)
class Account:
    """One account with one card; amounts in the smallest unit of its currency.

    ``limit`` is for one transaction, None for none.  ``last_atc`` is the highest counter with
    which the card has come: one that is not higher is a repetition.  ``orders`` are what the issuer
    wants the card to do at the next opportunity; once sent they are gone.  ``charged`` are amounts
    taken, by counter, ``declined`` the counters to which the issuer has said no.  ``currency`` is
    tag 5F2A of what may be taken: nobody converts.
    """

    number: str = field(repr=False)
    sequence: str = "01"
    balance: int = field(default=0, repr=False)
    limit: int | None = None
    state: AccountState = AccountState.ACTIVE
    last_atc: int = 0
    currency: bytes = RENMINBI
    charged: dict[int, int] = field(default_factory=dict, repr=False)
    declined: set[int] = field(default_factory=set, repr=False)
    orders: deque[ScriptOrder] = field(default_factory=deque, repr=False)


class AccountBook:
    """Accounts by number and sequence number, in memory."""

    def __init__(self) -> None:
        self._accounts: dict[tuple[str, str], Account] = {}

    def __repr__(self) -> str:
        return f"<{len(self._accounts)} accounts>"

    def open(self, account: Account) -> Account:
        """Adds one.  ValueError for a card that is there, without repeating its number."""
        place = (account.number, account.sequence)
        if place in self._accounts:
            raise ValueError("there is such an account already")
        self._accounts[place] = account
        return account

    def find(self, number: str, sequence: str) -> Account | None:
        """The account of this card, or None."""
        return self._accounts.get((number, sequence))

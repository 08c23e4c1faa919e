"""The people and machines around the terminal of ``sscard transact``: issuer's host and PIN pad."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sscard.apdu.authorization import IssuerAnswer, IssuerRequest
from sscard.apdu.cryptogram import Cryptogram
from sscard.errors import MalformedData
from sscard.issuance.accounts_in_use import Account, AccountBook
from sscard.issuance.authorizer import Authorizer
from sscard.issuance.cryptogram_check import check
from sscard.issuance.script_orders import ScriptOrder
from sscard.keys import BankStore, Pin
from sscard.keys.issuer_operations import DerivedOperations
from sscard.terminal.pos import Receipt

_BLOCK = 8


@dataclass(frozen=True, slots=True)
class Customer:
    """The account that whatever card comes belongs to: its money, its counter so far, orders."""

    balance: int
    counter: int
    orders: tuple[ScriptOrder, ...] = ()


class PinPad:
    """Asks for PINs.  The block for the issuer is a number that only its host knows.

    No terminal key is modelled: pad and host of the TEST bank trust each other (assumed).
    """

    def __init__(self, ask: Callable[[int | None], Pin | None]) -> None:
        self.ask = ask
        self._given: set[bytes] = set()

    def online(self, _account: str) -> bytes | None:
        """A block for the issuer; None without a PIN."""
        if self.ask(None) is None:
            return None
        block = os.urandom(_BLOCK)
        self._given.add(block)
        return block

    def holds(self, _account: Account, block: bytes) -> bool:
        """What the host asks.  The TEST bank keeps no PINs: what was entered is right (assumed)."""
        return block in self._given


@dataclass(slots=True)
class Host:
    """The issuer's host with one account, opened for the card that comes."""

    customer: Customer
    operations: DerivedOperations = field(repr=False)
    authorizer: Authorizer = field(repr=False)
    opened: Account | None = field(default=None, repr=False)

    @classmethod
    def of(cls, store: BankStore, customer: Customer, pad: PinPad) -> Host:
        """A host with a bank's keys of both families."""
        operations = DerivedOperations.of(store)
        return cls(customer, operations, Authorizer(AccountBook(), operations, pad.holds))

    def authorize(self, request: IssuerRequest) -> IssuerAnswer:
        """The answer to an authorization request.  Raises KeyStoreError."""
        self._open(request)
        return self.authorizer.authorize(request)

    def genuine(self, request: IssuerRequest) -> bool:
        """Whether a cryptogram is the card's.  Raises KeyStoreError."""
        try:
            return check(request, self.operations).genuine
        except MalformedData:
            return False

    def finish(self, receipt: Receipt, *, in_cash: bool) -> int | None:
        """Takes in how it ended; the account's balance afterwards, None when nobody asked for it.

        What was paid ``in_cash`` left the account when it was loaded.  Raises KeyStoreError.
        """
        if receipt.reversal and self.opened is not None:
            self.authorizer.reverse(receipt.first)
        if receipt.outcome.approved and receipt.cid.kind is Cryptogram.TC and not in_cash:
            self._open(receipt.final)
            self.authorizer.settle(receipt.final, in_cash=False)
        return None if self.opened is None else self.opened.balance

    def _open(self, request: IssuerRequest) -> None:
        if self.opened is None:
            told = self.customer
            account = Account(request.account, request.sequence, balance=told.balance)
            account.last_atc = told.counter
            account.orders.extend(told.orders)
            self.opened = self.authorizer.book.open(account)


def one_answer(pin: Pin | None) -> Callable[[int | None], Pin | None]:
    """Somebody who enters ``pin`` once and, when it was wrong, does not try again."""
    left: list[Pin] = [] if pin is None else [pin]
    return lambda _tries: left.pop() if left else None


def orders(named: Sequence[str]) -> tuple[ScriptOrder, ...]:
    """Script orders by the names that the command line has for them."""
    from sscard.issuance import script_orders

    known: dict[str, Callable[[], ScriptOrder]] = {
        "block-application": script_orders.block_application,
        "unblock-application": script_orders.unblock_application,
        "unblock-pin": script_orders.unblock_pin,
        "block-card": script_orders.block_card,
    }
    return tuple(known[each]() for each in named)

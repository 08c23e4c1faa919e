"""Session keys, MACs and TACs of off-line medical transactions (ssc 5.2, 4 row 4 [S]).

Card, host and terminal compute the same values: one of them sends what the other compares.  A
load is one object from INIT on, and its time comes with CREDIT; a purchase is whole at DEBIT.

Inferred [I]: the type is one binary byte; the TAC of a load is over the balance *after* it, as in
the electronic purse this follows; SM4 session keys come from the same 8 bytes, filled up with 00.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sscard.apdu.medical_data import TransactionType
from sscard.keys.suite import Suite
from sscard.keys.types import SecretKey

_AMOUNT, _COUNTER, _TERMINAL_COUNTER = 4, 2, 4
_RANDOM, _TERMINAL, _TIME = 4, 6, 7


@dataclass(frozen=True, slots=True)
class Load:
    """One load (账户划入); amounts in fen.  ValueError for what does not fit its place."""

    #: What the card answered INIT FOR LOAD with, 4 bytes.
    random: bytes
    #: The card's load counter, before it is incremented.
    counter: int
    #: In the account before the load.
    balance: int = field(repr=False)
    amount: int = field(repr=False)
    #: Terminal number, 6 packed bytes.
    terminal: bytes

    def __post_init__(self) -> None:
        _require_lengths((self.random, _RANDOM), (self.terminal, _TERMINAL))
        _require_numbers((self.counter, _COUNTER), (self.balance, _AMOUNT), (self.amount, _AMOUNT))
        _require_numbers((self.new_balance, _AMOUNT))

    @property
    def new_balance(self) -> int:
        """In the account after the load, in fen."""
        return self.balance + self.amount


@dataclass(frozen=True, slots=True)
class Purchase:
    """One purchase (医疗结算); amounts in fen.  ValueError for what does not fit its place."""

    #: What the card answered INIT FOR PURCHASE with, 4 bytes.
    random: bytes
    #: The card's purchase counter, before it is incremented.
    counter: int
    #: Taken from the personal account.
    account: int = field(repr=False)
    #: Paid by the holder.
    self_paid: int = field(repr=False)
    #: Paid by the pool.
    pool: int = field(repr=False)
    #: Terminal number, 6 packed bytes.
    terminal: bytes
    terminal_counter: int
    #: 7 packed bytes, YYYYMMDDhhmmss.
    time: bytes

    def __post_init__(self) -> None:
        _require_lengths((self.random, _RANDOM), (self.terminal, _TERMINAL), (self.time, _TIME))
        _require_numbers((self.counter, _COUNTER), (self.terminal_counter, _TERMINAL_COUNTER))
        _require_numbers(*((each, _AMOUNT) for each in (self.account, self.self_paid, self.pool)))


def load_session(suite: Suite, key: SecretKey, load: Load) -> SecretKey:
    """SESLK, of the card's DLK."""
    counter = load.counter.to_bytes(_COUNTER, "big")
    return suite.session_key(key, load.random + counter + b"\x80\x00")


def load_mac1(suite: Suite, session: SecretKey, load: Load) -> bytes:
    """The card's proof to the host, 4 bytes: old balance, amount, type, terminal."""
    return suite.mac(session, _amounts(load.balance, load.amount) + _LOAD + load.terminal)


def load_mac2(suite: Suite, session: SecretKey, load: Load, time: bytes) -> bytes:
    """The host's proof to the card, 4 bytes: amount, type, terminal, host time (7 bytes)."""
    return suite.mac(session, _amounts(load.amount) + _LOAD + load.terminal + _whole(time))


def load_tac(suite: Suite, key: SecretKey, load: Load, time: bytes) -> bytes:
    """What the card signs the load with, 4 bytes, under the DTK ``key``.

    New balance, counter before the increment, amount, type, terminal, host time (7 bytes).
    """
    text = _amounts(load.new_balance) + load.counter.to_bytes(_COUNTER, "big")
    text += _amounts(load.amount) + _LOAD + load.terminal + _whole(time)
    return suite.mac(suite.tac_key(key), text)


def purchase_session(suite: Suite, key: SecretKey, purchase: Purchase) -> SecretKey:
    """SESPK, of the card's DPK; of the terminal's counter it takes the last 2 bytes."""
    counters = (purchase.counter, purchase.terminal_counter & 0xFFFF)
    tail = b"".join(each.to_bytes(_COUNTER, "big") for each in counters)
    return suite.session_key(key, purchase.random + tail)


def purchase_mac1(suite: Suite, session: SecretKey, purchase: Purchase) -> bytes:
    """The terminal's proof to the card, 4 bytes: three amounts, type, terminal, time."""
    text = _three(purchase) + _PURCHASE + purchase.terminal + purchase.time
    return suite.mac(session, text)


def purchase_mac2(suite: Suite, session: SecretKey, purchase: Purchase) -> bytes:
    """The card's proof that it debited, 4 bytes: three amounts."""
    return suite.mac(session, _three(purchase))


def purchase_tac(suite: Suite, key: SecretKey, purchase: Purchase) -> bytes:
    """What the card signs the purchase with, 4 bytes, under the DTK ``key``."""
    return suite.mac(suite.tac_key(key), purchase_tac_text(purchase))


def purchase_tac_text(purchase: Purchase) -> bytes:
    """What a TAC is over: three amounts, type, terminal, terminal counter, time."""
    counter = purchase.terminal_counter.to_bytes(_TERMINAL_COUNTER, "big")
    return _three(purchase) + _PURCHASE + purchase.terminal + counter + purchase.time


_LOAD = bytes((TransactionType.LOAD,))
_PURCHASE = bytes((TransactionType.PURCHASE,))


def _amounts(*amounts: int) -> bytes:
    return b"".join(each.to_bytes(_AMOUNT, "big") for each in amounts)


def _three(purchase: Purchase) -> bytes:
    return _amounts(purchase.account, purchase.self_paid, purchase.pool)


def _whole(time: bytes) -> bytes:
    _require_lengths((time, _TIME))
    return time


def _require_lengths(*pairs: tuple[bytes, int]) -> None:
    if any(len(value) != size for value, size in pairs):
        raise ValueError("random, terminal number and time have 4, 6 and 7 bytes")


def _require_numbers(*pairs: tuple[int, int]) -> None:
    if any(not 0 <= value < 1 << 8 * size for value, size in pairs):
        raise ValueError("amounts and the terminal's counter have 4 bytes, the card's counter 2")

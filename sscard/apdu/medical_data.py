"""Data of the off-line medical commands, the way in and the way out (ssc 5.2 [S]).

Amounts are in fen, in 4 bytes.  Terminal numbers (cn 6) and times (cn 7, YYYYMMDDhhmmss) stay
packed, as they go into MACs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum, unique
from struct import Struct
from typing import ClassVar

from sscard.apdu.fixed_layout import FixedLayout
from sscard.errors import MalformedData

_AMOUNT = 4
_WITH_YEAR = 6


@unique
class TransactionType(IntEnum):
    """What a transaction was: in MACs, in proofs and in the log (ssc 5.2 [S])."""

    #: 账户划入
    LOAD = 1
    #: 医疗结算
    PURCHASE = 2


@unique
class Purse(IntEnum):
    """What the card keeps an amount of (ssc 5.2 [S])."""

    #: CIA, 个人账户: the balance of the personal account.
    ACCOUNT = 1
    #: SPIP, 个人自付: what the holder paid this year before the pool pays.
    SELF_PAID = 2
    #: SPFP, 统筹基金: what the pool paid this year.
    POOL = 3


@dataclass(frozen=True, slots=True, repr=False)
class InitForLoad(FixedLayout):
    """Asks for a load of ``amount`` under the DLK with this index; 11 bytes."""

    LAYOUT: ClassVar[Struct] = Struct(">BI6s")

    key_index: int
    amount: int
    terminal: bytes


@dataclass(frozen=True, slots=True, repr=False)
class LoadInitialized(FixedLayout):
    """The card's answer to INIT FOR LOAD; 16 bytes."""

    LAYOUT: ClassVar[Struct] = Struct(">IHBB4s4s")

    #: Before the load.
    balance: int
    counter: int
    key_version: int
    #: As in the FCI: 01 3DES, 03 SM4.
    algorithm: int
    random: bytes
    mac1: bytes


@dataclass(frozen=True, slots=True, repr=False)
class CreditForLoad(FixedLayout):
    """The host's consent to the load, with its time; 11 bytes."""

    LAYOUT: ClassVar[Struct] = Struct(">7s4s")

    time: bytes
    mac2: bytes


@dataclass(frozen=True, slots=True, repr=False)
class LoadReceipt(FixedLayout):
    """The card's answer to CREDIT FOR LOAD; 4 bytes."""

    LAYOUT: ClassVar[Struct] = Struct(">4s")

    tac: bytes


@dataclass(frozen=True, slots=True, repr=False)
class InitForPurchase(FixedLayout):
    """Asks for a purchase under the DPK with this index, by who bears what; 19 bytes."""

    LAYOUT: ClassVar[Struct] = Struct(">BIII6s")

    key_index: int
    account: int
    self_paid: int
    pool: int
    terminal: bytes


@dataclass(frozen=True, slots=True, repr=False)
class PurchaseInitialized(FixedLayout):
    """The card's answer to INIT FOR PURCHASE, the amounts before the purchase; 22 bytes."""

    LAYOUT: ClassVar[Struct] = Struct(">III2sHBB4s")

    account: int
    self_paid: int
    pool: int
    #: The accounting year the two sums belong to, 2 packed bytes.
    year: bytes
    counter: int
    key_version: int
    #: As in the FCI: 01 3DES, 03 SM4.
    algorithm: int
    random: bytes


@dataclass(frozen=True, slots=True, repr=False)
class DebitForPurchase(FixedLayout):
    """The terminal's proof and its own counter; 15 bytes."""

    LAYOUT: ClassVar[Struct] = Struct(">I7s4s")

    terminal_counter: int
    time: bytes
    mac1: bytes


@dataclass(frozen=True, slots=True, repr=False)
class PurchaseReceipt(FixedLayout):
    """The card's answer to DEBIT FOR PURCHASE; 8 bytes."""

    LAYOUT: ClassVar[Struct] = Struct(">4s4s")

    tac: bytes
    mac2: bytes


@dataclass(frozen=True, slots=True, repr=False)
class TransactionProof(FixedLayout):
    """The card's answer to GET TRANSACTION PROOF, for a torn transaction; 8 bytes."""

    LAYOUT: ClassVar[Struct] = Struct(">4s4s")

    mac: bytes
    tac: bytes


@dataclass(frozen=True, slots=True)
class StartingDay:
    """The day on which the accounting year begins (年度起始日); 2 packed bytes MMDD.

    ValueError for a day that is not in every year.
    """

    month: int
    day: int

    def __post_init__(self) -> None:
        # A year without 29 February: that day would begin one year in four.
        date(2001, self.month, self.day)

    def __bytes__(self) -> bytes:
        return bytes.fromhex(f"{self.month:02}{self.day:02}")

    @classmethod
    def parse(cls, raw: bytes) -> StartingDay:
        """The day in ``raw``.  Raises MalformedData when it is none."""
        digits = raw.hex()
        if len(raw) != 2:
            raise MalformedData(f"a starting day has 2 bytes, not {len(raw)}")
        try:
            return cls(int(digits[:2]), int(digits[2:]))
        except ValueError:
            raise MalformedData("a starting day that is no day of every year") from None


@dataclass(frozen=True, slots=True, repr=False)
class Balance:
    """The answer to GET BALANCE: an amount, and the year (2 packed bytes) if that was asked for."""

    amount: int
    year: bytes | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.amount < 1 << 8 * _AMOUNT or len(self.year or bytes(2)) != 2:
            raise ValueError("an amount has 4 bytes, a year 2")

    def __bytes__(self) -> bytes:
        return self.amount.to_bytes(_AMOUNT, "big") + (self.year or b"")

    def __repr__(self) -> str:
        return "<Balance>"

    @classmethod
    def parse(cls, raw: bytes) -> Balance:
        """The balance in ``raw``.  Raises MalformedData unless it has 4 or 6 bytes."""
        if len(raw) not in (_AMOUNT, _WITH_YEAR):
            raise MalformedData(f"a balance has 4 or 6 bytes, not {len(raw)}")
        return cls(int.from_bytes(raw[:_AMOUNT], "big"), raw[_AMOUNT:] or None)


def packed_time(when: datetime) -> bytes:
    """``when`` as it is written on the clock of the place: 7 bytes, YYYYMMDDhhmmss."""
    return bytes.fromhex(f"{when:%Y%m%d%H%M%S}")

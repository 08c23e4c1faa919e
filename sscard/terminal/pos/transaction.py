"""One transaction: what is to be paid, and who and what is around the terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, unique

from sscard.apdu.authorization import IssuerAnswer, IssuerRequest
from sscard.keys.types import Pin
from sscard.terminal.pos.configuration import CHINA, Application, Terminal
from sscard.terminal.pos.errors import AnswerLost

#: Digits in tags 9F02 and 9F03, 9F41.
_AMOUNT, _SEQUENCE = 12, 8
_NUMBER = 4


@unique
class Kind(IntEnum):
    """Tag 9C, the first two digits of a processing code (ISO 8583).  Others are legal."""

    PURCHASE = 0x00
    CASH = 0x01
    CASHBACK = 0x09
    REFUND = 0x20
    BALANCE = 0x31


@dataclass(frozen=True, slots=True)
class Transaction:
    """``amount`` with ``other`` (cash back) in it, in the smallest unit of the currency.

    ``number`` is the unpredictable one (9F37, 4 bytes): whoever calls has randomness and a clock.
    """

    amount: int
    at: datetime
    number: bytes
    other: int = 0
    kind: int = Kind.PURCHASE
    currency: bytes = CHINA
    sequence: int = 1
    forced_online: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.other <= self.amount < 10**_AMOUNT:
            raise ValueError("an amount has 12 digits, and what is in it is not more")
        if len(self.number) != _NUMBER or len(self.currency) != 2:
            raise ValueError("the unpredictable number has 4 bytes, a currency 2")
        if not 0 <= self.kind <= 0x99 or not 0 < self.sequence < 10**_SEQUENCE:
            raise ValueError("a type has 2 digits, a sequence number 8")

    def values(self) -> dict[int, bytes]:
        """By tag, as card and issuer get them."""
        return {
            0x9F02: bytes.fromhex(f"{self.amount:012}"),
            0x9F03: bytes.fromhex(f"{self.other:012}"),
            0x81: min(self.amount, 0xFFFFFFFF).to_bytes(4, "big"),
            0x5F2A: self.currency,
            0x9A: bytes.fromhex(f"{self.at:%y%m%d}"),
            0x9F21: bytes.fromhex(f"{self.at:%H%M%S}"),
            0x9C: bytes((self.kind,)),
            0x9F37: self.number,
            0x9F41: bytes.fromhex(f"{self.sequence:08}"),
        }

    def offers_cash(self, terminal: Terminal, application: Application) -> bool:
        """Whether the terminal would be paid with e-cash: a purchase, below the limit for it."""
        limit = application.floor_limit
        if application.cash_limit is not None:
            limit = application.cash_limit
        purchase = self.kind == Kind.PURCHASE and not self.other
        return terminal.ecash and purchase and self.amount < limit

    def values_with(self, terminal: Terminal, application: Application) -> dict[int, bytes]:
        """The same and what ``terminal`` says of itself for this application."""
        return self.values() | {
            0x9F1A: terminal.country,
            0x9F33: bytes(terminal.capabilities),
            0x9F35: bytes((terminal.kind,)),
            0x9F40: terminal.additional,
            0x9F1E: terminal.serial.encode("ascii"),
            0x9F1C: terminal.identification.encode("ascii"),
            0x9F16: terminal.merchant.encode("ascii"),
            0x9F4E: terminal.merchant_name.encode("gbk"),
            0x9F7A: bytes((self.offers_cash(terminal, application),)),
            0xDF69: bytes((terminal.sm,)),
            0xDF60: b"\0",
        }


@dataclass(frozen=True, slots=True)
class Reply:
    """What a terminal hears on line; ``lost`` when the issuer may have decided nevertheless."""

    answer: IssuerAnswer | None = None
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everybody whom a terminal asks; each default is nobody.

    ``random`` gives random bytes (for random selection and for what fills an enciphered PIN);
    ``issuer`` answers, or None when it cannot be reached; it raises AnswerLost when the request has
    gone out and nothing came back: the transaction then goes on as if it could not be reached.
    ``pin`` is asked with the tries left (None: unknown) and gives None when the cardholder does not
    enter one; ``online_pin`` lets the PIN pad encipher one for the issuer; ``hot`` says whether an
    account is on the exception file.
    """

    random: Callable[[int], bytes] = field(repr=False)
    issuer: Callable[[IssuerRequest], IssuerAnswer | None] = lambda _request: None
    pin: Callable[[int | None], Pin | None] = field(default=lambda _tries: None, repr=False)
    online_pin: Callable[[str], bytes | None] = field(default=lambda _account: None, repr=False)
    hot: Callable[[str], bool] = field(default=lambda _account: False, repr=False)

    def asked(self, request: IssuerRequest) -> Reply:
        """What comes back from the issuer."""
        try:
            return Reply(self.issuer(request))
        except AnswerLost:
            return Reply(None, lost=True)

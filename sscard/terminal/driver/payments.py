"""pPayInfo, and what a purchase and the log of purchases say in the interface (ssc 7 [S])."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import astuple, dataclass
from datetime import datetime

from sscard.apdu.medical_data import TransactionType, packed_time
from sscard.channel.medical import Purchase
from sscard.errors import MalformedData
from sscard.keys.key_table import key_entry
from sscard.profiles.file import File
from sscard.terminal.driver.codes import DriverError, ErrorCode
from sscard.terminal.driver.dialogue import joined
from sscard.terminal.driver.step_strings import fields_in
from sscard.terminal.driver.terminal import CoveredBy
from sscard.terminal.driver.texts import PART
from sscard.terminal.psam import Amounts

_YUAN = re.compile(r"(0|[1-9][0-9]{0,8})\.([0-9]{2})")
#: Amounts are below 42949672.95 yuan: what 4 bytes of fen can say.
_LIMIT = 0xFFFFFFFF
_TAC_KEY = "DTK"


@dataclass(frozen=True, slots=True, repr=False)
class Payment:
    """What is to be paid, in fen: in all, and by account and pool together; 7 packed bytes."""

    total: int
    covered: int
    time: bytes

    def split(self, balance: int, covered_by: CoveredBy) -> Amounts:
        """Who pays what; what is left of the total is the holder's."""
        account = {
            CoveredBy.ACCOUNT_FIRST: min(self.covered, balance),
            CoveredBy.ACCOUNT: self.covered,
            CoveredBy.POOL: 0,
        }[covered_by]
        return Amounts(account, self.total - self.covered, self.covered - account)


def payment_in(text: str, clock: Callable[[], datetime]) -> Payment:
    """``total|account and pool|YYYYMMDDhhmmss|``, amounts with two decimals.

    Without a time the terminal's clock tells it (assumed).  Raises DriverError −14.
    """
    total, covered, time = fields_in(text, 3)
    paid = Payment(_fen(total), _fen(covered), _time(time) if time else packed_time(clock()))
    if paid.covered > paid.total:
        raise DriverError(ErrorCode.PARAMETER)
    return paid


@dataclass(frozen=True, slots=True, repr=False)
class Receipt:
    """What a host needs to check the TAC; digits as they stand in the output of iDoDebit."""

    algorithm: str
    #: Of the DTK in an HSM.
    key_address: str
    #: Account, holder, pool: 4 bytes each.
    amounts: str
    type: str
    terminal: str
    terminal_counter: str
    time: str
    tac: str

    def __str__(self) -> str:
        return joined(astuple(self))

    def __repr__(self) -> str:
        return f"<Receipt of terminal {self.terminal}, {self.terminal_counter}>"

    @classmethod
    def of(cls, purchase: Purchase, algorithm: str, version: int, tac: bytes) -> Receipt:
        """Of a purchase under keys of this version."""
        amounts = (purchase.account, purchase.self_paid, purchase.pool)
        return cls(
            algorithm=algorithm,
            key_address=f"{key_entry(_TAC_KEY).address(version) or 0:04X}",
            amounts="".join(f"{each:08X}" for each in amounts),
            type=f"{TransactionType.PURCHASE:02X}",
            terminal=purchase.terminal.hex(),
            terminal_counter=f"{purchase.terminal_counter:08X}",
            time=purchase.time.hex(),
            tac=tac.hex().upper(),
        )


@dataclass(frozen=True, slots=True, repr=False)
class Logged:
    """A purchase in the card's log; sums in fen."""

    number: int
    terminal: str
    time: str
    total: int
    covered: int

    def __str__(self) -> str:
        """Every item is ended by ``^``, sums are in yuan."""
        items = (self.number, self.terminal, self.time, yuan(self.total), yuan(self.covered))
        return "".join(f"{each}{PART}" for each in items)

    def __repr__(self) -> str:
        return f"<Logged {self.number}>"


def logged(file: File, record: bytes) -> Logged | None:
    """The purchase in a record of the log; None for a load.  Raises MalformedData."""
    parts = {part.name: raw for part, raw in file.elements[0].split(record)}
    if parts["transaction_type"] != b"%d" % TransactionType.PURCHASE:
        return None
    names = ("account_amount", "self_paid_amount", "pool_amount")
    account, self_paid, pool = (int.from_bytes(parts[name], "big") for name in names)
    return Logged(
        number=int.from_bytes(parts["transaction_sequence"], "big"),
        terminal=_packed(parts["terminal_number"]),
        time=_packed(parts["transaction_time"]),
        total=account + self_paid + pool,
        covered=account + pool,
    )


def yuan(fen: int) -> str:
    """Two decimals."""
    return f"{fen // 100}.{fen % 100:02}"


def _fen(text: str) -> int:
    found = _YUAN.fullmatch(text)
    fen = int(found[1] + found[2]) if found else _LIMIT
    if fen >= _LIMIT:
        raise DriverError(ErrorCode.PARAMETER)
    return fen


def _time(text: str) -> bytes:
    try:
        if len(text) != 14 or not (text.isascii() and text.isdigit()):
            raise ValueError
        return packed_time(datetime.strptime(text, "%Y%m%d%H%M%S"))
    except ValueError:
        raise DriverError(ErrorCode.PARAMETER) from None


def _packed(raw: bytes) -> str:
    if not raw.hex().isdecimal():
        raise MalformedData("the log has something that is not digits")
    return raw.hex()

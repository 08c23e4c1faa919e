"""What a driver works with: readers, a keypad, an HSM, a clock, the tables of cards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, IntEnum, unique
from typing import Protocol, runtime_checkable

from sscard.errors import SscardError, TransportError
from sscard.keys.stores.service.card_seen import CardSeen
from sscard.perso.plan import Connection
from sscard.profiles.model import Profile
from sscard.terminal.driver.certificates.desk import NO_CERTIFICATES, CertificateDesk
from sscard.terminal.driver.codes import ErrorCode


@unique
class Interface(IntEnum):
    """iType: which reader (ssc 7 [S])."""

    CONTACT = 1
    CONTACTLESS = 2
    CONTACT_FIRST = 3
    CONTACTLESS_FIRST = 4


@unique
class Prompt(Enum):
    """What the holder is asked for at the keypad: Chinese, English."""

    PIN = "请输入密码", "PIN"
    OLD_PIN = "请输入原密码", "old PIN"
    NEW_PIN = "请输入新密码", "new PIN"
    AGAIN = "请再次输入新密码", "new PIN again"
    CERTIFICATE_PIN = "请输入证书密码", "PIN of the certificate application"

    @property
    def zh(self) -> str:
        """For the display."""
        return self.value[0]

    @property
    def en(self) -> str:
        """For the display."""
        return self.value[1]


@unique
class CoveredBy(Enum):
    """Who pays the one sum that pPayInfo has for account and pool together (assumed).

    The card wants two.  ACCOUNT_FIRST: the account as far as it reaches, the pool the rest.
    """

    ACCOUNT_FIRST = "account first"
    ACCOUNT = "account"
    POOL = "pool"


class KeypadCancelled(SscardError):
    """The holder pressed cancel."""


class KeypadTimeout(SscardError):
    """The holder entered nothing in time."""


class Keypad(Protocol):
    """Where the holder types the PIN."""

    def enter(self, prompt: Prompt, /) -> str:
        """The digits.  Raises KeypadCancelled, KeypadTimeout."""
        ...


class Hsm(Protocol):
    """Answers the strings of the HSM steps: what a step gives comes in, the next one's pKey out.

    Raises SscardError where there is no answer.
    """

    def read_basic(self, step1: str, /) -> str:
        """iReadCardBas: proofs of IRK and, where it is asked for, RKSSSE."""
        ...

    def read(self, card: CardSeen, step1: str, /) -> str:
        """iReadCard: the proof of a read key."""
        ...

    def write(self, card: CardSeen, step1: str, /) -> str:
        """iWriteCard: the proof of an update key."""
        ...

    def reload_pin(self, card: CardSeen, step1: str, /) -> str:
        """iReloadPIN: the proof of the PUK."""
        ...

    def reload_pin_message(self, card: CardSeen, step2: str, /) -> str:
        """iReloadPIN: the whole command with the new PIN."""
        ...

    def unblock_pin(self, card: CardSeen, step1: str, /) -> str:
        """iUnblockPIN: the proof of the PUK."""
        ...

    def unblock_pin_message(self, card: CardSeen, step2: str, /) -> str:
        """iUnblockPIN: the whole command."""
        ...

    def debit(self, card: CardSeen, step1: str, /) -> str:
        """iDoDebit: terminal counter, time, MAC1, MAC2, TAC."""
        ...


@runtime_checkable
class PowersOff(Protocol):
    """A connection that can take the power from its card."""

    def power_off(self) -> None:
        """The card is without power until the next reset."""
        ...


@unique
class Moment(Enum):
    """When a reader had no answer."""

    POWER_UP = "power up"
    COMMAND = "command"


Blame = Callable[[TransportError, Moment], ErrorCode]


def no_card_or_no_answer(_error: TransportError, moment: Moment) -> ErrorCode:
    """What a lost connection means where nobody knows more."""
    return ErrorCode.NO_CARD if moment is Moment.POWER_UP else ErrorCode.NO_ANSWER


@dataclass(frozen=True, slots=True)
class Terminal:
    """Readers and what else there is; None is: this terminal has none.

    ``profiles`` gives the tables of a card's generation (1, 2, 3), with or without a region's
    overlay.  ``device`` is the 终端设备号 of the output.  ``blame`` tells what lies behind a
    TransportError: it knows the classes of the transport, which this package does not.
    """

    profiles: Callable[[int], Profile]
    clock: Callable[[], datetime]
    contact: Connection | None = None
    contactless: Connection | None = None
    psam: Connection | None = None
    keypad: Keypad | None = None
    hsm: Hsm | None = None
    device: str = ""
    blame: Blame = no_card_or_no_answer
    covered_by: CoveredBy = CoveredBy.ACCOUNT_FIRST
    certificates: CertificateDesk = NO_CERTIFICATES

    def __post_init__(self) -> None:
        """ValueError for a device number that cannot stand in an output."""
        if "|" in self.device or self.device.encode("gbk", "ignore").decode("gbk") != self.device:
            raise ValueError("a device number is text of GBK without |")

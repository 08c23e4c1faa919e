"""What a card's certificate application has before a CA has answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, unique

from sscard.keys.types import SM4, NotCopied, Pin


@dataclass(frozen=True, slots=True)
class BlankCard(NotCopied):
    """PINs of blank cards, and the master key that the lot's DDF and ADF have (ssc-more 1.2).

    Of a card that is written a second time: its administrator's PIN and master key of the first.
    """

    user_pin: Pin = field(repr=False)
    admin_pin: Pin = field(repr=False)
    master: SM4 = field(repr=False)


@unique
class Age(Enum):
    """Which of two a card has where a CA's answer replaces a secret."""

    #: What ``BlankCard`` says.
    OLD = "old"
    #: What the CA's answer says.
    NEW = "new"

"""What the card remembers from one transaction to the next, beside its ATC (pboc 2.4 [H, M]).

One object of fixed length that is written as a whole, so that nothing in it goes back alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import Self

from sscard.cos.pse.instance import Instance

#: No host can send a grouping of this identifier: it is the card's own.
IDENTIFIER = 0xFF01

_AMOUNT, _ATC, _CRYPTOGRAM = 6, 2, 8


class Memory(IntFlag):
    """What happened, until a transaction goes through on line."""

    ONLINE_NOT_COMPLETED = 0x01
    ISSUER_AUTHENTICATION_FAILED = 0x02
    ISSUER_AUTHENTICATION_MISSING = 0x04
    SDA_FAILED = 0x08
    DDA_FAILED = 0x10
    SCRIPT_FAILED = 0x20
    #: The application was blocked because no PIN try was left.
    BLOCKED_BY_PIN = 0x40
    #: The last transaction computed with SM4 and SM2.
    SM = 0x80


NOTHING = Memory(0)


@dataclass(frozen=True, slots=True)
class Risk:
    """Amounts are in the currency's smallest unit; ``spent`` is the cumulative total (CTTA).

    ``abroad`` counts transactions in another currency in a row, ``in_other_countries`` those in
    another country; ``spent_in_both`` is the total of both currencies.  ``cryptogram`` is the first
    of the transaction ``atc``.
    """

    memory: Memory = NOTHING
    scripts: int = 0
    last_online: bytes = bytes(_ATC)
    abroad: int = 0
    in_other_countries: int = 0
    spent: int = 0
    spent_in_both: int = 0
    atc: bytes = bytes(_ATC)
    cryptogram: bytes = bytes(_CRYPTOGRAM)

    def __bytes__(self) -> bytes:
        counts = bytes((self.memory, self.scripts, self.abroad, self.in_other_countries))
        amounts = (each.to_bytes(_AMOUNT, "big") for each in (self.spent, self.spent_in_both))
        return b"".join((counts, self.last_online, *amounts, self.atc, self.cryptogram))

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """What ``bytes`` made."""
        memory, scripts, abroad, countries = raw[:4]
        spent, both = raw[6:12], raw[12:18]
        return cls(
            Memory(memory),
            scripts,
            raw[4:6],
            abroad,
            countries,
            int.from_bytes(spent, "big"),
            int.from_bytes(both, "big"),
            raw[18:20],
            raw[20:],
        )


def read(instance: Instance) -> Risk:
    """What the card remembers; nothing yet on a new one."""
    raw = instance.value(IDENTIFIER)
    return Risk() if raw is None else Risk.parse(raw)


def write(instance: Instance, risk: Risk) -> None:
    """Remember.  The place is made when the application is issued."""
    instance.store(IDENTIFIER, bytes(risk))

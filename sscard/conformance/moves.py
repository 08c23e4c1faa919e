"""What a case asks of whoever drives it: commands as bytes, power, and nothing else.

Commands are bytes and no ``CommandAPDU``: many of them are wrong on purpose.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from sscard.apdu.response import ResponseAPDU
from sscard.errors import MalformedData
from sscard.perso.plan import PowerUp

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Cut:
    """Send a command and cut the power at ``moment``, 0 to 1 of its work."""

    command: bytes = field(repr=False)
    moment: float


@dataclass(frozen=True, slots=True)
class Whole:
    """Send a command through whoever cuts the power, and let it be carried out."""

    command: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Wait:
    """Let time pass."""

    seconds: float


Move: TypeAlias = bytes | PowerUp | Cut | Whole | Wait


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; ``sw`` is None where there was no answer or no status word in it.

    ``raw`` may hold personal data: it never shows.
    """

    raw: bytes | None = field(default=None, repr=False)
    data: bytes = field(default=b"", repr=False)
    sw: int | None = None
    error: str = ""

    @classmethod
    def of(cls, raw: bytes) -> Reply:
        """The answer in ``raw``, whatever it is."""
        try:
            response = ResponseAPDU.parse(raw)
        except MalformedData as error:
            return cls(raw, error=str(error))
        return cls(raw, response.data, int(response.sw))

    @property
    def ok(self) -> bool:
        """Whether the card said 9000."""
        return self.sw == 0x9000

    @property
    def said(self) -> str:
        """The status word, or why there is none."""
        return f"{self.sw:04X}" if self.sw is not None else self.error or "no answer"


Script: TypeAlias = Generator[Move, Reply, Result]

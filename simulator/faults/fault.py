"""What can go wrong with a card in a reader, and at which counted moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, unique
from types import MappingProxyType

from simulator.faults.torn_memory import Torn


@unique
class Kind(Enum):
    """What goes wrong."""

    #: The supply fails.  The next power-up goes on from what the memory holds.
    POWER_CUT = "power-cut"
    #: The card is pulled out; there is none until somebody puts it back.
    REMOVED = "removed"
    #: The card does not answer any more before the next reset.
    MUTE = "mute"
    #: One byte on the line is another one, and no checksum has noticed.
    WRONG_BYTE = "wrong-byte"
    #: The card asks for more time again and again before it answers.
    SLOW = "slow"
    #: A page of the memory can no longer be programmed: whatever needs it is answered 6581.
    WORN_PAGE = "worn-page"
    #: The reader is gone, and the card in it without power, until there is another reader.
    READER_DIES = "reader-dies"


@unique
class Moment(Enum):
    """When it goes wrong; each is counted from 1 in the life of one ``FaultyCard``."""

    #: As a command arrives: it is not executed.
    COMMAND = "command"
    #: Between a command, which has been executed, and its response, which does not arrive.
    RESPONSE = "response"
    #: At the answer to reset.
    RESET = "reset"
    #: At a page that the card programs, whatever command needs it, a recovery included.
    PAGE = "page"


_EXCHANGE = (Moment.COMMAND, Moment.RESPONSE, Moment.RESET)
#: At which moments each kind can happen.
MOMENTS: Mapping[Kind, tuple[Moment, ...]] = MappingProxyType(
    {
        Kind.POWER_CUT: (*_EXCHANGE, Moment.PAGE),
        Kind.REMOVED: _EXCHANGE,
        Kind.MUTE: _EXCHANGE,
        Kind.WRONG_BYTE: _EXCHANGE,
        Kind.SLOW: (Moment.COMMAND,),
        Kind.WORN_PAGE: (Moment.COMMAND, Moment.PAGE),
        Kind.READER_DIES: _EXCHANGE,
    }
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault at one moment: give one of ``command``, ``response``, ``reset`` and ``page``.

    ``torn`` is what becomes of the page at which power is cut.  ``byte`` of the command, response
    or ATR is changed by exclusive-or with ``mask``; it counts from 0, from the end if negative.  A
    slow card asks ``extensions`` times for ``seconds`` more.  It happens ``times`` times in a row.

    Raises ValueError for a moment that the kind does not have, and numbers out of range.
    """

    kind: Kind
    command: int | None = None
    response: int | None = None
    reset: int | None = None
    page: int | None = None
    times: int = 1
    torn: Torn = Torn.OLD
    byte: int = 0
    mask: int = 0xFF
    extensions: int = 1
    seconds: float = 1.0

    def __post_init__(self) -> None:
        given = [moment for moment in Moment if getattr(self, moment.value) is not None]
        allowed = " or ".join(moment.value for moment in MOMENTS[self.kind])
        if len(given) != 1 or given[0] not in MOMENTS[self.kind]:
            raise ValueError(f"{self.kind.value} happens at one {allowed}")
        if self.number < 1 or self.times < 1:
            raise ValueError("faults are counted from 1")
        if not 1 <= self.mask <= 0xFF:
            raise ValueError("mask is 1 to 255: 0 would change nothing")
        if self.extensions < 1 or self.seconds < 0:
            raise ValueError("a slow card asks at least once for more time, and never for less")

    @property
    def moment(self) -> Moment:
        """What ``number`` counts."""
        return next(each for each in Moment if getattr(self, each.value) is not None)

    @property
    def number(self) -> int:
        """At the how-manieth command, response, reset or page."""
        return int(getattr(self, self.moment.value))

    @property
    def concerns_memory(self) -> bool:
        """Whether it happens in the chip's memory."""
        return self.moment is Moment.PAGE or self.kind is Kind.WORN_PAGE

    def at(self, moment: Moment, number: int) -> bool:
        """Whether it happens now."""
        return moment is self.moment and 0 <= number - self.number < self.times

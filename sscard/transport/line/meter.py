"""A connection that adds up what its exchanges cost on a line, and what the chip says it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, unique
from types import MappingProxyType
from typing import Protocol

from sscard.apdu.iso7816 import INS
from sscard.apdu.pki import PkiINS
from sscard.transport.line.line import Line
from sscard.transport.line.traffic import Traffic


class Card(Protocol):
    """A card in a reader."""

    def reset(self) -> bytes:
        """Power off and on; the ATR."""
        ...

    def transmit(self, command: bytes, /) -> bytes:
        """One exchange of APDUs."""
        ...


@unique
class Activity(Enum):
    """What an exchange is for, as far as its instruction tells."""

    POWER_UP = "power-up"
    SELECTION = "selection"
    AUTHENTICATION = "authentication"
    KEY_LOADING = "key loading"
    STRUCTURE = "structure"
    DATA = "data"
    BANK = "bank data"
    READING = "reading"
    OTHER = "other"


#: Factory commands of the reference dialect: LOAD KEY, which has the instruction of the certificate
#: application's REPLACE MASTER; CREATE and its kin, FCI.
_LOAD_KEY, _CREATE, _FCI = 0xD4, 0xE0, 0xD2
_ACTIVITIES: Mapping[int, Activity] = MappingProxyType(
    {
        _LOAD_KEY: Activity.KEY_LOADING,
        _CREATE: Activity.STRUCTURE,
        _FCI: Activity.STRUCTURE,
        INS.SELECT: Activity.SELECTION,
        INS.EXTERNAL_AUTHENTICATE: Activity.AUTHENTICATION,
        INS.INTERNAL_AUTHENTICATE: Activity.AUTHENTICATION,
        INS.INITIALIZE_UPDATE: Activity.AUTHENTICATION,
        INS.VERIFY: Activity.AUTHENTICATION,
        PkiINS.GENERATE_KEY_PAIR: Activity.KEY_LOADING,
        PkiINS.SET_SESSION_KEY: Activity.KEY_LOADING,
        PkiINS.DECRYPT: Activity.KEY_LOADING,
        PkiINS.IMPORT_KEY: Activity.KEY_LOADING,
        PkiINS.CHANGE_ADMIN_PIN: Activity.KEY_LOADING,
        INS.UPDATE_RECORD: Activity.DATA,
        INS.UPDATE_BINARY: Activity.DATA,
        INS.STORE_DATA: Activity.BANK,
        INS.READ_RECORD: Activity.READING,
        INS.READ_BINARY: Activity.READING,
        INS.GET_DATA: Activity.READING,
    }
)


@dataclass(slots=True)
class Cost:
    """What a group of exchanges cost.  ``line`` and ``chip`` are seconds; bytes are of APDUs."""

    exchanges: int = 0
    traffic: Traffic = field(default_factory=Traffic)
    line: float = 0.0
    chip: float = 0.0

    def add(self, other: Cost) -> None:
        """Add ``other`` to this one."""
        self.exchanges += other.exchanges
        self.traffic += other.traffic
        self.line += other.line
        self.chip += other.chip

    @property
    def seconds(self) -> float:
        """Line and chip: while one works the other waits."""
        return self.line + self.chip


@dataclass(slots=True)
class Meter:
    """Adds up costs by phase (a station, the audit) and activity.

    A challenge is part of what it is asked for: it counts as the activity of the command after it.
    """

    costs: dict[tuple[str, Activity], Cost] = field(default_factory=dict)
    _phase: str = ""
    _challenge: Cost | None = None

    @contextmanager
    def of(self, phase: str) -> Iterator[None]:
        """Put what the block costs under this name."""
        before, self._phase = self._phase, phase
        try:
            yield
        finally:
            self.settle()
            self._phase = before

    def note(self, ins: int | None, cost: Cost) -> None:
        """One exchange; ``ins`` is its instruction, None for power off and on."""
        if ins == INS.GET_CHALLENGE:
            self.settle()
            self._challenge = cost
            return
        activity = Activity.POWER_UP if ins is None else _ACTIVITIES.get(ins, Activity.OTHER)
        if self._challenge is not None:
            cost.add(self._challenge)
            self._challenge = None
        self._put(activity, cost)

    def settle(self) -> None:
        """A challenge that nothing followed counts as authentication."""
        if self._challenge is not None:
            self._put(Activity.AUTHENTICATION, self._challenge)
            self._challenge = None

    def total(self, phase: str | None = None, activity: Activity | None = None) -> Cost:
        """The sum over everything, or over one phase, one activity, or both."""
        total = Cost()
        for (put_under, kind), cost in self.costs.items():
            if phase in (None, put_under) and activity in (None, kind):
                total.add(cost)
        return total

    def _put(self, activity: Activity, cost: Cost) -> None:
        self.costs.setdefault((self._phase, activity), Cost()).add(cost)


@dataclass(slots=True)
class MeteredConnection:
    """Passes everything on to ``card`` and notes what it would cost.

    ``line_of`` gives the line that an ATR leads to, so a blank chip may be faster than the card it
    becomes.  ``chip`` is the chip's own clock in seconds, which its commands move on; without it
    only the line counts.
    """

    card: Card
    line_of: Callable[[bytes], Line]
    meter: Meter
    chip: Callable[[], float] = field(default=lambda: 0.0)
    _line: Line | None = None

    def reset(self) -> bytes:
        """Power off and on; the characters of the ATR are sent at 372/1."""
        before = self.chip()
        answer = self.card.reset()
        self._line = self.line_of(answer)
        traffic = Traffic(0, len(answer), 1)
        slowest = self.line_of(b"")
        self.meter.note(None, Cost(1, traffic, slowest.seconds(traffic), self.chip() - before))
        return answer

    def transmit(self, command: bytes, /) -> bytes:
        """One exchange of APDUs, timed on the line that the last ATR led to."""
        before = self.chip()
        response = self.card.transmit(command)
        line = self._line or self.line_of(b"")
        traffic = line.traffic(command, response)
        ins = command[1] if len(command) > 1 else None
        self.meter.note(ins, Cost(1, traffic, line.seconds(traffic), self.chip() - before))
        return response

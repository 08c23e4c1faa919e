"""A line said in words: ``contact:TA1=97,clock=5,t=1`` or ``contactless:rate=848``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sscard.errors import MalformedData
from sscard.transport.line.framing import T0, Blocks, contactless, t1
from sscard.transport.line.line import RATES, Line, antenna, contact
from sscard.transport.line.speed import DEFAULT_CLOCK, DEFAULT_TA1, Speed


@dataclass(frozen=True, slots=True)
class LineOptions:
    """What a reader offers.  ``clock`` is in Hz, ``rate`` in kbit/s.

    ``ta1`` is the fastest that the reader agrees to, where the card's ATR offers it; an ATR without
    TA1 stays at 372/1.  ``blank_ta1`` is what the ATR of a blank chip is said to offer.
    """

    text: str
    contactless: bool = False
    blank_ta1: int | None = None
    clock: float = DEFAULT_CLOCK
    t1: bool = False
    guard: int = 0
    rate: int = 106

    @classmethod
    def parse(cls, text: str) -> LineOptions:
        """Raises MalformedData naming the word that has no meaning."""
        kind, _, rest = text.partition(":")
        words = _WORDS.get(kind)
        if words is None:
            raise MalformedData(f"--line {text}: begins with {' or '.join(_WORDS)}")
        values: dict[str, object] = {"contactless": kind == "contactless"}
        for word in filter(None, rest.split(",")):
            name, _, value = word.partition("=")
            if name not in words:
                raise MalformedData(f"--line {text}: {name!r} is none of {', '.join(words)}")
            field, read = words[name]
            try:
                values[field] = read(value)
            except (KeyError, ValueError):
                raise MalformedData(f"--line {text}: {name} cannot be {value!r}") from None
        options = cls(text, **values)  # type: ignore[arg-type]  # read by the tables below
        options.blank()
        return options

    def blank(self) -> Line:
        """The line while the chip answers with the ATR it was delivered with."""
        return self._line(self.blank_ta1)

    def final(self, ta1: int | None = None) -> Line:
        """The line of a card whose ATR offers ``ta1``, None for nothing."""
        return self._line(ta1)

    def _line(self, ta1: int | None) -> Line:
        if self.contactless:
            return antenna(self.rate, contactless())
        try:
            speed = Speed(DEFAULT_TA1 if ta1 is None else ta1, self.clock)
        except ValueError as error:
            raise MalformedData(f"--line {self.text}: {error}") from None
        framing: T0 | Blocks = t1() if self.t1 else T0()
        return contact(speed, framing, t1=self.t1, guard=self.guard)


def _ta1(text: str) -> int:
    return Speed(int(text, 16), clock=1e6).ta1


def _megahertz(text: str) -> float:
    return float(text) * 1e6


def _protocol(text: str) -> bool:
    return {"0": False, "1": True}[text]


def _guard(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 0xFF:
        raise ValueError(text)
    return value


def _rate(text: str) -> int:
    if int(text) not in RATES:
        raise ValueError(text)
    return int(text)


_WORDS: Mapping[str, Mapping[str, tuple[str, Callable[[str], object]]]] = MappingProxyType(
    {
        "contact": {
            "TA1": ("blank_ta1", _ta1),
            "clock": ("clock", _megahertz),
            "t": ("t1", _protocol),
            "guard": ("guard", _guard),
        },
        "contactless": {"rate": ("rate", _rate)},
    }
)

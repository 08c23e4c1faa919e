"""How many bytes an expression can have, as far as the script alone tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from sscard.perso.script.errors import ScriptError
from sscard.perso.script.model import (
    Call,
    CardValue,
    Expression,
    Literal,
    Part,
    Response,
    Term,
    Variable,
)


class Length(NamedTuple):
    """A number of bytes from ``least`` to ``most`` (None: as many as there are)."""

    least: int
    most: int | None

    def __add__(self, other: object) -> Length:
        """The length of both, one behind the other."""
        if not isinstance(other, Length):
            return NotImplemented
        endless = self.most is None or other.most is None
        most = None if endless else (self.most or 0) + (other.most or 0)
        return Length(self.least + other.least, most)

    def can_be(self, least: int, most: int | None = None) -> bool:
        """Whether a number from ``least`` to ``most`` is possible."""
        reached = self.most is None or self.most >= least
        return reached and (most is None or self.least <= most)

    def __str__(self) -> str:
        if self.most is None:
            return f"{self.least} or more"
        return str(self.most) if self.least == self.most else f"{self.least} to {self.most}"


ANY = Length(0, None)

#: What functions give that says nothing about their arguments (ssc 4 [S]).
_MADE: Mapping[str, Length] = MappingProxyType(
    {
        "authenticate": Length(8, 8),
        "encipher": ANY,
        "mac": Length(4, 4),
        "load_mac": Length(4, 4),
    }
)


@dataclass(frozen=True, slots=True)
class Lengths:
    """What is known at one line; ``response`` is None before the first answer."""

    variables: Mapping[str, Length]
    response: Length | None = None

    def of(self, expression: Expression) -> Length:
        """The length of all terms together.  Raises ScriptError for what can have no value."""
        return sum(map(self.term, expression), Length(0, 0))

    def term(self, term: Term) -> Length:
        """The length of one term.  Raises ScriptError."""
        match term:
            case Literal(data):
                return Length(len(data), len(data))
            case Variable(name):
                return _known(self.variables.get(name), f"nothing was assigned to {name}")
            case CardValue():
                return ANY
            case Response():
                return _known(self.response, "there was no answer before")
            case Call():
                return self._call(term)
            case Part(of, start, stop):
                return _part(self.term(of), start, stop)

    def _call(self, call: Call) -> Length:
        given = [Length(n, n) if isinstance(n, int) else self.of(n) for n in call.arguments]
        match call.function:
            case "random":
                return given[0]
            case "head":
                value, size = given
                return Length(min(value.least, size.least), _least(value.most, size.least))
            case "tail":
                value, size = given
                return _behind(value, size.least)
        return _MADE[call.function]


def _known(length: Length | None, otherwise: str) -> Length:
    if length is None:
        raise ScriptError(otherwise)
    return length


def _part(value: Length, start: int, stop: int | None) -> Length:
    if not value.can_be(start if stop is None else stop):
        wanted = f"{start}:{'' if stop is None else stop}"
        raise ScriptError(f"a value of {value} bytes has no part {wanted}")
    return _behind(value, start) if stop is None else Length(stop - start, stop - start)


def _behind(value: Length, start: int) -> Length:
    most = None if value.most is None else max(0, value.most - start)
    return Length(max(0, value.least - start), most)


def _least(most: int | None, limit: int) -> int:
    return limit if most is None else min(most, limit)

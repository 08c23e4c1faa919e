"""What expressions are worth, for one card at one moment."""

from __future__ import annotations

from dataclasses import dataclass, field

from sscard.keys import Suite
from sscard.perso.script.card_data import CardData
from sscard.perso.script.errors import ScriptError
from sscard.perso.script.functions import FUNCTIONS, Random
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


@dataclass(slots=True)
class Values:
    """Everything an expression can speak of.  ``response`` is None before the first answer."""

    suite: Suite
    card: CardData
    random: Random
    variables: dict[str, bytes] = field(default_factory=dict, repr=False)
    response: bytes | None = field(default=None, repr=False)

    def of(self, expression: Expression) -> bytes:
        """The bytes of all terms.  Raises ScriptError, never with a value in its text."""
        return b"".join(map(self.term, expression))

    def term(self, term: Term) -> bytes:
        """The bytes of one term.  Raises ScriptError."""
        match term:
            case Literal(data):
                return data
            case Variable(name):
                return _known(self.variables.get(name), f"nothing was assigned to {name}")
            case CardValue(name):
                return self.card.value(name)
            case Response():
                return _known(self.response, "there was no answer before")
            case Call():
                return self._call(term)
            case Part(of, start, stop):
                return _part(self.term(of), start, stop)

    def _call(self, call: Call) -> bytes:
        arguments = [each if isinstance(each, int) else self.of(each) for each in call.arguments]
        try:
            return FUNCTIONS[call.function].apply(self.suite, self.random, *arguments)
        except ValueError as error:  # they speak of lengths only
            raise ScriptError(f"{call.function}: {error}") from None


def _known(value: bytes | None, otherwise: str) -> bytes:
    if value is None:
        raise ScriptError(otherwise)
    return value


def _part(value: bytes, start: int, stop: int | None) -> bytes:
    if len(value) < (start if stop is None else stop):
        raise ScriptError(f"a value of {len(value)} bytes has no part {start}:{stop or ''}")
    return value[start:stop]

"""A case: what is sent to a card, what it must answer, and what the case is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from sscard.conformance.expectation import Expectation
from sscard.conformance.template import Template, Value


class Text(NamedTuple):
    """The same in both languages."""

    zh: str
    en: str


class About(NamedTuple):
    """What a case is about, for the matrix of what was covered; empty where it is not about it."""

    directory: str = ""
    file: int = 0
    right: str = ""
    command: str = ""
    key: str = ""
    version: int = 0


#: What a case is about that is about nothing in particular.
NOTHING = About()

#: Values of a step's fields: known, or bytes with places that earlier steps fill, or steps.
Field: TypeAlias = "Value | Template | tuple[Step, ...]"


@dataclass(frozen=True, slots=True)
class Step:
    """One action.  ``tested``: its answer is judged; else it only prepares what is."""

    action: str
    fields: Mapping[str, Field]
    expected: Expectation
    tested: bool

    def text(self, name: str, default: str = "") -> str:
        """A field that is text."""
        value = self.fields.get(name, default)
        return value if isinstance(value, str) else default

    def number(self, name: str, default: int = 0) -> int:
        """A field that is a number."""
        value = self.fields.get(name, default)
        return value if isinstance(value, int) else default

    def steps(self, name: str) -> tuple[Step, ...]:
        """A field that is steps."""
        value = self.fields.get(name, ())
        return value if isinstance(value, tuple) else ()


@dataclass(frozen=True, slots=True)
class Case:
    """One case; ``leaves`` says what is not as it was behind it, on a card without a fault.

    ``risks`` says what a faulty card, or one that loses its power, would lose by it.

    ``destructive`` is empty, or ``directory`` or ``card``: what is lost by it; ``attempt``: what a
    faulty card may lose.
    """

    id: str
    title: Text
    group: str
    clause: str
    mark: str
    needs: tuple[str, ...] = ()
    destructive: str = ""
    leaves: str = ""
    risks: str = ""
    about: About = NOTHING
    steps: tuple[Step, ...] = ()
    restore: tuple[Step, ...] = ()
    suites: tuple[str, ...] = ()
    #: Why a quirk file leaves it out; empty where none does.
    skipped: str = ""
    #: Reasons of quirk files that changed what is expected.
    quirks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """A named group of cases, as the specification of tests names it.

    ``versions`` are the beginnings of the card versions to which it applies; none is all.
    """

    name: str
    title: Text
    part: str
    clause: str
    mark: str
    order: int = field(compare=False)
    versions: tuple[str, ...] = ()

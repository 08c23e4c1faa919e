"""Offline scripts (脱机脚本) as values: what a production machine does with every card of a batch.

A script names keys and personal data and never holds them: ``card.UKSSSE.v1`` is looked up in the
``CardData`` of the card in the machine.  Every value is bytes.  Constructors refuse (ValueError)
what the text form could not say, so that each script can be written and read back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple, TypeAlias

from sscard.perso.script.functions import FUNCTIONS, NUMBERS

#: The version of the language, in the first line of each script.
VERSION = 1
#: The largest number a script can say: no command or answer is longer.
LARGEST = 0x10000

_WORD = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_VARIABLE = re.compile(r"(?![0-9A-F]+$)[A-Z][A-Z0-9_]*")
_CARD_NAME = re.compile(r"[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*")
_STATUS = re.compile(r"[69][0-9A-Fx]{3}")


def is_variable(word: str) -> bool:
    """Whether a variable can have this name: capitals, and not hexadecimal to the end."""
    return _VARIABLE.fullmatch(word) is not None


def is_card_name(word: str) -> bool:
    """Whether a value of a card can have this name, such as ``UK1DF01.v1``."""
    return _CARD_NAME.fullmatch(word) is not None


def is_word(word: str) -> bool:
    """Whether this can stand in the header: a profile, dialect or suite."""
    return _WORD.fullmatch(word) is not None


def is_status(word: str) -> bool:
    """Whether this is a status word, or several: ``x`` is any digit, as in ``61xx``."""
    return _STATUS.fullmatch(word) is not None


def is_comment(text: str) -> bool:
    """Whether this can stand behind a ``#``; the wide space of Chinese texts may be in it."""
    return text.replace("\u3000", " ").isprintable()


def _require(sound: bool, what: str) -> None:
    if not sound:
        raise ValueError(what)


def _number(value: int, least: int = 0) -> None:
    _require(least <= value <= LARGEST, f"a number is {least} to {LARGEST}")


@dataclass(frozen=True, slots=True)
class Literal:
    """Bytes that are the same for every card.  At least one."""

    data: bytes

    def __post_init__(self) -> None:
        _require(bool(self.data), "a literal has at least one byte")


@dataclass(frozen=True, slots=True)
class Variable:
    """What was assigned before."""

    name: str

    def __post_init__(self) -> None:
        _require(is_variable(self.name), "this is no name of a variable")


@dataclass(frozen=True, slots=True)
class CardValue:
    """What the data of the card in the machine have under this name."""

    name: str

    def __post_init__(self) -> None:
        _require(is_card_name(self.name), "this is no name of a card's value")


@dataclass(frozen=True, slots=True)
class Response:
    """The data of the most recent answer, without its status word."""


@dataclass(frozen=True, slots=True)
class Call:
    """A function of ``functions.FUNCTIONS`` with its arguments."""

    function: str
    arguments: tuple[Expression | int, ...]

    def __post_init__(self) -> None:
        _require(self.function in FUNCTIONS, "there is no such function")
        takes = FUNCTIONS[self.function].takes
        given = tuple(isinstance(argument, int) for argument in self.arguments)
        _require(given == tuple(name in NUMBERS for name in takes), "other arguments")
        _require(all(argument != () for argument in self.arguments), "an argument is empty")


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes ``start`` up to ``stop`` (None: to the end) of a term, which must have them."""

    of: Literal | Variable | CardValue | Response | Call
    start: int
    stop: int | None = None

    def __post_init__(self) -> None:
        _number(self.start)
        if self.stop is not None:
            _number(self.stop, self.start)


Term: TypeAlias = Literal | Variable | CardValue | Response | Call | Part
#: Terms one behind the other; empty stands for "none" where a statement may do without.
Expression: TypeAlias = tuple[Term, ...]


class Mode(Enum):
    """How a command is protected (ssc 4 rows 3 and 5 [S])."""

    MAC = "protected"
    ENCIPHERED = "enciphered"


@dataclass(frozen=True, slots=True)
class Protection:
    """Secure messaging under a session key of ``key`` for the card's ``challenge``."""

    mode: Mode
    key: Term
    challenge: Term


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    #: Where the statement stands in the text it was read from; it is no part of its meaning.
    line: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Comment(_Line):
    """A remark on a line of its own."""

    text: str

    def __post_init__(self) -> None:
        _require(is_comment(self.text), "a comment has no control characters")
        _require(self.text == self.text.strip(), "a comment has no spaces around it")


@dataclass(frozen=True, slots=True)
class Assign(_Line):
    """Give a value a name, until the end of the block."""

    name: str
    value: Expression

    def __post_init__(self) -> None:
        _require(is_variable(self.name), "this is no name of a variable")
        _require(bool(self.value), "an assignment has a value")


@dataclass(frozen=True, slots=True)
class Reset(_Line):
    """Power off and on; the answer to reset must be ``expect``, where that is said."""

    expect: Expression = ()


@dataclass(frozen=True, slots=True)
class Send(_Line):
    """One command.

    ``command`` is CLA INS P1 P2, with ``data`` (Lc is computed) and ``ne``, the number of bytes
    wanted; or a whole command, where neither is given and nothing protects it.  Any other status
    word than ``statuses`` stops the script, and so does another answer than ``answer``.
    """

    command: Expression
    data: Expression = ()
    ne: int = 0
    protection: Protection | None = None
    statuses: tuple[str, ...] = ("9000",)
    answer: Expression = ()

    def __post_init__(self) -> None:
        _require(bool(self.command), "a command has a header")
        _number(self.ne)
        _require(bool(self.statuses), "a command has an expected status word")
        _require(all(map(is_status, self.statuses)), "this is no status word")

    @property
    def whole(self) -> bool:
        """Whether ``command`` is more than a header."""
        return not self.data and not self.ne and self.protection is None


@dataclass(frozen=True, slots=True)
class EachChunk(_Line):
    """For each ``size`` bytes of ``value`` (the last may be shorter): ``chunk`` and its ``offset``.

    ``offset`` is a number of two bytes that begins with ``start``.  An empty value has no chunk.
    """

    chunk: str
    size: int
    value: Expression
    offset: str
    start: int
    block: Block

    def __post_init__(self) -> None:
        _require(is_variable(self.chunk) and is_variable(self.offset), "a loop names variables")
        _require(self.chunk != self.offset, "chunk and offset have two names")
        _number(self.size, 1)
        _number(self.start)
        _require(bool(self.value), "a loop has a value")


@dataclass(frozen=True, slots=True)
class IfCard(_Line):
    """Only for cards whose data have this name: not everybody has a photo."""

    name: str
    block: Block

    def __post_init__(self) -> None:
        _require(is_card_name(self.name), "this is no name of a card's value")


Statement: TypeAlias = Comment | Assign | Reset | Send | EachChunk | IfCard
Block: TypeAlias = tuple[Statement, ...]


class HeaderLines(NamedTuple):
    """Where the words of a header stand in the text it was read from; 0 for no text."""

    profile: int = 0
    dialect: int = 0
    suite: int = 0


@dataclass(frozen=True, slots=True)
class Script:
    """What is done ``for each card``.  Profile, dialect and suite are words of ``sscard``."""

    profile: str
    dialect: str
    suite: str
    block: Block
    #: No part of its meaning, as in statements.
    lines: HeaderLines = field(default=HeaderLines(), compare=False, repr=False)

    def __post_init__(self) -> None:
        words = (self.profile, self.dialect, self.suite)
        _require(all(map(is_word, words)), "profile, dialect and suite are words")


def expressions(statement: Statement) -> Iterator[Expression]:
    """The expressions of one statement, in the order in which they are evaluated."""
    match statement:
        case Assign(value=value) | EachChunk(value=value):
            yield value
        case Reset(expect=expect):
            yield expect
        case Send(command=command, data=data, protection=protection):
            yield from (command, data)
            if protection is not None:
                yield (protection.key, protection.challenge)
            yield statement.answer


def terms(expression: Expression) -> Iterator[Term]:
    """Every term in it, those inside parts and calls included."""
    for term in expression:
        yield term
        if isinstance(term, Part):
            yield from terms((term.of,))
        elif isinstance(term, Call):
            inner = (each for each in term.arguments if isinstance(each, tuple))
            for argument in inner:
                yield from terms(argument)

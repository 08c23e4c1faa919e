"""Whether a script that can be read also means something, before a card is touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sscard.apdu.command import CommandAPDU
from sscard.dialects import reference
from sscard.dialects.fmcos import FMCOS
from sscard.dialects.timecos import TIMECOS
from sscard.errors import MalformedData
from sscard.keys.suite import SUITES
from sscard.perso.script.errors import ScriptError
from sscard.perso.script.lengths import ANY, Length, Lengths
from sscard.perso.script.model import (
    Assign,
    Block,
    CardValue,
    EachChunk,
    IfCard,
    Literal,
    Reset,
    Script,
    Send,
    Statement,
    expressions,
    terms,
)
from sscard.profiles import Profile

#: The dialects a header can name.
DIALECTS = (reference.NAME, FMCOS.name, TIMECOS.name)
_HEADER_SIZE = 4
_OFFSET = Length(2, 2)


def check(script: Script) -> None:
    """Raises ScriptError for a script that no card and no data can make run.

    Its dialect or suite is unknown, something has no value where it is used, a part is taken of a
    value that cannot be so long, or a command has no header of 4 bytes.
    """
    if script.dialect not in DIALECTS:
        raise ScriptError(f"there is no dialect {script.dialect}", script.lines.dialect)
    if script.suite not in SUITES:
        raise ScriptError(f"there is no cipher suite {script.suite}", script.lines.suite)
    _check(script.block, Lengths({}))


def require_made_for(script: Script, profile: Profile) -> None:
    """Raises ScriptError when the header names another profile, dialect or suite than are in use.

    The dialect in use is the reference dialect: the chips of all profiles speak it.
    """
    at = script.lines
    for word, said, wanted, line in (
        ("profile", script.profile, profile.name, at.profile),
        ("dialect", script.dialect, reference.NAME, at.dialect),
        ("suite", script.suite, profile.suite, at.suite),
    ):
        if said != wanted:
            raise ScriptError(f"the script is for {word} {said}, in use is {wanted}", line)


def _check(block: Block, known: Lengths) -> None:
    for statement in block:
        try:
            known = _after(statement, known)
        except ScriptError as error:
            raise error.at(statement.line) from None


def _after(statement: Statement, known: Lengths) -> Lengths:
    """What is known behind a statement.  Raises ScriptError."""
    match statement:
        case Assign(name=name, value=value):
            return _with(known, {name: known.of(value)})
        case Reset(expect=expect):
            known.of(expect)
        case Send():
            return _answered(statement, known)
        case EachChunk(chunk=chunk, offset=offset, size=size):
            known.of(statement.value)
            known = _forgetting(known)
            piece = {chunk: Length(1, size), offset: _OFFSET}
            _check(statement.block, _with(known, piece))
        case IfCard(block=inner):
            known = _forgetting(known)
            _check(inner, known)
    return known


def _with(known: Lengths, variables: Mapping[str, Length]) -> Lengths:
    return replace(known, variables={**known.variables, **variables})


def _forgetting(known: Lengths) -> Lengths:
    """A block is run or not, or many times: which answer was the last one is not known."""
    return known if known.response is None else replace(known, response=ANY)


def _answered(send: Send, known: Lengths) -> Lengths:
    command = known.of(send.command)
    known.of(send.data)
    if send.protection is not None:
        known.of((send.protection.key, send.protection.challenge))
    _check_command(send, command)
    known = replace(known, response=Length(0, send.ne or None))
    known.of(send.answer)
    return known


def _check_command(send: Send, command: Length) -> None:
    if not send.whole and not command.can_be(_HEADER_SIZE, _HEADER_SIZE):
        raise ScriptError(f"CLA INS P1 P2 are {_HEADER_SIZE} bytes, not {command}")
    if not command.can_be(_HEADER_SIZE):
        raise ScriptError(f"a command has at least {_HEADER_SIZE} bytes, not {command}")
    literals = [each.data for each in send.command if isinstance(each, Literal)]
    if send.whole and len(literals) == len(send.command):
        try:
            CommandAPDU.parse(b"".join(literals))
        except MalformedData as error:
            raise ScriptError(str(error)) from None


def names(block: Block) -> frozenset[str]:
    """Every value of a card that a block speaks of."""
    return _required(block) | _optional(block)


def required(script: Script) -> frozenset[str]:
    """The values that every card must have."""
    return _required(script.block)


def _required(block: Block) -> frozenset[str]:
    found: set[str] = set()
    for statement in block:
        for expression in expressions(statement):
            found |= {term.name for term in terms(expression) if isinstance(term, CardValue)}
        if isinstance(statement, EachChunk):
            found |= _required(statement.block)
        elif isinstance(statement, IfCard):
            found |= _required(statement.block) - {statement.name}
    return frozenset(found)


def _optional(block: Block) -> frozenset[str]:
    found: set[str] = set()
    for statement in block:
        if isinstance(statement, IfCard):
            found |= {statement.name} | _optional(statement.block)
        elif isinstance(statement, EachChunk):
            found |= _optional(statement.block)
    return frozenset(found)

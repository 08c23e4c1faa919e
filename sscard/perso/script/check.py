"""Whether a script that can be read also means something, before a card is touched."""

from __future__ import annotations

from sscard.keys.suite import SUITES
from sscard.perso.script.errors import ScriptError
from sscard.perso.script.model import (
    Assign,
    Block,
    CardValue,
    EachChunk,
    IfCard,
    Response,
    Script,
    Send,
    Statement,
    Variable,
    expressions,
    terms,
)


def check(script: Script) -> None:
    """Raises ScriptError for an unknown suite, and for what has no value where it is used."""
    if script.suite not in SUITES:
        raise ScriptError(f"there is no cipher suite {script.suite}")
    _check(script.block, frozenset(), answered=False)


def _check(block: Block, known: frozenset[str], *, answered: bool) -> None:
    for statement in block:
        _check_terms(statement, known, answered=answered)
        match statement:
            case Send():
                answered = True
            case Assign(name=name):
                known |= {name}
            case EachChunk(chunk=chunk, offset=offset, block=inner):
                _check(inner, known | {chunk, offset}, answered=answered)
            case IfCard(block=inner):
                _check(inner, known, answered=answered)


def _check_terms(statement: Statement, known: frozenset[str], *, answered: bool) -> None:
    for expression in expressions(statement):
        for term in terms(expression):
            if isinstance(term, Variable) and term.name not in known:
                raise ScriptError(f"nothing was assigned to {term.name}", statement.line)
            if isinstance(term, Response) and not answered:
                raise ScriptError("there was no answer before", statement.line)


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

"""The expressions of the script language, read from the tokens of a line."""

from __future__ import annotations

import re

from sscard.perso.script.functions import FUNCTIONS, NUMBERS
from sscard.perso.script.model import (
    LARGEST,
    Call,
    CardValue,
    Expression,
    Literal,
    Part,
    Response,
    Term,
    Variable,
    is_card_name,
    is_variable,
)
from sscard.perso.script.tokens import Tokens

#: Calls inside each other, at most.
_DEEPEST = 8
_CARD = "card."
_HEX = re.compile(r"[0-9A-Fa-f]+")
_NUMBER = re.compile(r"[0-9]{1,5}")

#: Words that can stand behind an expression, and therefore end it.
_KEYWORDS = frozenset(
    {"answer", "at", "bytes", "data", "enciphered", "expect", "from", "le", "protected", "under"}
)


def expression(tokens: Tokens, depth: int = 0) -> Expression:
    """One term or more, as many as stand here.  Raises ScriptError."""
    found = [term(tokens, depth)]
    while tokens.next.is_word and tokens.next.text not in _KEYWORDS:
        found.append(term(tokens, depth))
    return tuple(found)


def term(tokens: Tokens, depth: int = 0) -> Term:
    """One term, with the part of it that is wanted.  Raises ScriptError."""
    whole = _whole(tokens, depth)
    if not tokens.accept("["):
        return whole
    start = number(tokens)
    tokens.expect(":")
    stop = number(tokens, least=start) if tokens.next.text != "]" else None
    tokens.expect("]")
    return Part(whole, start, stop)


def variable(tokens: Tokens) -> str:
    """The name of a variable.  Raises ScriptError."""
    if not is_variable(tokens.next.text):
        raise tokens.error(
            "the name of a variable must stand here: capitals, digits, '_', and not all "
            "hexadecimal digits"
        )
    return tokens.take().text


def number(tokens: Tokens, *, least: int = 0) -> int:
    """A decimal number.  Raises ScriptError."""
    text = tokens.next.text
    if not _NUMBER.fullmatch(text) or not least <= int(text) <= LARGEST:
        raise tokens.error(f"a decimal number from {least} to {LARGEST} must stand here")
    return int(tokens.take().text)


def _whole(tokens: Tokens, depth: int) -> Literal | Variable | CardValue | Response | Call:
    text = tokens.next.text
    if _HEX.fullmatch(text):
        return _literal(tokens)
    if text in FUNCTIONS:
        return _call(tokens, depth + 1)
    if text.startswith(_CARD) and is_card_name(text):
        return CardValue(tokens.take().text.removeprefix(_CARD))
    if tokens.accept("response"):
        return Response()
    if is_variable(text):
        return Variable(tokens.take().text)
    raise tokens.error("bytes must stand here: hexadecimal, a name, response, or a function")


def _literal(tokens: Tokens) -> Literal:
    if len(tokens.next.text) % 2:
        raise tokens.error("an odd number of hexadecimal digits")
    return Literal(bytes.fromhex(tokens.take().text))


def _call(tokens: Tokens, depth: int) -> Call:
    if depth > _DEEPEST:
        raise tokens.error(f"more than {_DEEPEST} functions inside each other")
    name = tokens.take().text
    tokens.expect("(")
    arguments: list[Expression | int] = []
    for index, wanted in enumerate(FUNCTIONS[name].takes):
        if index:
            tokens.expect(",")
        arguments.append(number(tokens) if wanted in NUMBERS else expression(tokens, depth))
    tokens.expect(")")
    return Call(name, tuple(arguments))

"""Reads a script's text, by the grammar on the page docs/scripts.md.

The parser is written by hand.  The language has one statement a line and no operators, so each rule
of the grammar is one short function, errors name line and column in the words of the
language, and a parser generator would be a dependency that machines of a factory must carry.
"""

from __future__ import annotations

from collections.abc import Callable

from sscard.perso.script.errors import ScriptError
from sscard.perso.script.expressions import expression, number, term, variable
from sscard.perso.script.model import (
    VERSION,
    Assign,
    Block,
    Comment,
    EachChunk,
    HeaderLines,
    IfCard,
    Mode,
    Protection,
    Reset,
    Script,
    Send,
    Statement,
    is_card_name,
    is_comment,
    is_status,
    is_word,
)
from sscard.perso.script.tokens import Tokens

#: Blocks inside each other, at most.
_DEEPEST = 8


def parse_script(text: str) -> Script:
    """The script in ``text``.  Raises ScriptError naming line and column.

    Only the form is judged; ``check.check`` judges the meaning.
    """
    lines = _Lines(text)
    version = lines.header("script")
    if version != str(VERSION):
        raise ScriptError(f"a script of another version than {VERSION}", lines.line)
    header = [(lines.header(word), lines.line) for word in HeaderLines._fields]
    start = lines.tokens()
    if not start.accept("for", "each", "card"):
        raise start.error("'for each card' must stand here")
    start.end()
    block = _block(lines, 1)
    lines.finish()
    (profile, dialect, suite), at = zip(*header, strict=True)
    return Script(profile, dialect, suite, block, HeaderLines(*at))


class _Lines:
    """The lines of a text that are not empty, one after the other."""

    def __init__(self, text: str) -> None:
        self._lines = [line.removesuffix("\r") for line in text.split("\n")]
        self.line = 0

    def read(self) -> str:
        """The next line without the space around it.  Raises ScriptError at the end."""
        while self.line < len(self._lines):
            self.line += 1
            if self._lines[self.line - 1].strip(" \t"):
                return self._lines[self.line - 1]
        raise ScriptError("the script ends too early: 'end' is missing", self.line)

    def tokens(self) -> Tokens:
        return Tokens(self.read(), self.line)

    def header(self, word: str) -> str:
        tokens = self.tokens()
        tokens.expect(word)
        if not is_word(tokens.next.text):
            raise tokens.error(f"the {word} must stand here")
        value = tokens.take().text
        tokens.end()
        return value

    def finish(self) -> None:
        rest = self._lines[self.line :]
        if any(line.strip(" \t") for line in rest):
            self.read()
            raise ScriptError("nothing may follow the last 'end'", self.line, 1)


def _block(lines: _Lines, depth: int) -> Block:
    if depth > _DEEPEST:
        raise ScriptError(f"more than {_DEEPEST} blocks inside each other", lines.line)
    block: list[Statement] = []
    while True:
        raw = lines.read()
        line, text = lines.line, raw.lstrip(" \t")
        if text.startswith("#"):
            block.append(_comment(text[1:], line, len(raw) - len(text) + 1))
            continue
        tokens = Tokens(raw, line)
        if tokens.accept("end"):
            tokens.end()
            return tuple(block)
        block.append(_statement(tokens, lines, depth))


def _comment(text: str, line: int, column: int) -> Comment:
    text = text.strip()
    if not is_comment(text):
        raise ScriptError("a control character in a comment", line, column)
    return Comment(text, line=line)


def _statement(tokens: Tokens, lines: _Lines, depth: int) -> Statement:
    for words, rule in _RULES.items():
        if tokens.accept(*words):
            simple = rule(tokens)
            tokens.end()
            return simple
    if tokens.accept("if", "card", "has"):
        name = _card_name(tokens)
        tokens.end()
        return IfCard(name, _block(lines, depth + 1), line=tokens.line)
    if tokens.accept("for", "each"):
        return _each_chunk(tokens, lines, depth)
    return _assign(tokens)


def _assign(tokens: Tokens) -> Assign:
    if not tokens.next.is_word:
        raise tokens.error("a statement must stand here")
    name = variable(tokens)
    tokens.expect(":=")
    value = expression(tokens)
    tokens.end()
    return Assign(name, value, line=tokens.line)


def _reset(tokens: Tokens) -> Reset:
    return Reset(expression(tokens) if tokens.accept("expect") else (), line=tokens.line)


def _send(tokens: Tokens) -> Send:
    command = expression(tokens)
    data = expression(tokens) if tokens.accept("data") else ()
    ne = number(tokens) if tokens.accept("le") else 0
    protection = _protection(tokens)
    tokens.expect("expect")
    statuses = [_status(tokens)]
    while tokens.accept("|"):
        statuses.append(_status(tokens))
    answer = expression(tokens) if tokens.accept("answer") else ()
    return Send(command, data, ne, protection, tuple(statuses), answer, line=tokens.line)


def _protection(tokens: Tokens) -> Protection | None:
    for mode in Mode:
        if tokens.accept(mode.value):
            tokens.expect("under")
            key = term(tokens)
            tokens.expect(",")
            return Protection(mode, key, term(tokens))
    return None


def _each_chunk(tokens: Tokens, lines: _Lines, depth: int) -> EachChunk:
    chunk = variable(tokens)
    tokens.expect("of")
    size = number(tokens, least=1)
    tokens.expect("bytes")
    tokens.expect("in")
    value = expression(tokens)
    tokens.expect("at")
    column = tokens.next
    offset = variable(tokens)
    if offset == chunk:
        raise ScriptError("chunk and offset have two names", tokens.line, column.column)
    tokens.expect("from")
    start = number(tokens)
    tokens.end()
    block = _block(lines, depth + 1)
    return EachChunk(chunk, size, value, offset, start, block, line=tokens.line)


def _status(tokens: Tokens) -> str:
    if not is_status(tokens.next.text):
        raise tokens.error("a status word must stand here, such as 9000 or 61xx")
    return tokens.take().text


def _card_name(tokens: Tokens) -> str:
    if not is_card_name(tokens.next.text):
        raise tokens.error("the name of a card's value must stand here")
    return tokens.take().text


_RULES: dict[tuple[str, ...], Callable[[Tokens], Statement]] = {
    ("reset",): _reset,
    ("send",): _send,
}

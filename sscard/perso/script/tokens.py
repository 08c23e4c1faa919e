"""The words and signs of one line of a script, each with its column."""

from __future__ import annotations

import re
from typing import NamedTuple

from sscard.perso.script.errors import ScriptError

_TOKEN = re.compile(r"[ \t]*(?:(?P<word>[A-Za-z0-9_.-]+)|(?P<sign>:=|[()\[\],:|]))")
_SPACE = re.compile(r"[ \t]*")


class Token(NamedTuple):
    """``text`` is empty at the end of the line; columns count from 1."""

    text: str
    column: int
    is_word: bool


class Tokens:
    """Reads one line from left to right."""

    def __init__(self, text: str, line: int) -> None:
        self.line = line
        self._tokens = list(_split(text, line))
        self._at = 0

    @property
    def next(self) -> Token:
        """The token that comes next; it stays there."""
        return self._tokens[self._at]

    def take(self) -> Token:
        """The next token, which is used up; the end of the line never is."""
        token = self.next
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def accept(self, *texts: str) -> bool:
        """Take these tokens if they come next, all of them."""
        ahead = tuple(token.text for token in self._tokens[self._at : self._at + len(texts)])
        if ahead != texts:
            return False
        self._at += len(texts)
        return True

    def expect(self, text: str) -> None:
        """Take this token.  Raises ScriptError when another comes next."""
        if not self.accept(text):
            raise self.error(f"{text!r} must stand here")

    def end(self) -> None:
        """Raises ScriptError when something is left on the line."""
        if self.next.text:
            raise self.error("the line must end here")

    def error(self, message: str) -> ScriptError:
        """An error at the next token."""
        return ScriptError(message, self.line, self.next.column)


def _split(text: str, line: int) -> list[Token]:
    tokens, at = [], 0
    while match := _TOKEN.match(text, at):
        kind = match.lastgroup or ""
        tokens.append(Token(match[kind], match.start(kind) + 1, kind == "word"))
        at = match.end()
    at = _SPACE.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing, too
    if at < len(text):
        raise ScriptError("this sign has no meaning in a script", line, at + 1)
    return [*tokens, Token("", at + 1, is_word=False)]

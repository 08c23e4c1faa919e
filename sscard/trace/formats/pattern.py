"""Reading traces line by line: which lines are commands, which answers, is said by patterns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sscard.errors import MalformedData
from sscard.trace.entries import Entry, Exchange, PowerUp, Remark

#: Groups of a pattern that mean something.
GROUPS = ("atr", "command", "response", "sw")
#: Between bytes; OpenSC names the second half of the status word, too.
_SEPARATORS = re.compile(r"[\s:\-]|, SW2=0x")
_LINE_END = re.compile(r"\r\n|\r|\n")
_SW = 2


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of log.  ``patterns`` are tried in order on each line.

    Their groups are ``atr``, ``command``, ``response`` (status word included) and ``sw``.  With
    ``sw`` the data of the answer stands on the lines behind it, or there is none.  ``more`` gives
    the hexadecimal digits of a line with which a command or an answer goes on, None for others.
    A line that ``ends`` matches is the last of its answer.
    """

    name: str
    title: str
    patterns: tuple[re.Pattern[str], ...]
    more: Callable[[str], str | None] = lambda _line: None
    ends: re.Pattern[str] | None = None

    def matches(self, text: str) -> int:
        """How many lines are this format's."""
        return sum(any(p.search(line) for p in self.patterns) for line in lines(text))

    def parse(self, text: str) -> Iterator[Entry]:
        """The entries.  Raises MalformedData naming the line."""
        return _Reader(self).read(text)


def lines(text: str) -> list[str]:
    """The lines of a file, as editors count them; ``str.splitlines`` knows more ends of lines."""
    return _LINE_END.split(text)


@dataclass(slots=True)
class _Open:
    """A command or answer that may still go on."""

    line: int
    digits: str = field(repr=False)
    sw: str = ""


@dataclass(slots=True)
class _Reader:
    form: Format
    command: _Open | None = None
    response: _Open | None = None
    remarks: list[Remark] = field(default_factory=list)

    def read(self, text: str) -> Iterator[Entry]:
        for number, line in enumerate(lines(text), start=1):
            yield from self._line(number, line)
        yield from self._settled()

    def _line(self, number: int, line: str) -> Iterator[Entry]:
        yield from self._taken(number, line)
        if self.form.ends is not None and self.response and self.form.ends.search(line):
            yield from self._settled()

    def _taken(self, number: int, line: str) -> Iterator[Entry]:
        found = self._found(line)
        if found:
            for name, digits in found.items():
                yield from _TAKE[name](self, number, digits)
            return
        going_on, more = self.response or self.command, self.form.more(line)
        if going_on is not None and more is not None:
            going_on.digits += more
        elif line.strip():
            yield from self._settled() if self.response else ()
            yield Remark(line.strip(), number)

    def _found(self, line: str) -> Mapping[str, str]:
        for pattern in self.form.patterns:
            match = pattern.search(line)
            if match is not None:
                groups = match.groupdict()
                return {name: groups[name] for name in GROUPS if groups.get(name) is not None}
        return {}

    def power_up(self, number: int, digits: str) -> Iterator[Entry]:
        yield from self._settled()
        yield PowerUp(_bytes(digits, number), number)

    def said(self, number: int, digits: str) -> Iterator[Entry]:
        yield from self._settled()
        self.command = _Open(number, digits)

    def answered(self, number: int, digits: str) -> Iterator[Entry]:
        yield from self._answer(_Open(number, digits))

    def status(self, number: int, digits: str) -> Iterator[Entry]:
        yield from self._answer(_Open(number, "", digits))

    def _answer(self, answer: _Open) -> Iterator[Entry]:
        """A log may begin in the middle: an answer to nothing is kept as a remark."""
        if self.command is not None and self.response is None:
            self.response = answer
        else:
            yield from self._settled()
            yield Remark(answer.digits + answer.sw, answer.line)

    def _settled(self) -> Iterator[Entry]:
        command, response = self.command, self.response
        self.command = self.response = None
        if command is None:
            return
        said = _bytes(command.digits, command.line)
        if len(said) < 4:
            raise MalformedData(f"line {command.line}: a command has at least 4 bytes")
        heard = _bytes(response.digits + response.sw, response.line) if response else b""
        if response and len(heard) < _SW:
            raise MalformedData(f"line {response.line}: an answer ends in two bytes of status")
        yield Exchange(said, heard, command.line)


_TAKE = MappingProxyType(
    {
        "atr": _Reader.power_up,
        "command": _Reader.said,
        "response": _Reader.answered,
        "sw": _Reader.status,
    }
)


def _bytes(digits: str, line: int) -> bytes:
    try:
        return bytes.fromhex(_SEPARATORS.sub("", digits))
    except ValueError:
        raise MalformedData(f"line {line}: these are not whole bytes in hexadecimal") from None

"""The template language of cases: ``{name}`` in text or hexadecimal, with typed values.

``{record:02X}`` formats a number, ``{content[2:]}`` takes part of bytes, ``{content|flipped}``
changes them by a named filter; nothing is evaluated.  What has no value yet stays a place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

Value: TypeAlias = str | int | bytes

_PLACE = re.compile(
    r"\{(?P<name>[a-z][a-z0-9_]*)"
    r"(?:\[(?P<start>-?[0-9]*):(?P<stop>-?[0-9]*)\])?"
    r"(?P<filters>(?:\|[a-z0-9 ]+)*)"
    r"(?::(?P<spec>[0-9]*[Xd]))?\}"
)
_HEAD = 2  # tag and length of a record


def _added(data: bytes, number: int) -> bytes:
    size = len(data)
    return ((int.from_bytes(data, "big") + number) % (1 << 8 * size)).to_bytes(size, "big")


#: What may be done to bytes, by the word behind ``|``.
FILTERS: Mapping[str, Callable[[bytes], bytes]] = MappingProxyType(
    {
        "flipped": lambda data: bytes(byte ^ 0xFF for byte in data),
        "value flipped": lambda data: data[:_HEAD] + bytes(b ^ 0xFF for b in data[_HEAD:]),
        "last flipped": lambda data: data[:-1] + bytes(b ^ 0xFF for b in data[-1:]),
        "short": lambda data: data[:-1],
        "long": lambda data: data + b"\0",
        "zeros": lambda data: bytes(len(data)),
        "plus 1": lambda data: _added(data, 1),
        "plus 5": lambda data: _added(data, 5),
        "minus 1": lambda data: _added(data, -1),
        "lc": lambda data: bytes((len(data) & 0xFF,)),
    }
)


@dataclass(frozen=True, slots=True)
class Place:
    """One value to come: its name, and what is done to it."""

    name: str
    start: int | None = None
    stop: int | None = None
    filters: tuple[str, ...] = ()
    spec: str = ""

    @property
    def plain(self) -> bool:
        """Whether the value goes in as it is."""
        return self.start is None and self.stop is None and not self.filters and not self.spec

    def text(self, value: Value) -> str:
        """The value in place.  ValueError where it is of the wrong type."""
        if isinstance(value, bytes):
            return self._bytes(value).hex().upper()
        if self.filters or self.start is not None or self.stop is not None:
            raise ValueError(f"{{{self.name}}} is not bytes")
        if self.spec:
            if not isinstance(value, int):
                raise ValueError(f"{{{self.name}}} is no number")
            return format(value, self.spec)
        return str(value)

    def _bytes(self, value: bytes) -> bytes:
        if self.spec:
            raise ValueError(f"{{{self.name}}} is no number")
        value = value[self.start : self.stop]
        for name in self.filters:
            value = FILTERS[name](value)
        return value


@dataclass(frozen=True, slots=True)
class Template:
    """Text with places in it."""

    parts: tuple[str | Place, ...]

    @property
    def names(self) -> frozenset[str]:
        """What it still needs."""
        return frozenset(part.name for part in self.parts if isinstance(part, Place))

    def partly(self, values: Mapping[str, Value]) -> Template:
        """The template with these values in it; other places stay."""
        parts: list[str | Place] = []
        for part in self.parts:
            said = part
            if isinstance(part, Place) and part.name in values:
                said = part.text(values[part.name])
            if isinstance(said, str) and parts and isinstance(parts[-1], str):
                parts[-1] += said
            else:
                parts.append(said)
        return Template(tuple(parts))

    def fill(self, values: Mapping[str, Value]) -> str:
        """The text.  ValueError for a place without a value."""
        filled = self.partly(values)
        if filled.names:
            raise ValueError(f"there is no {{{min(filled.names)}}}")
        return "".join(part for part in filled.parts if isinstance(part, str))

    def typed(self, values: Mapping[str, Value]) -> Value | Template:
        """The value itself where the template is one plain place; else text, or what stays."""
        if len(self.parts) == 1 and isinstance(only := self.parts[0], Place) and only.plain:
            return values.get(only.name, self)
        filled = self.partly(values)
        return filled if filled.names else filled.fill({})


def parse(text: str) -> Template | str:
    """``text`` as a template; as it is where it has no places.  ValueError."""
    if "{" not in text and "}" not in text:
        return text
    parts: list[str | Place] = []
    at = 0
    for found in _PLACE.finditer(text):
        parts += [text[at : found.start()], _place(found)]
        at = found.end()
    parts.append(text[at:])
    rest = "".join(part for part in parts if isinstance(part, str))
    if "{" in rest or "}" in rest:
        raise ValueError(f"{text!r} has braces that are no place such as {{record:02X}}")
    return Template(tuple(part for part in parts if part != ""))


def _place(found: re.Match[str]) -> Place:
    filters = tuple(found["filters"].split("|")[1:])
    for name in filters:
        if name not in FILTERS:
            known = ", ".join(FILTERS)
            raise ValueError(f"{found[0]}: there is no filter {name!r}; there are: {known}")
    return Place(
        found["name"], _bound(found["start"]), _bound(found["stop"]), filters, found["spec"] or ""
    )


def _bound(text: str | None) -> int | None:
    return int(text) if text else None

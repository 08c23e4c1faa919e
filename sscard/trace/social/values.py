"""Elements in what was read and written, as far as the profile knows them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from sscard.errors import MalformedData
from sscard.profiles import Element, File, RecordTemplate
from sscard.trace.row import Detail

#: Elements that say nothing about a person.  All others are shown only to whoever asks for them.
PUBLIC = frozenset(
    {
        "card_category",
        "expiry_date",
        "initialization_organization",
        "issue_date",
        "spec_version",
    }
)
_STAR = "*"


@dataclass(frozen=True, slots=True)
class Found:
    """An element and its bytes, which begin at ``at`` in the data; parts are deeper."""

    element: Element
    raw: bytes = field(repr=False)
    at: int
    depth: int = 0


def in_record(known: RecordTemplate, raw: bytes) -> tuple[Found, ...]:
    """The element of a record and its parts; nothing where the bytes are no such record."""
    try:
        content = known.element.unframed(raw)
    except MalformedData:
        return ()
    return tuple(_found(known.element, content, len(raw) - len(content), 0))


def in_span(file: File, raw: bytes, offset: int) -> tuple[Found, ...]:
    """The elements of a transparent file that lie wholly in the bytes from ``offset`` on."""
    found: list[Found] = []
    at = -offset
    for element in file.elements:
        if at >= 0 and at + element.size <= len(raw):
            found += _found(element, raw[at : at + element.size], at, 0)
        at += element.size
    return tuple(found)


def _found(element: Element, raw: bytes, at: int, depth: int) -> Iterator[Found]:
    yield Found(element, raw, at, depth)
    if element.elements and raw != element.fill:
        with suppress(MalformedData):
            for part, content in element.split(raw):
                yield from _found(part, content, at, depth + 1)


def detail(found: Found, *, reveal: bool) -> Detail:
    """The element in words."""
    element = found.element
    digits = found.raw.hex().upper()
    hidden = is_hidden(found, reveal=reveal)
    value = _STAR * len(digits) if hidden else digits
    reading = "" if element.elements else _reading(element, found.raw)
    if hidden and reading and reading != EMPTY:
        reading = _STAR * len(reading)
    return Detail(found.depth, element.tag, element.zh, element.en, value, reading)


#: What an element says that holds its fill only.
EMPTY = "空 empty"


def is_hidden(found: Found, *, reveal: bool) -> bool:
    """Whether the bytes are somebody's."""
    public = found.element.name in PUBLIC or found.raw == found.element.fill
    return not (reveal or public)


def hidden(text: str, founds: Iterable[Found], *, reveal: bool, base: int = 0) -> str:
    """Hexadecimal digits with what is somebody's replaced by stars.

    ``base`` is where the data begins, in digits.
    """
    for each in founds:
        if not each.depth and is_hidden(each, reveal=reveal):
            begin, size = base + 2 * each.at, 2 * len(each.raw)
            text = text[:begin] + _STAR * size + text[begin + size :]
    return text


def _reading(element: Element, raw: bytes) -> str:
    if raw == element.fill:
        return EMPTY
    try:
        value = element.decode(raw)
    except MalformedData:
        return "无法解析 not readable"
    if value is None or isinstance(value, dict):
        return ""
    code = element.codes.meaning(str(value)) if element.codes is not None else None
    return f"{value} {code.zh} {code.en}".strip() if code else str(value)

"""Lists in XML, read piece by piece: no DOCTYPE, no entities, no depth but the layout's."""

from __future__ import annotations

import codecs
import html
from collections.abc import Iterator, Mapping
from typing import BinaryIO
from xml.parsers import expat

from sscard.issuance.exchange.entry import Entry, Found, Limits
from sscard.issuance.exchange.finding import Code, Finding
from sscard.issuance.exchange.layout import ListLayout, Section, XmlShape
from sscard.issuance.exchange.line_form import fields_of, written

_CHUNK = 1 << 16
_SPACE = " \t\r\n"


class _Stop(Exception):
    """Nothing behind this place can be trusted."""


def entries(stream: BinaryIO, layout: ListLayout, shape: XmlShape, limits: Limits) -> Found:
    """The records.  Raises nothing: whatever is wrong is a finding."""
    reader = _Reader(layout, shape, limits)
    decoder = codecs.getincrementaldecoder(layout.encoding)()
    while not reader.stopped:
        raw = stream.read(_CHUNK)
        reader.feed(decoder, raw)
        yield from reader.take()
        if not raw:
            break


class _Reader:
    """Turns the events of expat into entries; the document's own encoding is not believed."""

    def __init__(self, layout: ListLayout, shape: XmlShape, limits: Limits) -> None:
        self._shape, self._limits, self._encoding = shape, limits, layout.encoding
        self._sections = _Sections(layout, shape)
        self._section: Section | None = None
        self._names: Mapping[str, str] = {}
        self._found: list[Entry | Finding] = []
        self.stopped = False
        self._path: list[str] = []
        self._record_depth = 1 if shape.root is None else 2
        self._line, self._size, self._fed, self._begun = 1, 0, 0, False
        self._texts: dict[str, str] = {}
        self._text: list[str] = []
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._doctype

    def take(self) -> list[Entry | Finding]:
        found, self._found = self._found, []
        return found

    def feed(self, decoder: codecs.IncrementalDecoder, raw: bytes) -> None:
        """The next bytes; none at the end."""
        self._begun = self._begun or bool(raw)
        try:
            piece = decoder.decode(raw, final=not raw).encode("utf-8")
            self._fed += len(piece)
            self._parser.Parse(piece, not raw)
        except UnicodeDecodeError:
            self._stop(Code.ENCODING, self._encoding)
        except expat.ExpatError as error:
            code = Code.NOT_WELL_FORMED if self._begun else Code.EMPTY_FILE
            if not raw and self._begun:
                code = Code.TRUNCATED
            self._found.append(Finding(max(error.lineno, 1), code))
            self.stopped = True
        except _Stop:
            pass
        # A comment or an attribute without end is no event; expat only keeps more and more of it.
        waiting = self._fed - self._parser.CurrentByteIndex - 2 * _CHUNK
        if max(self._size, waiting) > self._limits.line and not self.stopped:
            self._stop(Code.LINE_TOO_LONG, f"> {self._limits.line}")

    def _stop(self, code: Code, detail: str = "") -> None:
        self._found.append(Finding(self._parser.CurrentLineNumber, code, detail=detail))
        self.stopped = True

    def _doctype(self, *_: object) -> None:
        self._stop(Code.DOCTYPE)
        raise _Stop

    def _note(self, code: Code, name: str = "") -> None:
        self._found.append(Finding(self._parser.CurrentLineNumber, code, name))

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._path.append(name)
        depth = len(self._path)
        if depth > self._record_depth + 1:
            self._stop(Code.STRUCTURE)
            raise _Stop
        if depth == self._record_depth + 1:
            self._field(name, attributes)
        elif depth == self._record_depth:
            self._record(name, attributes)
        elif name != self._shape.root:
            self._note(Code.STRUCTURE)

    def _record(self, name: str, attributes: dict[str, str]) -> None:
        self._line, self._texts, self._size = self._parser.CurrentLineNumber, {}, 0
        self._section = self._sections.at(name)
        if self._section is None:
            self._note(Code.STRUCTURE)
        self._names = self._sections.names[self._section or "record"]
        if self._shape.fields == "attributes":
            for key, value in attributes.items():
                self._set(key, value)
        elif attributes:
            self._note(Code.UNKNOWN_FIELD)

    def _field(self, name: str, attributes: dict[str, str]) -> None:
        self._text = []
        if self._shape.fields == "pairs" and name == self._shape.pair and len(attributes) == 1:
            ((key, value),) = attributes.items()
            self._set(key, value)
        elif self._shape.fields != "elements" or attributes:
            self._note(Code.STRUCTURE)

    def _characters(self, text: str) -> None:
        self._size += len(text)
        if self._size > self._limits.line:
            self._stop(Code.LINE_TOO_LONG, f"> {self._limits.line}")
            raise _Stop
        fields_are_elements = self._shape.fields == "elements"
        if fields_are_elements and len(self._path) == self._record_depth + 1:
            self._text.append(text)
        elif text.strip(_SPACE):
            self._note(Code.STRUCTURE)

    def _end(self, name: str) -> None:
        depth = len(self._path)
        self._path.pop()
        if depth == self._record_depth + 1 and self._shape.fields == "elements":
            self._set(name, "".join(self._text))
        elif depth == self._record_depth and self._section:
            self._found.append(Entry(self._section, self._line, self._texts))
            self._size = 0
        elif depth == 1 and not self._sections.complete:
            self._note(Code.TRUNCATED)

    def _set(self, key: str, value: str) -> None:
        name = self._names.get(key)
        if name is None:
            self._note(Code.UNKNOWN_FIELD)
        elif name in self._texts:
            self._note(Code.DOUBLE_FIELD, name)
        else:
            self._texts[name] = value
            self._size += len(value)


class _Sections:
    """Header, records, trailer: each where the layout has it, and each but the records once."""

    def __init__(self, layout: ListLayout, shape: XmlShape) -> None:
        tags: list[tuple[str | None, Section]] = [
            (shape.header, "header"),
            (shape.record, "record"),
            (shape.trailer, "trailer"),
        ]
        self.tags: Mapping[str, Section] = {tag: section for tag, section in tags if tag}
        self.names = {
            section: {field.key: field.name for field in fields_of(layout, section)}
            for section in self.tags.values()
        }
        self._order = list(self.tags.values())
        self._next = 0

    @property
    def complete(self) -> bool:
        """Whether a header was there, and a trailer."""
        return self._next >= len(self._order) - (self._order[-1] == "record")

    def at(self, tag: str) -> Section | None:
        """The section of an element, or nothing for one that does not come here."""
        section = self.tags.get(tag)
        if section is None or self._order.index(section) not in self._allowed():
            return None
        self._next = self._order.index(section) + (section != "record")
        return section

    def _allowed(self) -> range:
        """A trailer may stand where a record may."""
        if self._next >= len(self._order):
            return range(0)
        return range(self._next, self._next + 1 + (self._order[self._next] == "record"))


def opening(layout: ListLayout, shape: XmlShape) -> Iterator[bytes]:
    """The lines before the first record."""
    yield f'<?xml version="1.0" encoding="{layout.encoding.upper()}"?>'.encode("ascii")
    if shape.root is not None:
        yield f"<{shape.root}>".encode("ascii")


def closing(shape: XmlShape) -> Iterator[bytes]:
    """The lines behind the last."""
    if shape.root is not None:
        yield f"</{shape.root}>".encode("ascii")


def build(
    layout: ListLayout, shape: XmlShape, section: Section, values: Mapping[str, str]
) -> bytes:
    """A header, record or trailer on one line.  Raises BadField."""
    pairs = [
        (field.key, html.escape(written(layout, field, values.get(field.name, ""))))
        for field in fields_of(layout, section)
    ]
    tag = {"header": shape.header, "trailer": shape.trailer}.get(section) or shape.record
    match shape.fields:
        case "attributes":
            inside = " ".join(f'{key}="{text}"' for key, text in pairs)
            line = f"<{tag} {inside}/>"
        case "pairs":
            inside = "".join(f'<{shape.pair} {key}="{text}"/>' for key, text in pairs)
            line = f"<{tag}>{inside}</{tag}>"
        case "elements":
            inside = "".join(f"<{key}>{text}</{key}>" for key, text in pairs)
            line = f"<{tag}>{inside}</{tag}>"
    return line.encode(layout.encoding)

"""Lists in XML, read piece by piece: no DOCTYPE, no entities, no depth but the layout's."""

from __future__ import annotations

import codecs
import html
from collections.abc import Iterator, Mapping
from typing import BinaryIO
from xml.parsers import expat

from sscard.issuance.exchange.entry import Entry, Found, Limits
from sscard.issuance.exchange.finding import Code, Finding
from sscard.issuance.exchange.layout import ListLayout, XmlShape
from sscard.issuance.exchange.line_form import written

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
        self._names = {field.key: field.name for field in layout.record}
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
        if name != self._shape.record:
            self._note(Code.STRUCTURE)
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
        elif depth == self._record_depth and name == self._shape.record:
            self._found.append(Entry("record", self._line, self._texts))
            self._size = 0

    def _set(self, key: str, value: str) -> None:
        name = self._names.get(key)
        if name is None:
            self._note(Code.UNKNOWN_FIELD)
        elif name in self._texts:
            self._note(Code.DOUBLE_FIELD, name)
        else:
            self._texts[name] = value
            self._size += len(value)


def opening(layout: ListLayout, shape: XmlShape) -> Iterator[bytes]:
    """The lines before the first record."""
    yield f'<?xml version="1.0" encoding="{layout.encoding.upper()}"?>'.encode("ascii")
    if shape.root is not None:
        yield f"<{shape.root}>".encode("ascii")


def closing(shape: XmlShape) -> Iterator[bytes]:
    """The lines behind the last."""
    if shape.root is not None:
        yield f"</{shape.root}>".encode("ascii")


def build(layout: ListLayout, shape: XmlShape, values: Mapping[str, str]) -> bytes:
    """A record on one line.  Raises BadField."""
    pairs = [
        (field.key, html.escape(written(layout, field, values.get(field.name, ""))))
        for field in layout.record
    ]
    match shape.fields:
        case "attributes":
            inside = " ".join(f'{key}="{text}"' for key, text in pairs)
            line = f"<{shape.record} {inside}/>"
        case "pairs":
            inside = "".join(f'<{shape.pair} {key}="{text}"/>' for key, text in pairs)
            line = f"<{shape.record}>{inside}</{shape.record}>"
        case "elements":
            inside = "".join(f"<{key}>{text}</{key}>" for key, text in pairs)
            line = f"<{shape.record}>{inside}</{shape.record}>"
    return line.encode(layout.encoding)

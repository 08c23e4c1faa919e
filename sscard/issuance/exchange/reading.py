"""A list read from end to end before anything of it is used.

``check_list`` judges every line and keeps none; ``Checked.records`` reads a sound list again, as a
stream, and knows when the file is no longer the one that was checked.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from sscard.issuance.exchange import json_form, line_form, xml_form
from sscard.issuance.exchange.entry import Entry, Found, Limits
from sscard.issuance.exchange.fault import Fault
from sscard.issuance.exchange.finding import Code, Finding, Findings, ListError
from sscard.issuance.exchange.layout import JsonShape, ListLayout, XmlShape
from sscard.issuance.exchange.opening import open_regular
from sscard.issuance.exchange.values import BadValue, parse, require_no_utf8

Values = Mapping[str, str]
#: Behind these nothing is read, so nothing is known of how much there is.
_STOPS = frozenset({Code.LINE_TOO_LONG, Code.TOO_MANY_RECORDS, Code.DOCTYPE})


@dataclass(frozen=True, slots=True)
class Record:
    """One record; values by field name, those of its group too.  ``line`` is where it begins."""

    line: int
    values: Values = field(repr=False)


@dataclass(frozen=True, slots=True)
class Source:
    """A file, or bytes that were in an envelope; ``name`` is what messages call it."""

    name: str
    open: Callable[[], BinaryIO] = field(repr=False)

    @classmethod
    def of(cls, path: Path) -> Source:
        """The file at ``path``."""
        return cls(path.name, lambda: open_regular(path))

    @classmethod
    def within(cls, name: str, content: bytes) -> Source:
        """Bytes that are in memory already."""
        return cls(name, lambda: io.BytesIO(content))


@dataclass(frozen=True, slots=True)
class Checked:
    """What one pass over a list found.

    ``size`` and ``sha256`` are those of the whole file, by which a list that comes twice is known;
    where there are findings, of as much of it as was read.
    """

    source: Source
    layout: ListLayout
    limits: Limits
    count: int
    size: int
    sha256: bytes
    header: Values = field(repr=False)
    trailer: Values = field(repr=False)
    findings: tuple[Finding, ...]
    total: int  # of findings; more than are kept

    @property
    def sound(self) -> bool:
        """Whether nothing at all is wrong."""
        return not self.total

    def require_sound(self) -> None:
        """Raises ListError with the findings."""
        if not self.sound:
            raise ListError.of(self.source.name, Findings(list(self.findings), self.total))

    def require_header(self, expected: Values) -> None:
        """Raises ListError where the header says something else: the batch of another list."""
        line = len(self.layout.headings) + 1
        found = Findings()
        for name, value in expected.items():
            if self.header.get(name) != value:
                found.add(Finding(line, Code.OTHER_LIST, name))
        if found.total:
            raise ListError.of(self.source.name, found)

    def records(self) -> Iterator[Record]:
        """The records, in their order.

        Raises ListError for a list with findings, before the first; and behind the last for a file
        that changed since it was checked: what was imported by then must be undone.
        """
        self.require_sound()
        judge = _Judge(self.layout, self.limits)
        digest = hashlib.sha256()
        with _opened(self.source, digest) as stream:
            for found in _entries(stream, self.layout, self.limits):
                record = judge.take(found)
                if record:
                    yield record
            stream.drain()
        if judge.findings.total or digest.digest() != self.sha256:
            raise ListError.because(self.source.name, Fault.CHANGED)


def check_list(source: Source | Path, layout: ListLayout, limits: Limits | None = None) -> Checked:
    """Read a list from end to end; everything that is wrong is in the answer.

    Memory is one line and, where the layout has a key, about 120 bytes a record.  Raises ListError
    for a file that cannot be opened.
    """
    source = Source.of(source) if isinstance(source, Path) else source
    limits = limits or Limits()
    judge, digest = _Judge(layout, limits), hashlib.sha256()
    with _opened(source, digest) as stream:
        for found in _entries(stream, layout, limits):
            judge.take(found)
            if judge.count > limits.records:
                judge.take(Finding(judge.last, Code.TOO_MANY_RECORDS))
                break
        judge.finish()
        if not judge.findings.total:  # else nobody asks which file it was, and it may be endless
            stream.drain()
        size = stream.size
    kept = judge.findings
    return Checked(
        source=source,
        layout=layout,
        limits=limits,
        count=judge.count,
        size=size,
        sha256=digest.digest(),
        header=judge.header,
        trailer=judge.trailer,
        findings=tuple(sorted(kept.kept, key=lambda each: each.line)),
        total=kept.total,
    )


class _Hashing(io.RawIOBase):
    """A stream that is hashed as it is read."""

    def __init__(self, inner: BinaryIO, digest: hashlib._Hash) -> None:
        super().__init__()
        self._inner, self._digest, self.size = inner, digest, 0

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        return self._seen(self._inner.read(-1 if size is None else size))

    def readline(self, size: int | None = -1, /) -> bytes:
        return self._seen(self._inner.readline(-1 if size is None else size))

    def drain(self) -> None:
        """Read what is left, for the hash."""
        while self.read(1 << 20):
            pass

    def close(self) -> None:
        self._inner.close()
        super().close()

    def _seen(self, raw: bytes) -> bytes:
        self._digest.update(raw)
        self.size += len(raw)
        return raw


def _opened(source: Source, digest: hashlib._Hash) -> _Hashing:
    return _Hashing(source.open(), digest)


def _entries(stream: _Hashing, layout: ListLayout, limits: Limits) -> Found:
    reading: BinaryIO = stream  # type: ignore[assignment]
    match layout.shape:
        case XmlShape() as shape:
            return xml_form.entries(reading, layout, shape, limits)
        case JsonShape() as shape:
            return json_form.entries(reading, layout, shape, limits)
        case _:
            return line_form.entries(reading, layout, limits)


class _Judge:
    """Judges entries one after the other; what it remembers are counts and the keys."""

    def __init__(self, layout: ListLayout, limits: Limits) -> None:
        self._layout, self._limits = layout, limits
        self.findings = Findings()
        self.header: Values = {}
        self.trailer: Values = {}
        self.count, self.last = 0, 1
        self._group: Values = {}
        self._group_line, self._in_group = 0, 0
        self._unread, self._unread_in_group = 0, 0
        self._stopped = False
        self._keys: dict[int, int] = {}
        self._counts: list[tuple[int, str, str]] = []

    def take(self, found: Entry | Finding) -> Record | None:
        """The record of an entry that is one; findings are kept."""
        if isinstance(found, Finding):
            self.findings.add(found)
            self.last = found.line
            self._stopped = self._stopped or found.code in _STOPS
            self._unread += 1  # perhaps a record: what counts it is not wrong, too
            self._unread_in_group += 1
            return None
        self.last = found.line
        values = self._values(found)
        match found.section:
            case "header":
                self.header = values
                self._expect_counts("header", found.line, values)
            case "trailer":
                self.trailer = values
                self._expect_counts("trailer", found.line, values)
            case "group":
                self._close_group()
                self._group, self._group_line, self._in_group = values, found.line, 0
                self._unread_in_group = 0
            case "record":
                return self._record(found.line, values)
        return None

    def finish(self) -> None:
        """What can be said only at the end: counts, and a last group."""
        if self._stopped:
            return
        self._close_group()
        for line, name, said in self._counts:
            self._require_count(line, name, said, self.count, self._unread)

    def _values(self, entry: Entry) -> Values:
        values: dict[str, str] = {}
        for each in line_form.fields_of(self._layout, entry.section):
            try:
                text = entry.texts.get(each.name, "")
                require_no_utf8(text, self._layout.encoding)
                values[each.name] = parse(each, text)
            except BadValue as bad:
                self.findings.add(Finding(entry.line, bad.code, each.name, bad.detail))
        return values

    def _expect_counts(self, section: str, line: int, values: Values) -> None:
        fields = self._layout.header if section == "header" else self._layout.trailer
        self._counts += [
            (line, each.name, values.get(each.name, "")) for each in fields if each.form == "count"
        ]

    def _close_group(self) -> None:
        if not self._group_line:
            return
        if not self._in_group + self._unread_in_group:
            self.findings.add(Finding(self._group_line, Code.EMPTY_GROUP))
        for each in self._layout.group:
            if each.form == "count":
                said = self._group.get(each.name, "")
                counted = self._in_group, self._unread_in_group
                self._require_count(self._group_line, each.name, said, *counted)

    def _require_count(self, line: int, name: str, said: str, count: int, unread: int) -> None:
        if said and not count <= int(said) <= count + unread:
            detail = f"{int(said)}, there are {count}"
            self.findings.add(Finding(line, Code.COUNT, name, detail))

    def _record(self, line: int, values: Values) -> Record:
        self.count += 1
        self._in_group += 1
        for name, value in self._group.items():
            if values.get(name, value) != value:
                self.findings.add(Finding(line, Code.OTHER_GROUP, name))
        self._require_new(line, values)
        return Record(line, {**self._group, **values})

    def _require_new(self, line: int, values: Values) -> None:
        key = tuple(values.get(name, "") for name in self._layout.key)
        if not any(key):
            return
        # Python's own hash is keyed anew for each process: nobody can make two people collide.
        first = self._keys.setdefault(hash(key), line)
        if first != line:
            name = self._layout.key[-1]
            self.findings.add(Finding(line, Code.DUPLICATE, name, f"line {first}"))

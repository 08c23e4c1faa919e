"""Reads a bank's data-preparation file record by record: one record in memory at a time.

A record is given out when its own MAC and number are right.  That none is missing is known behind
the trailer only, so that a station checks a file whole before its first card (``check``).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from sscard.issuance.bank_data import chip, values
from sscard.issuance.bank_data.error import BankDataError
from sscard.issuance.bank_data.layout import Layout
from sscard.issuance.bank_data.values import Value
from sscard.keys import BankStore, KeyReference
from sscard.perso.pse_groupings import Instance


@dataclass(frozen=True, slots=True)
class BankRecord:
    """One card: ``values`` by the layout's names, and what goes into its chip.

    ``offset`` is where it begins in the file.
    """

    number: int
    values: Mapping[str, Value] = field(repr=False)
    instances: tuple[Instance, ...]
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Summary:
    """A whole file: records, SHA-256 over all of it but the trailer, key of its MACs."""

    batch: str
    records: int
    digest: bytes
    mac_key: KeyReference


class Reader:
    """One pass over a file.  Iterate to the end: the last step checks the trailer.

    Every step raises BankDataError naming record and field, KeyStoreError for missing keys.
    """

    def __init__(self, stream: BinaryIO, layout: Layout, store: BankStore) -> None:
        self._stream, self._layout, self._store = stream, layout, store
        self._digest = hashlib.sha256()
        self._records = 0
        self.header = self._header()
        self._transport = self._key(layout.transport_key, "transport_key_version")
        self._mac_key = self._key(layout.mac_key, "mac_key_version")

    def __iter__(self) -> Iterator[BankRecord]:
        record, trailer = self._layout.record.mark.encode(), self._layout.trailer.mark.encode()
        while (mark := self._stream.read(len(record))) == record:
            self._digest.update(mark)
            offset = self._stream.tell() - len(mark)
            found = self._record(mark, self._records + 1, offset)
            self._records = found.number
            yield found
        if mark != trailer:
            raise BankDataError(f"after record {self._records}", "is neither record nor trailer")
        self._trailer(mark)

    def record_at(self, number: int, offset: int) -> BankRecord:
        """One record again, where a pass over the file has found it; its MAC is checked anew."""
        self._stream.seek(offset)
        mark = self._stream.read(len(self._layout.record.mark))
        if mark != self._layout.record.mark.encode():
            raise BankDataError(f"record {number}", "is no longer there")
        return self._record(mark, number, offset)

    @property
    def summary(self) -> Summary:
        """What has been read so far."""
        batch = self.header.get("batch", "")
        return Summary(str(batch), self._records, self._digest.digest(), self._mac_key)

    def _header(self) -> dict[str, Value]:
        fields = self._layout.header
        raw = self._take(values.size_of(fields), "header")
        try:
            return values.decode(fields, raw, self._layout.encoding)
        except BankDataError as error:
            raise error.within("header") from None

    def _key(self, name: str, version: str) -> KeyReference:
        return KeyReference(name, _number(self.header[version]))

    def _record(self, mark: bytes, number: int, offset: int) -> BankRecord:
        layout = self._layout.record
        place = f"record {number}"
        length = self._take(layout.length_size, place)
        size = int.from_bytes(length, "big")
        if size > layout.longest:
            raise BankDataError(f"{place}, length", f"is more than {layout.longest}")
        content = self._take(size, place)
        mac = self._take(layout.mac_size, place)
        self._require_mac(place, mark + length + content, mac)
        found = self._decoded(place, content)
        if _number(found["sequence"]) != number:
            raise BankDataError(f"{place}, field sequence", f"is not {number}")
        return BankRecord(number, found, self._chip(place, found), offset)

    def _decoded(self, place: str, content: bytes) -> dict[str, Value]:
        try:
            return values.decode(self._layout.record.fields, content, self._layout.encoding)
        except BankDataError as error:
            raise error.within(place) from None

    def _chip(self, place: str, found: Mapping[str, Value]) -> tuple[Instance, ...]:
        raw = found["chip"]
        try:
            return chip.parse(raw if isinstance(raw, bytes) else b"", self._transport)
        except BankDataError as error:
            raise error.within(f"{place}, field chip") from None

    def _trailer(self, mark: bytes) -> None:
        fields = self._layout.trailer.fields
        raw = self._stream.read(values.size_of(fields))
        try:
            found = values.decode(fields, raw, self._layout.encoding)
        except BankDataError as error:
            raise error.within("trailer") from None
        if _number(found["count"]) != self._records:
            raise BankDataError("trailer, field count", f"is not {self._records}")
        if found["digest"] != self._digest.digest():
            raise BankDataError("trailer, field digest", "is of another file")
        size = fields[-1].size or 0
        self._require_mac("trailer", mark + raw[:-size], raw[-size:])
        if self._stream.read(1):
            raise BankDataError("after the trailer", "there is more")

    def _require_mac(self, place: str, message: bytes, mac: bytes) -> None:
        right = self._store.transport_mac(self._mac_key, message)[: len(mac)]
        if not mac or not hmac.compare_digest(right, mac):
            raise BankDataError(f"{place}, MAC", "is wrong")

    def _take(self, size: int, place: str) -> bytes:
        raw = self._stream.read(size)
        if len(raw) != size:
            raise BankDataError(place, "the file ends here")
        self._digest.update(raw)
        return raw


def _number(value: Value) -> int:
    """A layout gives digits and binary numbers to what is counted with."""
    return value if isinstance(value, int) else int(value)


@contextmanager
def open_reader(path: Path, layout: Layout, store: BankStore) -> Iterator[Reader]:
    """A pass over the file at ``path``.  Raises BankDataError naming it, also inside the block."""
    try:
        with path.open("rb") as stream:
            yield Reader(stream, layout, store)
    except BankDataError as error:
        raise error.within(path.name) from None
    except OSError as error:
        raise BankDataError(str(path), error.strerror or "cannot be read") from None


def check(path: Path, layout: Layout, store: BankStore) -> Summary:
    """Read the whole file: every MAC, every grouping, and the trailer.  Raises BankDataError."""
    with open_reader(path, layout, store) as reader:
        for _ in reader:
            pass
        return reader.summary

"""Writes data-preparation files, as a test bank does: a bank's own are made in the bank."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from sscard.issuance.bank_data import chip, values
from sscard.issuance.bank_data.error import BankDataError
from sscard.issuance.bank_data.layout import Layout
from sscard.issuance.bank_data.values import Value
from sscard.perso.pse_groupings import Instance


class Sealer(Protocol):
    """The bank's side of the keys that the file names."""

    def encipher(self, data: bytes, /) -> bytes:
        """3DES-ECB under the transport key, whole blocks."""
        ...

    def mac(self, message: bytes, /) -> bytes:
        """The retail MAC, 8 bytes."""
        ...


@dataclass(frozen=True, slots=True)
class _Output:
    stream: BinaryIO
    layout: Layout
    sealer: Sealer

    def section(self, place: str, section: str, found: Mapping[str, Value]) -> bytes:
        fields = {
            "header": self.layout.header,
            "record": self.layout.record.fields,
            "trailer": self.layout.trailer.fields,
        }[section]
        try:
            return values.encode(fields, found, self.layout.encoding)
        except BankDataError as error:
            raise error.within(place) from None

    def record(self, number: int, found: Mapping[str, Value], cards: Iterable[Instance]) -> bytes:
        layout = self.layout.record
        data = chip.build(cards, self.sealer.encipher)
        place, counted = f"record {number}", {**found, "chip": data, "sequence": number}
        content = self.section(place, "record", counted)
        if len(content) > layout.longest:
            raise BankDataError(f"{place}, length", f"is more than {layout.longest}")
        message = layout.mark.encode() + len(content).to_bytes(layout.length_size, "big") + content
        return message + self.sealer.mac(message)[: layout.mac_size]


def write(
    stream: BinaryIO,
    layout: Layout,
    header: Mapping[str, Value],
    records: Iterable[tuple[Mapping[str, Value], Iterable[Instance]]],
    sealer: Sealer,
) -> int:
    """The whole file, record by record; how many there are.

    Numbers, chip data, count, digest and MACs are made here.  Raises BankDataError for a value that
    does not fit, naming its field, ValueError as ``chip.build`` does.
    """
    output, digest, count = _Output(stream, layout, sealer), hashlib.sha256(), 0
    first = output.section("header", "header", header)
    digest.update(first)
    stream.write(first)
    for count, (found, instances) in enumerate(records, start=1):
        raw = output.record(count, found, instances)
        digest.update(raw)
        stream.write(raw)
    mac_size = layout.trailer.fields[-1].size or 0
    facts: dict[str, Value] = {"count": count, "digest": digest.digest(), "mac": bytes(mac_size)}
    mark = layout.trailer.mark.encode()
    message = mark + output.section("trailer", "trailer", facts)[:-mac_size]
    stream.write(message + sealer.mac(message)[:mac_size])
    return count

"""The printer's list: print records as CSV or as JSON lines, and read again from these."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, Literal, get_args

from sscard.durable import new_file
from sscard.issuance.face.error import FaceError
from sscard.issuance.face.layout import FieldName
from sscard.issuance.face.record import PrintRecord
from sscard.issuance.spreadsheet import BOM, inert

Form = Literal["csv", "jsonl"]
_FIELDS: tuple[FieldName, ...] = get_args(FieldName)
#: Named as in the lists between the parties.  ``card`` is the card's number as the record has
#: it; the field of this name may be in groups.
COLUMNS = ("card", "layout", *_FIELDS, "chip_name", "photo_file")
#: A record has some hundred characters.
_LONGEST_LINE = 16_384


def write_records(path: Path, records: Iterable[PrintRecord], form: Form) -> int:
    """Write the list in one step, readable by its owner only; returns how many cards it has.

    Raises FaceError for a card that is there twice; OSError.
    """
    with new_file(path) as stream:
        once = _once(records)
        return _write_csv(stream, once) if form == "csv" else _write_lines(stream, once)


def read_records(path: Path) -> Iterator[PrintRecord]:
    """The records of a list in JSON lines, one after the other.

    Raises FaceError naming file and line, and no value; OSError.
    """
    with path.open("rb") as stream:
        number = 0
        while line := stream.readline(_LONGEST_LINE):
            number += 1
            place = f"{path.name}: line {number}"
            if len(line) == _LONGEST_LINE:
                raise FaceError(place, f"has {_LONGEST_LINE} bytes or more")
            if line.strip():
                yield _record(place, line)


def _once(records: Iterable[PrintRecord]) -> Iterator[PrintRecord]:
    numbers: set[str] = set()
    for record in records:
        if record.card_number in numbers:
            raise FaceError(record.card_number, "this card is in the list twice")
        numbers.add(record.card_number)
        yield record


def _entries(record: PrintRecord) -> dict[str, str]:
    entries = {"card": record.card_number, "layout": record.layout}
    entries |= {str(name): text for name, text in record.texts.items()}
    return entries | {"chip_name": record.chip_name, "photo_file": record.photo}


def _write_csv(stream: BinaryIO, records: Iterable[PrintRecord]) -> int:
    """UTF-8 with BOM, which Excel asks for; nothing that a person wrote runs as a formula."""
    count = 0
    stream.write(BOM)
    text = io.TextIOWrapper(stream, "utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for record in records:
        count += 1
        entries = _entries(record)
        writer.writerow(inert(entries.get(column, "")) for column in COLUMNS)
    text.detach()
    return count


def _write_lines(stream: BinaryIO, records: Iterable[PrintRecord]) -> int:
    count = 0
    for record in records:
        count += 1
        stream.write(json.dumps(_entries(record), ensure_ascii=False).encode("utf-8") + b"\n")
    return count


def _parsed(line: bytes) -> object:
    """None where it is no JSON: the error would keep the line, which is a person's."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):  # no UTF-8, no JSON; brackets without end
        return None


def _record(place: str, line: bytes) -> PrintRecord:
    entries = _parsed(line)
    if not isinstance(entries, dict) or not all(isinstance(each, str) for each in entries.values()):
        raise FaceError(place, "is no JSON object of texts")
    unknown = set(entries) - set(COLUMNS)
    missing = {"card", "layout", "name", "chip_name"} - set(entries)
    if unknown or missing:
        what = f"has no {min(missing)}" if missing else "has a name that no record has"
        raise FaceError(place, what)
    texts = {name: entries[name] for name in _FIELDS if name in entries}
    beside = entries["chip_name"], entries.get("photo_file", "")
    try:
        return PrintRecord(entries["card"], entries["layout"], MappingProxyType(texts), *beside)
    except FaceError as wrong:
        raise wrong.within(place) from None

"""The list of pre-made stock: every blank by its account number, from its making to its holder.

CSV in UTF-8 with BOM.  It holds account numbers: readable by its owner only.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sscard.durable import create_file
from sscard.errors import MalformedData
from sscard.issuance.accounts import luhn_valid
from sscard.issuance.csv_table import Row, Table, read_table
from sscard.issuance.spreadsheet import BOM
from sscard.perso.premade import PremadeCard

#: ``digest`` is SHA-256 of what the financial side shows; ``image`` names a simulated card.
COLUMNS = ("bank_number", "expiry", "serial", "historical", "digest", "made_on", "image")
_HEX = {"serial": 4, "historical": 13, "digest": 32}
_EXPIRY = re.compile(r"[0-9]{2}(?:0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class StockItem:
    """One blank of the list; ``expiry`` is YYMM, ``serial`` TA to TD of the ATR."""

    bank_number: str = field(repr=False)
    expiry: str = field(repr=False)
    serial: bytes
    historical: bytes
    digest: bytes = field(repr=False)
    made_on: date
    image: str = ""

    @classmethod
    def of(cls, card: PremadeCard, serial: bytes, made_on: date, image: str = "") -> StockItem:
        """The line of a finished blank, as it tells itself."""
        bank = card.bank
        return cls(bank.number, bank.expiry, serial, card.historical, bank.digest, made_on, image)

    def fits(self, card: PremadeCard) -> bool:
        """Whether this is the card in the reader, and its financial side is as it was made."""
        return self.digest == card.bank.digest and self.historical == card.historical

    def cells(self) -> tuple[str, ...]:
        """The line in the order of ``COLUMNS``; bytes are capital hex digits."""
        return (
            self.bank_number,
            self.expiry,
            self.serial.hex().upper(),
            self.historical.hex().upper(),
            self.digest.hex().upper(),
            self.made_on.isoformat(),
            self.image,
        )


@dataclass(frozen=True, slots=True)
class Stock:
    """All blanks of a list by account number."""

    items: Mapping[str, StockItem] = field(repr=False)

    def find(self, bank_number: str) -> StockItem | None:
        """The blank with this account number; None for one that is in no list."""
        return self.items.get(bank_number)


def write_stock(path: Path, items: Iterable[StockItem]) -> None:
    """Create the list.  Raises FileExistsError for one that is there, OSError."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(each.cells() for each in items)
    create_file(path, BOM + text.getvalue().encode())


def read_stock(path: Path) -> Stock:
    """Read a list.  Raises ApplicantError naming file and line for what cannot be read as a whole.

    An account or a serial that is there twice belongs to nobody: the list goes back.
    """
    table = read_table(path)
    if tuple(table.header) != COLUMNS:
        raise table.error(1, f"the columns are not {', '.join(COLUMNS)}")
    items: dict[str, StockItem] = {}
    serials: set[bytes] = set()
    for row, item in _items(table):
        if item.bank_number in items or item.serial in serials:
            raise table.error(row.line, "the account number or the serial is there twice")
        items[item.bank_number] = item
        serials.add(item.serial)
    return Stock(items)


def _items(table: Table) -> Iterator[tuple[Row, StockItem]]:
    for row in table.rows:
        try:
            yield row, _item(dict(zip(COLUMNS, row.fields, strict=True)))
        except MalformedData as wrong:
            raise table.error(row.line, str(wrong)) from None


def _item(cells: Mapping[str, str]) -> StockItem:
    """Raises MalformedData, without a value."""
    if not luhn_valid(cells["bank_number"]):
        raise MalformedData("the bank card number is not one (check digit, 13-19 digits)")
    if not _EXPIRY.fullmatch(cells["expiry"]):
        raise MalformedData("the expiry is not YYMM")
    serial, historical, digest = (_bytes(name, cells[name]) for name in _HEX)
    try:
        made_on = date.fromisoformat(cells["made_on"])
    except ValueError:
        raise MalformedData("made_on is no date as 2026-01-31") from None
    return StockItem(
        cells["bank_number"], cells["expiry"], serial, historical, digest, made_on, cells["image"]
    )


def _bytes(name: str, text: str) -> bytes:
    size = _HEX[name]
    if not re.fullmatch(f"[0-9A-Fa-f]{{{2 * size}}}", text):
        raise MalformedData(f"{name} is not {size} bytes in hexadecimal")
    return bytes.fromhex(text)

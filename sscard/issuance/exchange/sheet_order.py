"""Whether a sheet has its rows and cells in order: what stands elsewhere, openpyxl leaves out."""

from __future__ import annotations

from collections.abc import Iterable
from xml.parsers import expat

from sscard.issuance.exchange.fault import Fault
from sscard.issuance.exchange.finding import ListError


def require_order(pieces: Iterable[bytes], source: str) -> None:
    """Raises ListError for rows or cells that are there twice, or behind a later one.

    Any part of a workbook may be asked: whichever has the data of a sheet in it, is one.
    """
    order = _Order()
    parser = expat.ParserCreate()
    parser.StartElementHandler = order.start
    try:
        for piece in pieces:
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError):  # the second for a number that is none
        raise ListError.because(source, Fault.WORKBOOK, "its XML is damaged") from None
    if order.broken:
        raise ListError.because(source, Fault.WORKBOOK, "rows or cells out of order")


class _Order:
    """The last row and the last column; places that are not said follow from the one before."""

    def __init__(self) -> None:
        self.broken, self._in_data = False, False
        self._row, self._column = 0, (0, "")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        place = attributes.get("r")
        match name.rpartition(":")[2]:
            case "sheetData":
                self._in_data = True
            case "row" if self._in_data:
                row = int(place) if place else self._row + 1
                self.broken = self.broken or row <= self._row
                self._row, self._column = row, (0, "")
            case "c" if self._in_data and place:
                letters = place.rstrip("0123456789")
                column = (len(letters), letters)
                wrong = column <= self._column or place != f"{letters}{self._row}"
                self.broken = self.broken or wrong
                self._column = column

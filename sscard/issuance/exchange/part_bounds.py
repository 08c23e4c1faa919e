"""The XML of a workbook's part, before openpyxl has it: how much there is, and in which order.

openpyxl keeps what it does not know, and leaves out what stands before an earlier row.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.parsers import expat

from sscard.issuance.exchange.fault import Fault
from sscard.issuance.exchange.finding import ListError

#: Rows and columns that are read; a table with more is refused.
MOST_ROWS, MOST_COLUMNS = 200_000, 200
#: Elements of one row: cells, and what stands in them.
_MOST_IN_ROW = 8 * MOST_COLUMNS
#: Elements outside rows; texts of cells stand in a part of their own.
_MOST_OUTSIDE, _MOST_TEXTS = 100_000, 4_000_000
#: Bytes of one tag or comment.
_LONGEST_TAG = 1 << 18


class _Stop(Exception):
    """What is behind need not be seen."""


def require_bounds(pieces: Iterable[bytes], name: str, source: str) -> None:
    """Raises ListError for more than a table has, and for rows or cells twice or out of order.

    Whichever part has the data of a sheet in it, is one.
    """
    part = _Part(_MOST_TEXTS if "sharedStrings" in name else _MOST_OUTSIDE)
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = part.start, part.end
    fed = 0
    try:
        for piece in pieces:
            fed += len(piece)
            parser.Parse(piece, False)
            if fed - parser.CurrentByteIndex > _LONGEST_TAG:
                raise ListError.because(source, Fault.WORKBOOK_BOMB, "a tag without end")
        parser.Parse(b"", True)
    except _Stop:
        raise ListError.because(source, *_STOPPED[part.wrong]) from None
    except (expat.ExpatError, ValueError):  # the second for a row that is no number
        raise ListError.because(source, Fault.WORKBOOK, "its XML is damaged") from None


_STOPPED = {
    "order": (Fault.WORKBOOK, "rows or cells out of order"),
    "table": (Fault.TOO_LARGE, f"> {MOST_ROWS} rows or {MOST_COLUMNS} columns"),
    "elements": (Fault.WORKBOOK_BOMB, "too many elements"),
}


class _Part:
    """The last row and the last column; a place that is not said follows from the one before."""

    def __init__(self, outside: int) -> None:
        self.wrong = ""
        self._outside, self._in_row, self._in_data = outside, 0, False
        self._row, self._column = 0, (0, "")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "sheetData":
                self._in_data = True
            case "row" if self._in_data:
                self._start_row(attributes.get("r"))
            case "c" if self._in_data:
                self._cell(attributes.get("r"))
        self._count()

    def end(self, name: str) -> None:
        if name.rpartition(":")[2] == "sheetData":
            self._in_data = False

    def _count(self) -> None:
        if self._in_data and self._row:
            self._in_row += 1
            self._require(self._in_row <= _MOST_IN_ROW, "elements")
        else:
            self._outside -= 1
            self._require(self._outside >= 0, "elements")

    def _start_row(self, place: str | None) -> None:
        row = int(place) if place else self._row + 1
        self._require(row > self._row, "order")
        self._require(row <= MOST_ROWS, "table")
        self._row, self._column, self._in_row = row, (0, ""), 0

    def _cell(self, place: str | None) -> None:
        if place is None:
            return
        letters = place.rstrip("0123456789")
        column = (len(letters), letters)
        self._require(column > self._column and place == f"{letters}{self._row}", "order")
        self._column = column

    def _require(self, sound: bool, wrong: str) -> None:
        if not sound:
            self.wrong = wrong
            raise _Stop

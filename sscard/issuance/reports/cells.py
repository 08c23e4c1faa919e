"""How a value is written for people; programs get it as it is."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sscard.issuance.machines import CHINA
from sscard.issuance.reports.sheet import Cell, Column

#: Where nothing is known.
EMPTY = "–"


def shown(column: Column, cell: Cell) -> str:
    """The cell on a page: ``1,234``, ``97.5 %``, ``12.00`` yuan, a time of the place."""
    if cell is None or cell == "":
        return EMPTY
    if isinstance(cell, datetime):
        return f"{cell.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
    if isinstance(cell, str):
        return cell
    if column.kind == "share":
        return percent(cell)
    return yuan(int(cell)) if column.kind == "money" else f"{cell:,}"


def percent(share: float) -> str:
    """``97.5 %``; never 100 where something is missing, never 0 where something is there."""
    tenths = round(share * 1000)
    if tenths == 1000 and share < 1:
        tenths = 999
    if tenths == 0 and share > 0:
        tenths = 1
    return f"{tenths / 10:.1f} %"


def yuan(fen: int) -> str:
    """Fen as yuan with two places."""
    return f"{Decimal(fen) / 100:,.2f}"


def plain(column: Column, cell: Cell) -> str:
    """The cell in CSV: no thousands, shares as fractions, times with their zone."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.astimezone(CHINA).isoformat(timespec="seconds")
    if column.kind == "money":
        return f"{Decimal(int(cell)) / 100:.2f}"
    if column.kind == "share":
        return f"{float(cell):.4f}"
    return str(cell)

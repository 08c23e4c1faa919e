"""Draws docs/images/stations.svg: the live table of a station with readers in many states.

PYTHONPATH=. python docs/draw_stations.py
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

from rich.console import Console

from sscard.cli.station_show import Heading, table
from sscard.issuance.floor import Board, Mismatch, Mismatched, ReaderState, View

_PICTURE = Path(__file__).parent / "images" / "stations.svg"
_STARTED = datetime(2026, 3, 2, 8, tzinfo=UTC)
_SECONDS, _CARDS = 5.4, 96
_WRONG = Mismatched(Mismatch.OTHER_BATCH, "B0018-0007", "B0018")


class _Clock:
    """A clock that is moved on."""

    def __init__(self) -> None:
        self.at = _STARTED

    def __call__(self) -> datetime:
        return self.at


def drawn() -> str:
    """The picture."""
    clock = _Clock()
    board = Board(clock)
    for card in range(_CARDS + 1):
        for reader in range(1, 7):
            if (reader == 3 and card > 41) or (reader == 5 and card > 70):
                continue
            board.told(View(f"R{reader}", ReaderState.WAITING, made=card))
        clock.at += timedelta(seconds=_SECONDS)
    for view in _LAST:
        board.told(view)
    console = Console(record=True, width=146, file=StringIO())
    console.print(table(board, Heading("SSSE-1", "B0017", lambda: 1904)))
    picture = console.export_svg(title="sscard station ssse")
    picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)  # no network
    return re.sub(r"<text [^>]*>[^<]*", _natural, picture)


def _natural(text: re.Match[str]) -> str:
    """rich takes a Chinese character for as wide as a letter: such texts have their own width."""
    wide = re.search("[\u3400-\u9fff]", text[0])
    return re.sub(' textLength="[^"]*"', "", text[0]) if wide else text[0]


_LAST = (
    View("R1", ReaderState.WORKING, "A0104482X", made=96),
    View("R2", ReaderState.IDENTIFYING, made=96, failed=1),
    View(
        "R3",
        ReaderState.TAKEN_OUT,
        why="连续3张失败 3 cards failed in a row: SSSE: create file EF08: 6F00",
        made=41,
        failed=4,
    ),
    View("R4", ReaderState.WORKING, "A01044838", made=96),
    View("R5", ReaderState.STOPPED, why=str(_WRONG), made=70),
    View("R6", ReaderState.WAITING, made=96),
)

if __name__ == "__main__":
    _PICTURE.write_text(drawn(), encoding="utf-8")

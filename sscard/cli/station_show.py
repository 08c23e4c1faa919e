"""What people and programs see of a station: a live table, plain lines, JSON lines, a summary."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from sscard.issuance.floor import Board, ReaderState, View

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

_COLOURS = {
    ReaderState.WORKING: "green",
    ReaderState.IDENTIFYING: "green",
    ReaderState.HELD: "yellow",
    ReaderState.STOPPED: "bold red",
    ReaderState.TAKEN_OUT: "bold red",
}
#: Said at once where there is no table.
_TOLD = frozenset({ReaderState.HELD, ReaderState.STOPPED, ReaderState.TAKEN_OUT, ReaderState.DONE})
#: Without a terminal one line every so many cards is enough to see that it goes on.
_EVERY = 25


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above the table.  ``remaining`` asks the ledger; None where nobody knows."""

    station: str
    batch: str
    remaining: Callable[[], int | None] = lambda: None


@dataclass(slots=True)
class JsonLines:
    """Each change of a reader as one line on stdout."""

    station: str
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def heard(self, view: View, at: datetime) -> None:
        """Print it."""
        self.line(
            at=at.isoformat(),
            reader=view.name,
            state=view.state.name.lower(),
            card=view.card or None,
            why=view.why or None,
            made=view.made,
            failed=view.failed,
        )

    def line(self, **members: Any) -> None:
        """One line, flushed: who reads it waits for it."""
        text = json.dumps({"station": self.station, **members}, ensure_ascii=False)
        with self._lock:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()


@dataclass(slots=True)
class PlainLines:
    """What is worth a line on stderr."""

    made: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def heard(self, view: View, at: datetime) -> None:  # noqa: ARG002 lines have no time
        """Failures and stops at once, good cards now and then."""
        if view.state not in _TOLD:
            return
        with self._lock:
            if view.state is ReaderState.DONE and not view.why:
                self.made += 1
                if self.made % _EVERY == 0:
                    tell(f"{self.made} 张 cards")
                return
        zh, en = view.state.value
        card = f", {view.card}" if view.card else ""
        tell(f"{view.name}{card}: {zh} {en}: {view.why}")


def tell(text: str) -> None:
    """To whoever stands before the station."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def table(board: Board, heading: Heading) -> Table:
    """All readers as they are now."""
    from rich.table import Table
    from rich.text import Text

    shown = Table(title=_title(board, heading), title_justify="left", caption_justify="left")
    for zh, en in (
        ("读卡器", "reader"),
        ("状态", "state"),
        ("卡号", "card"),
        ("张/时", "cards/h"),
        ("完成", "made"),
        ("失败", "failed"),
        ("原因", "why"),
    ):
        number = en in ("cards/h", "made", "failed")
        justify: Literal["left", "right"] = "right" if number else "left"
        shown.add_column(f"{zh}\n{en}", justify=justify, overflow="fold")
    for line in board.lines():
        view, colour = line.view, _COLOURS.get(line.view.state, "")
        state = Text(" ".join(view.state.value), style=colour)
        failed = Text(str(view.failed), style="red" if view.failed else "")
        rate = f"{line.rate:.0f}" if line.rate else "–"
        shown.add_row(
            view.name, state, view.card, rate, str(view.made), failed, Text(view.why, style=colour)
        )
    return shown


def _title(board: Board, heading: Heading) -> str:
    made, failed = board.totals()
    rate = sum(line.rate for line in board.lines())
    left = heading.remaining()
    remaining = "" if left is None else f"  剩余 remaining {left}"
    return (
        f"工位 station {heading.station}  批次 batch {heading.batch}  完成 made {made}  "
        f"失败 failed {failed}  {rate:.0f} 张/时 cards/h{remaining}"
    )


@contextmanager
def live(board: Board, heading: Heading, console: Console) -> Iterator[Callable[[], None]]:
    """The table on a terminal until the block ends; what is given draws it again."""
    from rich.live import Live

    def drawn() -> RenderableType:
        return table(board, heading)

    with Live(get_renderable=drawn, console=console, refresh_per_second=4, transient=True) as shown:
        yield lambda: shown.refresh()


def summary(board: Board, heading: Heading, why: str | None) -> dict[str, Any]:
    """What came of the run, for programs."""
    made, failed = board.totals()
    return {
        "summary": True,
        "batch": heading.batch,
        "made": made,
        "failed": failed,
        "remaining": heading.remaining(),
        "stopped": why,
        "readers": [
            {
                "reader": line.view.name,
                "state": line.view.state.name.lower(),
                "made": line.view.made,
                "failed": line.view.failed,
                "why": line.view.why or None,
            }
            for line in board.lines()
        ],
    }

"""What ``sscard simulate`` shows: a live table on a terminal, else a line for each event."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

import typer

from sscard.cli.console import stdout

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

    from simulator.slot import Event, Slot

#: What happens, in Chinese; the English words are the events' own.
WORDS: Mapping[str, str] = MappingProxyType(
    {
        "inserted": "插入",
        "waiting": "等待读卡器",
        "connected": "已连接",
        "disconnected": "断开",
        "mute": "卡无应答",
        "removed": "拔出",
        "stopped": "结束",
    }
)
_ALONE = "等待：插槽里有另一张卡？ connected, nobody asks: another card in this slot?"
#: Seconds over which commands are counted, at least.
_SPAN = 1.0


class Shown(Protocol):
    """Somebody who sees what happens."""

    def event(self, event: Event) -> None:
        """Something happened to a slot."""
        ...

    def rates(self) -> None:
        """Time has passed; commands may have been answered."""
        ...


@contextmanager
def shown(slots: Sequence[Slot], *, as_json: bool) -> Iterator[Shown]:
    """JSON lines, a live table, or lines for people."""
    counts = {each.number: Count(each) for each in slots}
    console = stdout()
    if as_json or not console.is_terminal:
        yield Lines(counts, as_json=as_json)
        return
    from rich.live import Live

    with Live(console=console, auto_refresh=False) as live:
        yield Picture(counts, live)


class Count:
    """The commands that a slot's card has answered, and how many per second of late."""

    def __init__(self, slot: Slot) -> None:
        self.slot = slot
        self.state = ""
        self.total = 0
        self.per_second = 0
        self._since = time.monotonic()

    def measure(self) -> bool:
        """Count again when it is time; whether a figure is another one now."""
        now = time.monotonic()
        span, total = now - self._since, self.slot.reader.exchanges
        if span < _SPAN:
            return False
        before = (self.total, self.per_second)
        self.per_second = round((total - self.total) / span)
        self._since, self.total = now, total
        return (self.total, self.per_second) != before


class Lines:
    """One line for each event, and for each second in which commands were answered."""

    def __init__(self, counts: Mapping[int, Count], *, as_json: bool) -> None:
        self._counts = counts
        self._say = _json if as_json else _words

    def event(self, event: Event) -> None:
        """Print it at once."""
        place = str(self._counts[event.slot].slot.door.address)
        detail = {"detail": event.detail} if event.detail else {}
        self._say(event.what, {"slot": event.slot, "card": event.card, "at": place, **detail})

    def rates(self) -> None:
        """Print the figures that are new."""
        for number, count in self._counts.items():
            if count.measure():
                figures = {"commands": count.total, "per_second": count.per_second}
                self._say("rate", {"slot": number, "card": count.slot.name, **figures})


def _json(what: str, values: Mapping[str, object]) -> None:
    typer.echo(json.dumps({"event": what, **values}, ensure_ascii=False))


def _words(what: str, values: Mapping[str, object]) -> None:
    place = f"插槽{values['slot']} slot {values['slot']}, {values['card']}"
    if what == "rate":
        typer.echo(f"{place}: {values['commands']} 条命令 commands, {values['per_second']}/s")
        return
    where = f" {values['at']}" if what in ("inserted", "waiting") else ""
    detail = f": {values['detail']}" if "detail" in values else ""
    typer.echo(f"{place}: {WORDS[what]} {what}{where}{detail}")


class Picture:
    """A table that is drawn again and again, on a terminal."""

    def __init__(self, counts: Mapping[int, Count], live: Live) -> None:
        self._counts = counts
        self._live = live

    def event(self, event: Event) -> None:
        """Say it above the table where something went wrong; draw again."""
        self._counts[event.slot].state = f"{WORDS[event.what]} {event.what}"
        if event.detail:
            self._live.console.print(f"{event.card}: {event.detail}", style="red", markup=False)
        self._draw()

    def rates(self) -> None:
        """Draw again if a figure is new."""
        new = [each.measure() for each in self._counts.values()]
        if any(new):
            self._draw()

    def _draw(self) -> None:
        self._live.update(_table(self._counts), refresh=True)


def _table(counts: Mapping[int, Count]) -> Table:
    from rich.table import Table

    table = Table("插槽 slot", "卡 card", "协议 protocol", "地址 address", "状态 state")
    for title in ("命令 commands", "每秒 per second"):
        table.add_column(title, justify="right")
    for number, count in counts.items():
        slot = count.slot
        alone = count.state.endswith("connected") and not slot.reader.seen
        table.add_row(
            str(number),
            slot.name,
            slot.reader.protocol.value,
            str(slot.door.address),
            _ALONE if alone and count.total == 0 else count.state,
            str(count.total),
            str(count.per_second),
        )
    return table

"""``--line``: what the cards of a run would cost on a line, and what machines would make of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from simulator import ChipClock, VirtualCard
from sscard.apdu.atr import Atr
from sscard.issuance.machines import Chip, Machines, Timing
from sscard.transport.line import Activity, Cost, Line, LineOptions, Meter, MeteredConnection

if TYPE_CHECKING:
    from rich.table import Table

_SECONDS_AN_HOUR = 3600
_COLUMNS = ("条 n", "→ bytes", "← bytes", "线路 line s", "芯片 chip s", "合计 s")
PHASES = {
    "ssse": ("社保工位", "social-security station"),
    "certificates": ("证书工位", "certificate station"),
    "bank": ("银行工位", "bank station"),
    "audit": ("审核", "audit"),
}
_OPTIONAL = "certificates"
ACTIVITIES = {
    Activity.POWER_UP: "上电",
    Activity.SELECTION: "选择",
    Activity.AUTHENTICATION: "认证",
    Activity.KEY_LOADING: "装载密钥",
    Activity.STRUCTURE: "建文件",
    Activity.DATA: "写数据",
    Activity.BANK: "金融数据",
    Activity.READING: "读取",
    Activity.OTHER: "其他",
}


@dataclass(slots=True)
class MeteredChip(MeteredConnection):
    """A metered card whose state can be kept between the stations."""

    keep: Callable[[Path], None] = field(kw_only=True)

    def save(self, path: Path, /) -> None:
        """Write the card's image."""
        self.keep(path)


@dataclass(slots=True)
class MeteredTiming(Timing):
    """A stopwatch that tells the meter, too, which phase it is."""

    meter: Meter = field(default_factory=Meter)

    @contextmanager
    def of(self, phase: str) -> Iterator[None]:
        """Add the time that the block takes, and put its exchanges under ``phase``."""
        with Timing.of(self, phase), self.meter.of(phase):
            yield


def metered(
    machines: Machines, options: LineOptions, blank_historical: bytes, meter: Meter
) -> Machines:
    """The same machines, with everything that is said to their cards noted in ``meter``."""
    lines = line_of(options, blank_historical)

    def measured(chip: Chip) -> MeteredChip:
        if not isinstance(chip, VirtualCard):  # a card of plastic does not tell what it does
            return MeteredChip(chip, lines, meter, keep=chip.save)
        clock = ChipClock(chip)
        return MeteredChip(clock, lines, meter, lambda: clock.seconds, keep=chip.save)

    return Machines(
        lambda: measured(machines.blank()), lambda path: measured(machines.waiting(path))
    )


def line_of(options: LineOptions, blank_historical: bytes) -> Callable[[bytes], Line]:
    """Which line an ATR leads to: a blank chip's, or the one that the ATR itself offers."""

    def of(answer: bytes) -> Line:
        if options.contactless or not answer:
            return options.final()
        said = Atr.parse(answer)
        if said.historical == blank_historical and options.blank_ta1 is not None:
            return options.blank()
        return options.final(said.first.ta)

    return of


@dataclass(frozen=True, slots=True)
class LineReport:
    """What ``cards`` cards cost together, and how many machines there are of each kind."""

    options: LineOptions
    meter: Meter
    cards: int
    stations: int

    def each(self, phase: str | None = None, activity: Activity | None = None) -> Cost:
        """The average card's cost.  Exchanges and bytes are rounded down."""
        total, cards = self.meter.total(phase, activity), max(self.cards, 1)
        traffic = type(total.traffic)(
            total.traffic.to_card // cards, total.traffic.from_card // cards, total.traffic.turns
        )
        return Cost(total.exchanges // cards, traffic, total.line / cards, total.chip / cards)

    @property
    def cards_per_hour(self) -> float:
        """With ``stations`` places that each make a whole card, audit included."""
        seconds = self.each().seconds
        return self.stations * _SECONDS_AN_HOUR / seconds if seconds else 0.0

    def document(self) -> dict[str, object]:
        """For programs; times are seconds of one card."""
        return {
            "line": self.options.text,
            "blank": self.options.blank().name,
            "final": self.options.final().name,
            "cards": self.cards,
            "stations": self.stations,
            "cards_per_hour": round(self.cards_per_hour, 1),
            "total": _entries(self.each()),
            "phases": {
                phase: {
                    activity.value: _entries(self.each(phase, activity))
                    for activity in self.activities(phase)
                }
                for phase in self.phases
            },
        }

    @property
    def phases(self) -> dict[str, tuple[str, str]]:
        """Stations and audit, with their titles; that of certificates only where it was used."""
        return {
            phase: title
            for phase, title in PHASES.items()
            if phase != _OPTIONAL or self.activities(phase)
        }

    def activities(self, phase: str) -> list[Activity]:
        """What cost something in this phase."""
        return [activity for activity in Activity if (phase, activity) in self.meter.costs]

    def table(self) -> Table:
        """The average card, phase by phase; key loading stands apart."""
        from rich.table import Table

        table = Table(box=None, pad_edge=False, header_style="")
        table.add_column("每张卡 each card", no_wrap=True)
        for name in _COLUMNS:
            table.add_column(name, justify="right")
        for phase, title in self.phases.items():
            table.add_row(" ".join(title), *_cells(self.each(phase)), style="bold")
            for activity in self.activities(phase):
                label = f"  {ACTIVITIES[activity]} {activity.value}"
                table.add_row(label, *_cells(self.each(phase, activity)))
        table.add_row("合计 total", *_cells(self.each()), style="bold")
        return table

    def sentence(self) -> str:
        """What a card takes, for whoever asked for no more."""
        each = self.each()
        return (
            f"每张卡 each card: {each.traffic.total:,} 字节 bytes, 线路 line {each.line:.1f} s "
            f"({self._title()}), 芯片 chip {each.chip:.1f} s; 详见 more: --line"
        )

    def prediction(self) -> str:
        """The line, and cards an hour."""
        return (
            f"线路 line: {self._title()}\n"
            f"{self.stations} 个工位 stations: {self.cards_per_hour:,.0f} 张/小时 cards/h "
            f"({self.each().seconds:.2f} 秒/张 s a card)"
        )

    def _title(self) -> str:
        blank, final = self.options.blank().name, self.options.final().name
        return final if blank == final else f"{blank} (空白卡 blank), {final} (成品 final)"


def _cells(cost: Cost) -> tuple[str, ...]:
    return (
        str(cost.exchanges),
        f"{cost.traffic.to_card:,}",
        f"{cost.traffic.from_card:,}",
        f"{cost.line:.3f}",
        f"{cost.chip:.3f}",
        f"{cost.seconds:.3f}",
    )


def _entries(cost: Cost) -> dict[str, float]:
    return {
        "commands": cost.exchanges,
        "bytes_to_card": cost.traffic.to_card,
        "bytes_from_card": cost.traffic.from_card,
        "line_seconds": round(cost.line, 6),
        "chip_seconds": round(cost.chip, 6),
    }

"""Where the bars of a chart of throughput stand; the template draws them.

Lost cards are hatched and numbers stand beside the lines, so that nothing hangs on colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sscard.issuance.machines import CHINA
from sscard.issuance.reports.throughput import Ended, Throughput

WIDTH, HEIGHT = 960, 240
LEFT, RIGHT, TOP, BOTTOM = 56, 8, 22, 40
_LABELS = 8
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Bar:
    """One step: where it stands, how high its good part and its lost part are."""

    x: float
    width: float
    good_y: float
    good_height: float
    lost_y: float
    lost_height: float
    #: What a pointer on the bar and a screen reader get.
    told: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on an axis and the text beside it."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of ``WIDTH`` by ``HEIGHT``."""

    bars: tuple[Bar, ...]
    times: tuple[Mark, ...]
    levels: tuple[Mark, ...]


def chart(throughput: Throughput) -> Chart:
    """The chart of a throughput; without bars when nothing ended."""
    bars = throughput.bars
    if not bars:
        return Chart((), (), ())
    levels = _levels(max(1, *(bar.good + bar.lost for bar in bars)))
    slot = (WIDTH - LEFT - RIGHT) / len(bars)
    scale = (HEIGHT - TOP - BOTTOM) / levels[-1]
    drawn = tuple(_bar(bar, LEFT + slot * n, slot, scale) for n, bar in enumerate(bars))
    every = -(-len(bars) // _LABELS)
    times = tuple(
        Mark(round(LEFT + slot * (n + 0.5), 1), label(bars[n], throughput.step))
        for n in range(0, len(bars), every)
    )
    marks = tuple(Mark(round(HEIGHT - BOTTOM - scale * each, 1), f"{each:,}") for each in levels)
    return Chart(drawn, times, marks)


def label(bar: Ended, step: timedelta) -> str:
    """When a step begins; no clock where a step is a day or more."""
    return f"{bar.at.astimezone(CHINA):{'%m-%d' if step >= _DAY else '%m-%d %H:%M'}}"


def _bar(bar: Ended, x: float, slot: float, scale: float) -> Bar:
    base = HEIGHT - BOTTOM
    good, lost = scale * bar.good, scale * bar.lost
    told = f"{bar.at.astimezone(CHINA):%Y-%m-%d %H:%M}: {bar.good} 合格 good, {bar.lost} 作废 lost"
    return Bar(
        x=round(x + slot * 0.1, 1),
        width=round(slot * 0.8, 1),
        good_y=round(base - good, 1),
        good_height=round(good, 1),
        lost_y=round(base - good - lost, 1),
        lost_height=round(lost, 1),
        told=told,
    )


def _levels(highest: int) -> list[int]:
    """Round numbers from nothing to ``highest`` or a little above, at most six."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            step = size * factor
            if highest <= step * 5:
                return list(range(0, -(-highest // step) * step + 1, step))
        size *= 10

"""Cards over time, in steps that a chart can show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

#: Bars a chart has at most: more cannot be told apart in a narrow window.
MOST_BARS = 48
_MINUTES = (1, 5, 10, 15, 30, 60, 120, 240, 480, 720, 1440, 2880, 10080, 20160, 40320)


@dataclass(frozen=True, slots=True)
class Ended:
    """Cards that ended in the minute ``at``: good ones and lost ones."""

    at: datetime
    good: int
    lost: int


@dataclass(frozen=True, slots=True)
class Throughput:
    """What ended in each step of time, steps in which nothing ended among them."""

    step: timedelta
    bars: tuple[Ended, ...]

    @property
    def best(self) -> Ended | None:
        """The step with most good cards."""
        return max(self.bars, key=lambda bar: bar.good, default=None)

    @property
    def good_per_hour(self) -> float:
        """Good cards per hour of the steps in which any card ended: pauses do not count."""
        busy = sum(1 for bar in self.bars if bar.good + bar.lost)
        hours = busy * self.step / timedelta(hours=1)
        return sum(bar.good for bar in self.bars) / hours if hours else 0.0


def over_time(ended: Iterable[Ended], zone: tzinfo) -> Throughput:
    """Put minutes together to at most ``MOST_BARS`` steps; days begin at midnight of ``zone``."""
    ended = sorted(ended, key=lambda each: each.at)
    if not ended:
        return Throughput(timedelta(minutes=1), ())
    step = _step(ended[0].at, ended[-1].at, zone)
    good: Counter[datetime] = Counter()
    lost: Counter[datetime] = Counter()
    for each in ended:
        begin = _floor(each.at, step, zone)
        good[begin] += each.good
        lost[begin] += each.lost
    bars = []
    at, last = _floor(ended[0].at, step, zone), _floor(ended[-1].at, step, zone)
    while at <= last:
        bars.append(Ended(at, good[at], lost[at]))
        at += step
    return Throughput(step, tuple(bars))


def _step(first: datetime, last: datetime, zone: tzinfo) -> timedelta:
    for minutes in _MINUTES:
        step = timedelta(minutes=minutes)
        if (_floor(last, step, zone) - _floor(first, step, zone)) / step < MOST_BARS:
            return step
    widest = timedelta(minutes=_MINUTES[-1])
    return widest * -(-(last - first) // (widest * (MOST_BARS - 1)))


def _floor(at: datetime, step: timedelta, zone: tzinfo) -> datetime:
    origin = datetime(2001, 1, 1, tzinfo=zone)  # a Monday: weeks begin with one
    return origin + (at - origin) // step * step

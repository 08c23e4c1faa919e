"""Throughput: nothing is lost between minutes and bars, whatever the span."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from sscard.issuance.machines import CHINA
from sscard.issuance.reports import chart as geometry
from sscard.issuance.reports.throughput import MOST_BARS, Ended, over_time

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
minutes = st.one_of(st.integers(0, 300), st.integers(0, 60_000), st.integers(0, 5_000_000))
ended = st.builds(
    lambda at, good, lost: Ended(BEGIN + timedelta(minutes=at), good, lost),
    minutes,
    st.integers(0, 500),
    st.integers(0, 9),
)


@settings(deadline=None)
@given(st.lists(ended, min_size=1, max_size=30))
def test_every_card_is_in_the_bar_of_its_time(cards: list[Ended]) -> None:
    found = over_time(cards, CHINA)
    assert len(found.bars) <= MOST_BARS
    assert all(after.at - before.at == found.step for before, after in pairwise(found.bars))
    for bar in found.bars:
        inside = [each for each in cards if bar.at <= each.at < bar.at + found.step]
        assert bar.good == sum(each.good for each in inside)
        assert bar.lost == sum(each.lost for each in inside)
    assert sum(bar.good + bar.lost for bar in found.bars) == sum(c.good + c.lost for c in cards)
    if found.step == timedelta(days=1):
        assert {bar.at.astimezone(CHINA).hour for bar in found.bars} == {0}


@settings(deadline=None)
@given(st.lists(ended, min_size=1, max_size=30))
def test_bars_stand_inside_the_chart_and_are_as_high_as_their_numbers(cards: list[Ended]) -> None:
    found = over_time(cards, CHINA)
    drawn = geometry.chart(found)
    base, top = geometry.HEIGHT - geometry.BOTTOM, geometry.TOP
    zero, first = drawn.levels[0], drawn.levels[1]
    per_card = (zero.at - first.at) / int(first.text.replace(",", ""))
    for bar, value in zip(drawn.bars, found.bars, strict=True):
        assert bar.x >= geometry.LEFT
        assert bar.x + bar.width <= geometry.WIDTH
        assert top - 0.2 <= bar.lost_y <= bar.good_y <= base + 0.1
        assert abs(bar.good_height - per_card * value.good) <= 0.2 + 0.01 * bar.good_height
    assert (zero.text, zero.at) == ("0", base)
    assert 2 <= len(drawn.levels) <= 6
    assert len(drawn.times) <= 8


def test_pauses_do_not_count() -> None:
    day = [Ended(BEGIN + timedelta(minutes=n), 10, 0) for n in range(30)]
    assert over_time(day, CHINA).good_per_hour == 600
    assert over_time([], CHINA).good_per_hour == 0
    assert over_time([], CHINA).best is None
    assert geometry.chart(over_time([], CHINA)).bars == ()

"""The category of a card by the holder's age on the day of issue."""

from __future__ import annotations

from datetime import date

import pytest

from sscard.profiles import load_profile
from sscard.profiles.card_category import CHILD, SENIOR, card_category

TODAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("born", "category"),
    [
        (date(2026, 3, 1), "1"),
        (date(2020, 3, 2), "1"),  # six tomorrow
        (date(2020, 3, 1), "3"),  # six today
        (date(2020, 2, 29), "3"),
        (date(1990, 1, 1), "3"),
        (date(1956, 3, 2), "3"),  # seventy tomorrow
        (date(1956, 3, 1), "4"),  # seventy today
        (date(1956, 2, 29), "4"),
        (date(1900, 1, 1), "4"),
    ],
)
def test_below_six_from_seventy_and_between(born: date, category: str) -> None:
    assert card_category(born, TODAY, "3") == category


def test_born_on_the_29th_of_february() -> None:
    born = date(2020, 2, 29)
    assert card_category(born, date(2026, 2, 28), "3") == "1"
    assert card_category(born, date(2026, 3, 1), "3") == "3"


def test_between_the_ages_the_default_stands() -> None:
    assert card_category(date(1990, 1, 1), TODAY, "2") == "2"


def test_the_codes_are_those_of_the_table() -> None:
    codes = load_profile("gen2").elements["card_category"].codes
    assert codes is not None
    meanings = [codes.meaning(code) for code in (CHILD, SENIOR)]
    assert [each and each.zh for each in meanings] == ["学龄前儿童", "老年人"]

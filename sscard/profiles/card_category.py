"""Which category a card is of when its list does not say (ssc 2.9 [S])."""

from __future__ import annotations

from datetime import date

CHILD, SENIOR = "1", "4"
_SCHOOL_AGE, _SENIOR_AGE = 6, 70


def card_category(birth_date: date, today: date, default: str) -> str:
    """The code of element ``card_category``: 1 below 6 years, 4 from 70 on, else ``default``.

    ``today`` is the day of issue.  Code 2, student, follows from no date: only a list can say it.
    """
    had_no_birthday_yet = (today.month, today.day) < (birth_date.month, birth_date.day)
    age = today.year - birth_date.year - had_no_birthday_yet
    if age < _SCHOOL_AGE:
        return CHILD
    return SENIOR if age >= _SENIOR_AGE else default

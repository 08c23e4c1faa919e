"""Rules by themselves, against oracles of their own."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.issuance.order_states import OrderState
from sscard.issuance.orders import rules
from sscard.issuance.orders.people import Presence
from sscard.issuance.orders.rules import CHINA, Eligibility, Rule
from sscard.issuance.reasons import Reason
from tests.issuance.orders.office import person

DAYS = st.dates(date(1900, 1, 1), date(2100, 1, 1))


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        (date(1966, 5, 1), date(2026, 5, 1), 60),
        (date(1966, 5, 2), date(2026, 5, 1), 59),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2026, 1, 1), date(2026, 1, 1), 0),
    ],
)
def test_ages(born: date, on: date, years: int) -> None:
    assert rules.age(born, on) == years


@given(born=DAYS, days=st.integers(0, 40_000))
def test_an_age_is_how_many_birthdays_were(born: date, days: int) -> None:
    on = born + timedelta(days=days)
    birthdays = 0
    for year in range(born.year + 1, on.year + 1):
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        leapling = (born.month, born.day) == (2, 29) and not leap
        birthday = date(year, 3, 1) if leapling else born.replace(year=year)
        birthdays += birthday <= on
    assert rules.age(born, on) == birthdays


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (date(2026, 1, 15), date(2026, 7, 15)),
        (date(2025, 8, 31), date(2026, 2, 28)),
        (date(2023, 8, 31), date(2024, 2, 29)),
        (date(2026, 7, 1), date(2027, 1, 1)),
        (date(2025, 12, 31), date(2026, 6, 30)),
    ],
)
def test_six_months_later(start: date, end: date) -> None:
    assert rules.months_after(start, 6) == end
    assert rules.bank_locked(start, end - timedelta(days=1))
    assert not rules.bank_locked(start, end)


@given(start=DAYS, months=st.integers(0, 30))
def test_months_go_by_one_at_a_time(start: date, months: int) -> None:
    end = rules.months_after(start, months)
    assert (end.year - start.year) * 12 + end.month - start.month == months
    assert end.day == start.day or (end + timedelta(days=1)).day == 1


def test_who_never_had_a_card_is_not_locked() -> None:
    assert not rules.bank_locked(None, date(2026, 1, 1))


def test_a_day_begins_at_midnight_in_china() -> None:
    assert rules.day(datetime(2026, 1, 1, 23, 59, tzinfo=CHINA)) == date(2026, 1, 1)
    assert rules.day(datetime.fromisoformat("2025-12-31T16:00:00+00:00")) == date(2026, 1, 1)


@pytest.mark.parametrize("state", [None, *OrderState])
def test_one_living_order_a_person(state: OrderState | None) -> None:
    name = state.name if state else "RETURNED"
    if name in ("RETURNED", "REPLACED", "CANCELLED"):
        assert rules.doubled(state) is None
    elif name in ("AUDITED", "DELIVERED", "COLLECTED", "LOST", "OVERDUE", "RECOVERED"):
        assert rules.doubled(state) is Reason.ALREADY_ISSUED
    else:
        assert rules.doubled(state) is Reason.ID_DUPLICATE


ON = date(2026, 1, 5)


@pytest.mark.parametrize(
    ("more", "limit", "wants", "reason"),
    [
        ({}, None, Eligibility(), None),
        ({"birth_date": date(1966, 1, 5)}, 60, Eligibility(), None),
        ({"birth_date": date(1965, 1, 5)}, 60, Eligibility(), Reason.AGE_LIMIT),
        ({"insurance": "参保"}, None, Eligibility(insurance=("参保",)), None),
        ({"insurance": "暂停"}, None, Eligibility(insurance=("参保",)), Reason.INSURANCE_INACTIVE),
        ({}, None, Eligibility(insurance=("参保",)), Reason.INSURANCE_INACTIVE),
        ({}, None, Eligibility(photo=True), Reason.PHOTO_MISSING),
        ({"photo": "1.jpg"}, None, Eligibility(photo=True), None),
    ],
)
def test_eligibility(
    more: dict[str, object], limit: int | None, wants: Eligibility, reason: Reason | None
) -> None:
    assert rules.not_eligible(person(1, **more), limit, wants, ON) is reason


ADULT, CHILD = date(1990, 1, 1), date(2015, 1, 1)
#: Who may do what, by hand: (use, of age, who) of everything that is allowed.
ALLOWED = {
    *product(("social", "account", "pin"), (True,), ("holder",)),
    *product(("social", "account", "pin"), (False,), ("guardian",)),
    ("social", True, "agent"),
    ("collect", True, "holder"),
    ("collect", True, "agent"),
    ("collect", False, "guardian"),
}


@pytest.mark.parametrize("use", ["social", "account", "pin", "collect"])
@pytest.mark.parametrize("of_age", [True, False])
@pytest.mark.parametrize("who", ["holder", "agent", "guardian"])
def test_who_may_do_what(use: str, of_age: bool, who: str) -> None:
    born, by = ADULT if of_age else CHILD, Presence(who, "window 1")  # type: ignore[arg-type]
    if use == "collect":
        rule = rules.hand_out(born, by, "li", ON)
    else:
        rule = rules.activation(use, born, by, "li", ON)  # type: ignore[arg-type]
    assert (rule is None) == ((use, of_age, who) in ALLOWED)


@pytest.mark.parametrize(("place", "clerk"), [("", "li"), ("window 1", "")])
def test_never_unseen(place: str, clerk: str) -> None:
    assert rules.activation("social", ADULT, Presence("holder", place), clerk, ON) is (
        Rule.NOT_IN_PERSON
    )


def test_every_rule_has_both_texts() -> None:
    assert all(rule.zh and rule.en for rule in Rule)

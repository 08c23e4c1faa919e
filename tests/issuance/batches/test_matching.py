"""Answers of banks beside orders: nobody gets a number about which anything is unclear."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.issuance.batches.matching import Answer, Difference, Match, Waiting, match
from tests.issuance.batches.people import Person, account_of, people

PEOPLE = list(people(8))


def waiting(number: int, person: Person, **more: object) -> Waiting:
    return Waiting(number, "B1", person.id_number, person.name, **more)  # type: ignore[arg-type]


def answer(line: int, person: Person, **more: str) -> Answer:
    facts = {
        "id_number": person.id_number,
        "name": person.name,
        "bank_number": account_of(person.id_number),
    }
    return Answer(line, {**facts, **more})


ORDERS = [waiting(number, person) for number, person in enumerate(PEOPLE, start=1)]
ANSWERS = [answer(line, person) for line, person in enumerate(PEOPLE, start=1)]


def told(found: Match) -> list[tuple[Difference, int | None, int | None]]:
    return [(each.difference, each.line, each.order) for each in found.differences]


def test_a_whole_answer_leaves_nothing_over() -> None:
    found = match(ORDERS, ANSWERS[::-1])
    assert found.whole
    assert {order.order: each.number for order, each in found.taken} == {
        number: account_of(person.id_number) for number, person in enumerate(PEOPLE, start=1)
    }


@pytest.mark.parametrize(
    ("changed", "difference"),
    [
        ({"id_number": "110101199003070038"}, Difference.UNKNOWN_PERSON),
        ({"name": "某某"}, Difference.OTHER_NAME),
        ({"kind": "replacement"}, Difference.OTHER_MARK),
        ({"batch": "B2"}, Difference.OTHER_BATCH),
        ({"bank_number": ""}, Difference.NO_NUMBER),
        ({"bank_number": "6228000000000000"}, Difference.BAD_NUMBER),
        ({"bank_number": "0"}, Difference.BAD_NUMBER),
    ],
)
def test_one_wrong_record_is_left_out_and_told(
    changed: dict[str, str], difference: Difference
) -> None:
    found = match(ORDERS, [answer(1, PEOPLE[0], **changed), *ANSWERS[1:]])
    assert (difference, 1) in [(each.difference, each.line) for each in found.differences]
    assert {order.order for order, _ in found.taken} == {2, 3, 4, 5, 6, 7, 8}


def test_a_number_of_two_people_is_nobodys() -> None:
    doubled = answer(2, PEOPLE[1], bank_number=account_of(PEOPLE[0].id_number))
    found = match(ORDERS, [ANSWERS[0], doubled, *ANSWERS[2:]])
    assert told(found) == [(Difference.NUMBER_TWICE, 1, 1), (Difference.NUMBER_TWICE, 2, 2)]


def test_a_number_that_another_order_has_is_not_given_again() -> None:
    number = account_of(PEOPLE[0].id_number)
    found = match(ORDERS, ANSWERS, taken_numbers={number: PEOPLE[5].id_number})
    assert told(found) == [(Difference.NUMBER_TAKEN, 1, 1)]
    assert match(ORDERS, ANSWERS, taken_numbers={number: PEOPLE[0].id_number}).whole


def test_the_same_answer_again_changes_nothing_and_another_one_is_told() -> None:
    number = account_of(PEOPLE[0].id_number)
    again = [waiting(1, PEOPLE[0], bank_number=number, waits=False)]
    assert match(again, ANSWERS[:1]) == Match((), (), 1, ())
    other = [answer(1, PEOPLE[0], bank_number=account_of(PEOPLE[1].id_number))]
    assert told(match(again, other)) == [(Difference.NUMBER_CHANGED, 1, 1)]


def test_who_is_refused_has_no_number_and_is_no_difference() -> None:
    refused = answer(1, PEOPLE[0], result="1", bank_number="", reason_zh="已有账户")
    found = match(ORDERS[:1], [refused])
    assert not found.whole
    assert [(order.order, each.line) for order, each in found.refused] == [(1, 1)]
    assert not found.differences


def test_an_order_without_an_answer_is_told_and_one_that_waits_for_none_is_not() -> None:
    done = waiting(9, PEOPLE[1], waits=False)
    found = match([ORDERS[0], done], [])
    assert told(found) == [(Difference.MISSING, None, 1)]


def test_a_decision_needs_no_number() -> None:
    assert match(ORDERS[:1], [answer(1, PEOPLE[0], bank_number="")], numbers=False).whole


def test_no_message_holds_a_value_of_a_person() -> None:
    found = match(ORDERS, [answer(1, PEOPLE[0], name="某某")])
    said = " ".join(map(str, found.differences))
    assert not re.search(r"[0-9]{10}", said)
    assert not [each.name for each in PEOPLE if each.name in said]
    assert "line 1, order 1: has another name" in said


@given(
    st.lists(
        st.tuples(
            st.integers(0, 7), st.integers(0, 7), st.sampled_from(["", "0", "1"]), st.booleans()
        ),
        max_size=12,
        unique_by=lambda each: each[0],  # the reader of lists refuses a person twice
    )
)
def test_whatever_comes_no_number_goes_to_two_and_nobody_is_lost(
    drawn: list[tuple[int, int, str, bool]],
) -> None:
    answers = [
        answer(
            line,
            PEOPLE[who],
            bank_number=account_of(PEOPLE[whose].id_number),
            result=result,
            name=PEOPLE[who].name if named else "某某",
        )
        for line, (who, whose, result, named) in enumerate(drawn, start=1)
    ]
    found = match(ORDERS, answers)
    numbers = [each.number for _, each in found.taken]
    assert len(set(numbers)) == len(numbers)
    accounted = {order.order for order, _ in (*found.taken, *found.refused)}
    accounted |= {each.order for each in found.differences if each.order}
    assert accounted == {each.order for each in ORDERS}
    assert len(found.taken) + len(found.refused) + len(
        [each for each in found.differences if each.line]
    ) == len(answers)

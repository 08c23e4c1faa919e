"""Records come in: who gets an order, who goes back, and what the round says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from sscard.errors import LedgerError
from sscard.issuance.applicants import read_applicants
from sscard.issuance.ledger import Book, transaction
from sscard.issuance.ledger.schema import CARDS
from sscard.issuance.ledger.steps import Wish, reserve
from sscard.issuance.order_states import OrderState
from sscard.issuance.orders import Entry, Intake, Person, RuleBroken
from sscard.issuance.orders.people import Account
from sscard.issuance.orders.rows import Round, Unit
from sscard.issuance.orders.rules import Eligibility, Rule
from sscard.issuance.reasons import Reason
from sscard.issuance.states import CardState
from sscard.profiles import load_profile
from tests.issuance.orders.office import CITY, EARLY, KEYS, Office, card_number, person

INTAKE = Intake("2026-1", "bank-first", "510100", "U1")


def entry(number: int, bank: str = CITY, card: str | None = None) -> Entry:
    return Entry(person(number), bank, card, row=number)


def reasons(office: Office, *entries: Entry) -> list[Reason | None]:
    return [each.reason for each in office.orders.enter(INTAKE, entries, office.clerk)]


def test_an_order_is_a_person_with_a_place_and_a_bank(office: Office) -> None:
    (outcome,) = office.orders.enter(INTAKE, [entry(1, card=card_number(1))], office.clerk)
    assert outcome.order is not None
    order = office.orders.order(outcome.order)
    assert (order.state, order.unit, order.bank) == (OrderState.ENTERED, "U1", CITY)
    assert (order.kind, order.position, order.attempts) == ("new", None, 0)
    assert order.wanted_number == card_number(1)
    assert office.orders.person(order.id) == person(1)
    assert office.orders.account(order.id) is None
    assert office.orders.by_person(person(1).id_number) == (order,)


def test_of_one_person_twice_the_first_record_stands(office: Office) -> None:
    assert reasons(office, entry(1), entry(2), entry(1)) == [None, None, Reason.ID_DUPLICATE]
    assert reasons(office, entry(2), entry(3)) == [Reason.ID_DUPLICATE, None]
    assert office.orders.counts()[OrderState.ENTERED] == 3


def test_a_small_x_is_the_same_person(office: Office) -> None:
    number = next(n for n in range(1, 99) if person(n).id_number.endswith("X"))
    small = replace(person(number), id_number=person(number).id_number.lower())
    again = Entry(small, CITY)
    assert reasons(office, entry(number), again) == [None, Reason.ID_DUPLICATE]
    assert office.orders.by_person(small.id_number)


def test_who_has_a_card_of_a_single_run_has_one(office: Office) -> None:
    """Also who had an order before: no station finds out only when the body is in its slot."""
    (order,) = office.enter([1])
    office.orders.send_back([order], Reason.DATA_CONFLICT, office.clerk)
    with transaction(office.orders.engine) as connection:
        wish = Wish(office.hash(1), None, "B9", ("gen2", bytes(32)), office.now, None, "T")
        reserve(Book(connection, KEYS, office.clerk), wish)
    assert reasons(office, entry(1)) == [Reason.ALREADY_ISSUED]
    with transaction(office.orders.engine) as connection:
        changes = {"state": CardState.SPOILED, "reason": "torn"}
        number = connection.execute(select(CARDS.c.card_number)).scalar_one()
        Book(connection, KEYS, office.clerk).update(CARDS, number, changes, "advanced")


def test_who_has_a_card_comes_back_as_already_issued(office: Office) -> None:
    office.collected(1)
    assert reasons(office, entry(1)) == [Reason.ALREADY_ISSUED]


def test_who_went_back_may_come_again(office: Office) -> None:
    (order,) = office.enter([1])
    office.orders.send_back([order], Reason.DATA_CONFLICT, office.clerk)
    assert office.orders.order(order).reason == "DATA_CONFLICT"
    assert reasons(office, entry(1)) == [None]


def test_card_numbers_are_of_one_person(office: Office) -> None:
    taken = Reason.CARD_NUMBER_TAKEN
    assert reasons(office, entry(1, card=card_number(1)), entry(2, card=card_number(1))) == [
        None,
        taken,
    ]
    assert reasons(office, entry(3, card=card_number(1))) == [taken]


def test_a_bank_is_to_be_chosen(office: Office) -> None:
    assert reasons(office, entry(1, bank="")) == [Reason.BANK_MISSING]


@pytest.mark.parametrize(
    "intake",
    [
        Intake("nosuch", "bank-first", "510100", "U1"),
        Intake("2026-1", "bank-first", "510100", "nosuch"),
        Intake("2026-1", "bank-first", "510100"),
        Intake("2026-1", "replacement", "510100", "U1"),
    ],
)
def test_nobody_is_entered_nowhere(office: Office, intake: Intake) -> None:
    with pytest.raises(LedgerError):
        office.orders.enter(intake, [entry(1)], office.clerk)


def test_a_closed_round_takes_nobody(office: Office) -> None:
    office.orders.close_round("2026-1", office.clerk)
    with pytest.raises(RuleBroken) as caught:
        reasons(office, entry(1))
    assert caught.value.reason is Rule.ROUND_CLOSED


def test_the_round_says_who_may_have_a_card(office: Office) -> None:
    wish = Eligibility(insurance=("参保",))
    office.orders.open_round(
        Round("young", "510100", age_limit=60, rules=wish, general_test="GT"), office.clerk
    )
    people = [
        person(1, insurance="参保"),
        person(2, insurance="参保", birth_date=date(1960, 1, 1)),
        person(3, insurance="终止"),
        person(4, insurance="参保"),
    ]
    intake = Intake("young", "bank-first", "510100", "U1")
    entered = office.orders.enter(intake, [Entry(each, CITY) for each in people], office.clerk)
    ids = [each.order for each in entered if each.order]
    findings = {ids[3]: Reason.NAME_MISMATCH}
    outcomes = office.orders.verify(ids, office.clerk, findings=findings)
    assert [each.reason for each in outcomes] == [
        None,
        Reason.AGE_LIMIT,
        Reason.INSURANCE_INACTIVE,
        Reason.NAME_MISMATCH,
    ]
    states = [office.orders.order(each).state for each in ids]
    assert states == [OrderState.VERIFIED, *[OrderState.RETURNED] * 3]


def test_one_that_cannot_be_verified_refuses_the_whole_call(office: Office) -> None:
    _, second = office.enter([1, 2])
    (third,) = (each.order for each in office.orders.enter(INTAKE, [entry(3)], office.clerk))
    assert third is not None
    with pytest.raises(LedgerError, match=f"order {second} is VERIFIED"):
        office.orders.verify([third, second], office.clerk)
    assert office.orders.order(third).state is OrderState.ENTERED
    with pytest.raises(LedgerError, match="no order 999"):
        office.orders.verify([third, 999], office.clerk)
    with pytest.raises(ValueError, match="twice"):
        office.orders.verify([third, third], office.clerk)


def test_a_sound_applicant_becomes_an_entry(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    who = person(7)
    text = f"bank,name,sex,id_number,phone,member_number,card_number\n{CITY},王五,1,"
    path.write_text(f"{text}{who.id_number},13987654321,S1,D0000007X\n", encoding="utf-8")
    register = read_applicants(path, load_profile("gen2"), today=date(2026, 1, 1))
    (found,) = (Entry.of(each, address="一街一号") for each in register.applicants)
    assert (found.bank, found.card_number, found.row) == (CITY, "D0000007X", 2)
    outcomes = office.orders.enter(INTAKE, [found], office.clerk)
    assert outcomes[0].order is not None
    kept = office.orders.person(outcomes[0].order)
    assert (kept.name, kept.address, kept.birth_date) == ("王五", "一街一号", date(1990, 3, 7))
    assert kept.values["name"] == "王五"


def test_values_are_kept_as_they_are() -> None:
    values = {"photo": b"\xff\xd8", "address": {"town": "一镇"}, "list": [{"a": "1"}]}
    who = person(1, values=values)
    assert Person.of_text(who.text()) == who
    account = Account("6228000000000000000", "3012", "01")
    assert Account.of_text(account.text()) == account
    for broken in ("", "[]", "{}", '{"number": 1, "x": 2}'):
        with pytest.raises(LedgerError):
            Person.of_text(broken)
    with pytest.raises(LedgerError):
        Account.of_text("[")


def test_units_are_written_down_once(office: Office) -> None:
    units = [Unit("U1", "一厂", "employer"), Unit("U3", "三村", "village", town="一镇")]
    assert office.orders.add_units(units, office.clerk) == 1
    assert office.orders.add_units(units, office.clerk) == 0
    assert [unit.code for unit in office.orders.units()] == ["U1", "U2", "U3"]
    with pytest.raises(LedgerError, match="unit U1 is in the ledger with other particulars"):
        office.orders.add_units([Unit("U1", "四厂", "employer")], office.clerk)


def test_nothing_personal_is_shown(office: Office) -> None:
    (order,) = office.enter([1])
    who, found = person(1), office.orders.order(order)
    shown = repr((who, found, entry(1, EARLY), Account("6228000000000000"), office.orders.keys))
    assert [text for text in (who.id_number, who.name, who.phone, "6228") if text in shown] == []

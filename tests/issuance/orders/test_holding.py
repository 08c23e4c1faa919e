"""The card in the person's hand: face to face, lost, replaced, cancelled, overdue."""

from __future__ import annotations

from datetime import date
from typing import Literal

import pytest

from sscard.errors import LedgerError
from sscard.issuance.ledger import history, reading
from sscard.issuance.ledger.schema import CARDS, FEES
from sscard.issuance.order_states import OrderState, PinState, SideState
from sscard.issuance.orders import (
    BatchWish,
    Entry,
    Intake,
    MadeAfter,
    Presence,
    Replacement,
    RuleBroken,
)
from sscard.issuance.orders.elsewhere import MadeCard
from sscard.issuance.orders.queries import Notice
from sscard.issuance.orders.rules import Rule
from sscard.issuance.reasons import Reason
from sscard.issuance.states import CardState
from tests.issuance.orders.office import CITY, EARLY, PROFILE, Office, card_number, person

HOLDER = Presence("holder", "window 1")


@pytest.fixture
def delivered(office: Office) -> int:
    """An order whose card waits at the window; person 1."""
    batch = office.matched([1])
    office.orders.made_elsewhere(
        batch, [MadeCard(person(1).id_number, card_number(1))], office.clerk
    )
    (order,) = office.orders.deliver(batch, office.clerk)
    return order


@pytest.fixture
def collected(office: Office, delivered: int) -> int:
    """An order whose card is in the person's hand."""
    office.orders.collect(delivered, HOLDER, office.clerk)
    return delivered


def rule(caught: pytest.ExceptionInfo[RuleBroken]) -> object:
    return caught.value.reason


def card_state(office: Office, number: str) -> CardState:
    with reading(office.orders.engine) as connection:
        query = CARDS.select().where(CARDS.c.card_number == number)
        state: CardState = connection.execute(query).mappings().one()["state"]
        return state


def test_who_when_and_where_is_written_down(office: Office, delivered: int) -> None:
    office.orders.activate(delivered, "social", HOLDER, office.clerk)
    office.orders.collect(delivered, HOLDER, office.clerk)
    office.orders.activate(delivered, "account", HOLDER, office.clerk)
    office.orders.activate(delivered, "pin", HOLDER, office.clerk)
    order = office.orders.order(delivered)
    assert (order.social_state, order.account_state) == (SideState.ACTIVE, SideState.ACTIVE)
    assert (order.pin_state, order.state) == (PinState.CHANGED, OrderState.COLLECTED)
    assert order.collected_at == office.now
    with reading(office.orders.engine) as connection:
        events = list(history(connection, "order", str(delivered)))
    assert events[-1].what == "activated pin"
    assert events[-2].operator == "li"
    assert {"who": "holder", "place": "window 1"}.items() <= events[-2].facts.items()


def test_a_side_is_activated_once_a_pin_is_changed_often(office: Office, collected: int) -> None:
    uses: tuple[Literal["social", "account", "pin"], ...] = ("social", "account", "pin")
    for use in uses:
        office.orders.activate(collected, use, HOLDER, office.clerk)
    for use in uses[:2]:
        with pytest.raises(LedgerError, match=f"{use}_state is ACTIVE"):
            office.orders.activate(collected, use, HOLDER, office.clerk)
    office.orders.activate(collected, "pin", HOLDER, office.clerk)


def test_an_agent_collects_and_does_not_activate_the_account(
    office: Office, delivered: int
) -> None:
    agent = Presence("agent", "window 1")
    office.orders.collect(delivered, agent, office.clerk)
    for use in ("account", "pin"):
        with pytest.raises(RuleBroken) as caught:
            office.orders.activate(delivered, use, agent, office.clerk)  # type: ignore[arg-type]
        assert rule(caught) is Rule.AGENT
    assert office.orders.order(delivered).account_state is SideState.INACTIVE


def test_a_minor_comes_with_a_guardian(office: Office) -> None:
    child = person(3, birth_date=date(2015, 6, 1))
    intake = Intake("2026-1", "bank-first", "510100", "U1")
    entries = [Entry(child, CITY, card_number(3))]
    (outcome,) = office.orders.enter(intake, entries, office.clerk)
    assert outcome.order
    office.orders.verify([outcome.order], office.clerk)
    batch = office.make_batch()
    office.orders.request_bank(batch, office.clerk)
    office.orders.match_bank(batch, office.answer([3]), office.clerk)
    office.orders.made_elsewhere(batch, [MadeCard(child.id_number, card_number(3))], office.clerk)
    office.orders.deliver(batch, office.clerk)
    with pytest.raises(RuleBroken) as caught:
        office.orders.collect(outcome.order, HOLDER, office.clerk)
    assert rule(caught) is Rule.GUARDIAN
    office.orders.collect(outcome.order, Presence("guardian", "window 1"), office.clerk)


def test_never_unseen(office: Office, delivered: int) -> None:
    for by, actor in ((Presence("holder", ""), office.clerk), (HOLDER, office.at(operator=""))):
        with pytest.raises(RuleBroken) as caught:
            office.orders.collect(delivered, by, actor)
        assert rule(caught) is Rule.NOT_IN_PERSON


def test_a_card_that_is_not_there_is_not_activated(office: Office) -> None:
    office.matched([1])
    (order,) = office.orders.orders_of("B1")
    with pytest.raises(RuleBroken) as caught:
        office.orders.activate(order.id, "social", HOLDER, office.clerk)
    assert rule(caught) is Rule.NO_CARD_THERE


def test_lost_and_found_again(office: Office, collected: int) -> None:
    office.orders.activate(collected, "account", HOLDER, office.clerk)
    office.orders.lose(collected, office.clerk, "lost on a bus")
    lost = office.orders.order(collected)
    assert (lost.state, lost.account_state) == (OrderState.LOST, SideState.SUSPENDED)
    assert lost.social_state is SideState.INACTIVE
    office.orders.found_again(collected, office.clerk)
    found = office.orders.order(collected)
    assert (found.state, found.account_state) == (OrderState.COLLECTED, SideState.ACTIVE)


def test_what_nobody_had_nobody_finds(office: Office, delivered: int) -> None:
    office.orders.lose(delivered, office.clerk, "lost in the mail")
    with pytest.raises(RuleBroken) as caught:
        office.orders.found_again(delivered, office.clerk)
    assert rule(caught) is Rule.NO_CARD_THERE


def test_a_card_that_is_reported_lost_is_not_handed_out(office: Office, delivered: int) -> None:
    office.orders.lose(delivered, office.clerk, "lost in the mail")
    with pytest.raises(RuleBroken) as caught:
        office.orders.collect(delivered, HOLDER, office.clerk)
    assert rule(caught) is Rule.NO_CARD_THERE


def test_a_replacement_comes_after_a_report_and_has_no_way_back(
    office: Office, collected: int
) -> None:
    with pytest.raises(RuleBroken) as caught:
        office.orders.replace(collected, office.clerk)
    assert rule(caught) is Rule.NOT_REPORTED
    office.orders.lose(collected, office.clerk, "lost")
    wish = Replacement(card_number=card_number(2), fee_fen=2000)
    new = office.orders.replace(collected, office.clerk, wish)
    order, old = office.orders.order(new), office.orders.order(collected)
    assert (order.kind, order.replaces, order.state) == (
        "replacement",
        collected,
        OrderState.VERIFIED,
    )
    assert (old.state, old.social_state) == (OrderState.REPLACED, SideState.ENDED)
    assert card_state(office, card_number(1)) is CardState.WITHDRAWN
    assert office.orders.person(new) == person(1)
    with reading(office.orders.engine) as connection:
        fees = connection.execute(FEES.select()).mappings().all()
    assert [(fee["order_id"], fee["amount_fen"]) for fee in fees] == [(new, 2000)]
    with pytest.raises(RuleBroken) as caught:
        office.orders.cancel(new, office.clerk, "changed their mind")
    assert rule(caught) is Rule.REPLACEMENT_FINAL
    with pytest.raises(LedgerError, match="is REPLACED"):
        office.orders.found_again(collected, office.clerk)
    assert office.orders.by_person(person(1).id_number)[0].id == new


def test_a_replacement_is_made_as_a_single_card(office: Office, collected: int) -> None:
    office.orders.lose(collected, office.clerk, "damaged")
    wish = Replacement(card_number=card_number(2))
    new = office.orders.replace(collected, office.clerk, wish)
    batch = office.make_batch("replacement", number="B2")
    office.orders.request_bank(batch, office.clerk)
    same = office.orders.match_bank(batch, office.answer([1]), office.clerk, last=False)
    assert [each.reason for each in same.outcomes] == [Reason.BANK_ACCOUNT_DUPLICATE]
    office.orders.match_bank(batch, office.answer([1], base=50), office.clerk)
    office.ssse(order=new)
    office.orders.hand_over(batch, office.clerk)
    office.bank(1)
    assert office.orders.order(new).card_number == card_number(2)


def test_the_bank_is_not_changed_within_six_months(office: Office, collected: int) -> None:
    office.orders.lose(collected, office.clerk, "lost")
    move = Replacement(bank=EARLY)
    office.later(days=180)  # 5 January to 4 July
    for change in (
        lambda: office.orders.replace(collected, office.clerk, move),
        lambda: office.orders.cancel(collected, office.clerk, "moves", moves_to_bank=EARLY),
    ):
        with pytest.raises(RuleBroken) as caught:
            change()
        assert rule(caught) is Rule.BANK_LOCKED
    office.later(days=1)
    new = office.orders.replace(collected, office.clerk, move)
    assert list(office.orders.notices()) == [Notice(new, CITY, EARLY)]
    assert office.orders.notice(new) == Notice(new, CITY, EARLY)
    assert office.orders.order(new).bank_since == date(2026, 7, 5)


def test_cancelling_and_coming_again_is_no_way_around(office: Office, collected: int) -> None:
    office.orders.cancel(collected, office.clerk, "leaves the city")
    assert card_state(office, card_number(1)) is CardState.WITHDRAWN
    intake = Intake("2026-1", "bank-first", "510100", "U1")
    elsewhere, same = Entry(person(1), EARLY), Entry(person(1), CITY)
    (refused,) = office.orders.enter(intake, [elsewhere], office.clerk)
    assert refused.reason is Reason.BANK_LOCKED
    (allowed,) = office.orders.enter(intake, [same], office.clerk)
    assert allowed.order
    office.orders.cancel(allowed.order, office.clerk, "again")
    office.later(days=182)
    (allowed,) = office.orders.enter(intake, [elsewhere], office.clerk)
    assert allowed.order


def test_a_replacement_that_goes_back_is_no_way_around(office: Office, collected: int) -> None:
    office.orders.lose(collected, office.clerk, "lost")
    new = office.orders.replace(collected, office.clerk)
    office.orders.send_back([new], Reason.DATA_CONFLICT, office.clerk)
    intake, elsewhere = Intake("2026-1", "bank-first", "510100", "U1"), Entry(person(1), EARLY)
    (refused,) = office.orders.enter(intake, [elsewhere], office.clerk)
    assert refused.reason is Reason.BANK_LOCKED
    office.later(days=182)
    (allowed,) = office.orders.enter(intake, [elsewhere], office.clerk)
    assert allowed.order


def test_overdue_asks_for_a_time_with_a_zone(office: Office, delivered: int) -> None:
    with pytest.raises(ValueError, match="zone"):
        office.orders.overdue("B1", office.now.replace(tzinfo=None), office.clerk)


def test_what_nobody_collects_comes_back(office: Office, delivered: int) -> None:
    assert office.orders.overdue("B1", office.now, office.clerk) == ()
    office.later(days=90)
    assert office.orders.overdue("B1", office.now, office.clerk) == (delivered,)
    office.orders.recover([delivered], office.clerk)
    assert office.states() == ["RECOVERED"]
    office.orders.advance([delivered], OrderState.DELIVERED, office.clerk)
    office.orders.collect(delivered, HOLDER, office.clerk)


def test_an_overdue_card_can_still_be_collected(office: Office, delivered: int) -> None:
    office.later(days=90)
    office.orders.overdue("B1", office.now, office.clerk)
    office.orders.collect(delivered, HOLDER, office.clerk)
    assert office.states() == ["COLLECTED"]


def test_a_replacement_knows_its_unit(office: Office, collected: int) -> None:
    office.orders.lose(collected, office.clerk, "lost")
    with pytest.raises(LedgerError, match="no unit U9"):
        office.orders.replace(collected, office.clerk, Replacement(unit="U9"))
    assert office.states() == ["LOST"]
    new = office.orders.replace(collected, office.clerk, Replacement(unit="U2"))
    wish = BatchWish("U2", "2026-1", "replacement", CITY, MadeAfter("gen3", bytes(32)), "B3")
    assert office.orders.make_batch(wish, office.clerk) == "B3"
    assert office.orders.order(new).position == 1
    assert office.orders.batch("B3").made_after != PROFILE

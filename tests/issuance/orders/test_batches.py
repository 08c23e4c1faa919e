"""One unit is one batch in its order; the bank's numbers; lists; the end of a batch."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sscard.errors import LedgerError, ProfileError
from sscard.issuance.ledger import history, reading
from sscard.issuance.ledger.schema import CHAIN
from sscard.issuance.numbering import allocated_account
from sscard.issuance.order_states import OrderState
from sscard.issuance.orders import Account, BatchWish, Entry, Intake, RuleBroken, queries
from sscard.issuance.orders.elsewhere import MadeCard
from sscard.issuance.orders.lists import ListNote
from sscard.issuance.orders.rows import Round
from sscard.issuance.orders.rules import Rule
from sscard.issuance.production_states import BatchState
from sscard.issuance.reasons import Reason
from tests.issuance.orders.office import CITY, EARLY, PROFILE, RURAL, Office, card_number, person


def rule_of(caught: pytest.ExceptionInfo[RuleBroken]) -> object:
    return caught.value.reason


def test_the_order_of_people_is_that_of_their_list(office: Office) -> None:
    people = [5, 3, 9, 1]
    office.enter(people)
    batch = office.make_batch()
    orders = list(office.orders.orders_of(batch))
    assert [order.position for order in orders] == [1, 2, 3, 4]
    names = [file.person.name for file in office.orders.files_of(batch)]
    assert names == [person(n).name for n in people]
    assert office.orders.batch(batch).expected == 4


def test_a_batch_is_one_units_and_one_banks(office: Office) -> None:
    office.enter([1, 2])
    office.enter([3], unit="U2")
    office.enter([4], bank=EARLY)
    assert len(list(office.orders.orders_of(office.make_batch()))) == 2
    assert len(list(office.orders.orders_of(office.make_batch(bank=EARLY, number="B2")))) == 1
    assert [each.number for each in office.orders.batches("2026-1")] == ["B1", "B2"]


def test_a_unit_is_not_torn_apart(office: Office) -> None:
    office.enter([1])
    intake = Intake("2026-1", "bank-first", "510100", "U1")
    office.orders.enter(intake, [Entry(person(2), CITY)], office.clerk)
    with pytest.raises(RuleBroken) as caught:
        office.make_batch()
    assert rule_of(caught) is Rule.UNIT_WAITS


def test_without_the_samples_general_test_no_batch_is_made(office: Office) -> None:
    office.orders.open_round(Round("new", "510100"), office.clerk)
    intake = Intake("new", "single", "510100", "U1")
    (outcome,) = office.orders.enter(intake, [Entry(person(1), CITY)], office.clerk)
    assert outcome.order
    office.orders.verify([outcome.order], office.clerk)
    wish = BatchWish("U1", "new", "single", CITY, PROFILE, "B1")
    with pytest.raises(RuleBroken) as caught:
        office.orders.make_batch(wish, office.clerk)
    assert rule_of(caught) is Rule.GENERAL_TEST
    office.orders.pass_general_test("new", "GT-77", office.clerk)
    assert office.orders.make_batch(wish, office.clerk) == "B1"
    assert {each.name: each.general_test for each in office.orders.rounds()}["new"] == "GT-77"


def test_the_batch_number_is_the_offices(office: Office, lab: Office) -> None:
    office.enter([1])
    with pytest.raises(RuleBroken) as caught:
        office.make_batch(number=None)
    assert rule_of(caught) is Rule.BATCH_NUMBER
    lab.enter([1], numbered=False)
    number = lab.make_batch(number=None)
    assert number.startswith("T")
    (order,) = lab.orders.orders_of(number)
    assert (order.wanted_number or "").startswith("T")


def test_nobody_is_no_batch(office: Office) -> None:
    with pytest.raises(RuleBroken) as caught:
        office.make_batch()
    assert rule_of(caught) is Rule.NOBODY


def test_a_flow_that_is_not_the_banks_takes_nobody(office: Office) -> None:
    with pytest.raises(ProfileError, match="bank-first"):
        office.enter([1], bank=RURAL)
    assert not office.orders.counts()[OrderState.ENTERED]


def test_numbers_are_given_once(office: Office) -> None:
    first, second = office.enter([1, 2], numbered=False)
    batch = office.make_batch()
    assert office.orders.waiting_for_number(batch) == (first, second)
    with pytest.raises(LedgerError, match="D0000001X would be given twice"):
        office.orders.give_card_numbers(
            {first: card_number(1), second: card_number(1)}, office.clerk
        )
    office.orders.give_card_numbers({first: card_number(1)}, office.clerk)
    for numbers in ({second: card_number(1)}, {first: card_number(3)}):
        with pytest.raises(LedgerError, match=r"twice|already"):
            office.orders.give_card_numbers(numbers, office.clerk)
    assert office.orders.waiting_for_number(batch) == (second,)


def test_the_banks_numbers_find_their_people(office: Office) -> None:
    office.enter([1, 2, 3])
    batch = office.make_batch()
    asked = office.orders.request_bank(batch, office.clerk)
    assert len(asked) == 3
    assert office.orders.batch(batch).state is BatchState.AT_BANK
    rows = [
        replace(office.answer([1])[0], name=person(1).name, expiry="3012"),
        replace(office.answer([2])[0], name="another"),
        office.answer([8])[0],
        replace(office.answer([3])[0], refused=Reason.HAS_BANK_CARD),
    ]
    found = office.orders.match_bank(batch, rows, office.clerk)
    assert [each.reason for each in found.outcomes] == [
        None,
        Reason.NAME_MISMATCH,
        Reason.PERSON_UNKNOWN,
        Reason.HAS_BANK_CARD,
    ]
    assert found.returned == asked[1:]
    assert [order.reason for order in office.orders.orders_of(batch)] == [
        None,
        "NAME_MISMATCH",
        "HAS_BANK_CARD",
    ]
    assert office.orders.account(asked[0]) == Account(allocated_account(2), "3012")
    assert office.orders.stripe(asked[0]) == {"cvv2": "987"}


def test_who_is_missing_goes_back_behind_the_last_file_only(office: Office) -> None:
    office.enter([1, 2])
    batch = office.make_batch()
    office.orders.request_bank(batch, office.clerk)
    assert not office.orders.match_bank(
        batch, office.answer([1]), office.clerk, last=False
    ).returned
    assert office.states() == ["BANK_MATCHED", "BANK_REQUESTED"]
    assert len(office.orders.match_bank(batch, [], office.clerk).returned) == 1
    assert [order.reason for order in office.orders.orders_of(batch)] == [
        None,
        "BANK_ACCOUNT_MISSING",
    ]


def test_one_bank_number_is_one_persons(office: Office) -> None:
    office.matched([1])
    office.enter([2, 3], unit="U2")
    batch = office.make_batch(number="B2", unit="U2")
    office.orders.request_bank(batch, office.clerk)
    taken = replace(office.answer([2])[0], number=allocated_account(2))
    same = [replace(row, number=allocated_account(50)) for row in office.answer([2, 3])]
    for rows in ([taken], same, [*office.answer([2]), *office.answer([2], base=9)]):
        found = office.orders.match_bank(batch, rows, office.clerk, last=False)
        assert {each.reason for each in found.outcomes} == {Reason.BANK_ACCOUNT_DUPLICATE}
    right = office.answer([2])[0].number
    wrong = right[:-1] + str((int(right[-1]) + 1) % 10)
    for number in ("62280X", wrong):
        bad = [replace(office.answer([2])[0], number=number)]
        found = office.orders.match_bank(batch, bad, office.clerk, last=False)
        assert found.outcomes[0].reason is Reason.FIELD_INVALID


def test_the_same_answer_again_changes_nothing(office: Office) -> None:
    batch = office.matched([1, 2])
    with reading(office.orders.engine) as connection:
        before = connection.execute(CHAIN.select()).all()
    again = office.orders.match_bank(batch, office.answer([1, 2]), office.clerk)
    assert [each.reason for each in again.outcomes] == [None, None]
    assert not again.returned
    with reading(office.orders.engine) as connection:
        assert connection.execute(CHAIN.select()).all() == before
    other = office.orders.match_bank(batch, office.answer([1], base=9), office.clerk, last=False)
    assert other.outcomes[0].reason is Reason.BANK_ACCOUNT_DUPLICATE


def import_both(office: Office, batch: str, note: ListNote, *, closing: str) -> None:
    with office.orders.together(office.clerk):
        office.orders.note_list(note, office.clerk)
        office.orders.match_bank(batch, office.answer([1, 2]), office.clerk)
        assert office.states() == ["BANK_MATCHED", "BANK_MATCHED"]
        with pytest.raises(ValueError, match="one actor's"):
            office.orders.request_bank(batch, office.at(later=1))
        with pytest.raises(ValueError, match="already"), office.orders.together(office.clerk):
            pass
        office.orders.close_batch(closing, office.clerk)


def test_a_list_and_what_it_says_are_one_transaction(office: Office) -> None:
    office.enter([1, 2])
    batch = office.make_batch()
    office.orders.request_bank(batch, office.clerk)
    note = ListNote("in", "bank-answer", "bank-answer", bytes(32), 2, "bank")
    with pytest.raises(LedgerError, match="no batch B9"):
        import_both(office, batch, note, closing="B9")
    assert office.states() == ["BANK_REQUESTED", "BANK_REQUESTED"]
    assert not office.orders.has_list(note.sha256)
    with office.orders.together(office.clerk) as orders:
        assert orders.note_list(note, office.clerk)
        orders.match_bank(batch, office.answer([1, 2]), office.clerk)
    assert office.orders.has_list(note.sha256)
    assert not office.orders.has_list(note.sha256, "out")
    assert office.states() == ["BANK_MATCHED", "BANK_MATCHED"]


def test_lists_do_not_lead_where_stations_do(office: Office) -> None:
    batch = office.matched([1, 2])
    ids = [order.id for order in office.orders.orders_of(batch)]
    for state in (OrderState.CHIP_BOUND, OrderState.AUDITED, OrderState.COLLECTED):
        with pytest.raises(LedgerError, match="a call of its own"):
            office.orders.advance(ids, state, office.clerk)
    with pytest.raises(LedgerError, match=f"order {ids[0]} is BANK_MATCHED"):
        office.orders.advance(ids, OrderState.HANDED_OVER, office.clerk)
    with pytest.raises(LedgerError, match=f"order {ids[0]} is not of batch B2"):
        office.orders.hand_over("B2", office.clerk, ids)


def test_return_data_of_another_maker(office: Office) -> None:
    batch = office.matched([1, 2, 3])
    lines = [
        MadeCard(person(1).id_number, card_number(1), atr=b"\x3b"),
        MadeCard(person(1).id_number, card_number(1)),
        MadeCard(person(2).id_number, card_number(9)),
        MadeCard(person(7).id_number, card_number(7)),
    ]
    found = office.orders.made_elsewhere(batch, lines, office.clerk)
    assert [each.reason for each in found] == [
        None,
        Reason.ID_DUPLICATE,
        Reason.DATA_CONFLICT,
        Reason.PERSON_UNKNOWN,
    ]
    assert office.states() == ["AUDITED", "BANK_MATCHED", "BANK_MATCHED"]
    assert office.orders.by_card(card_number(1)).position == 1
    assert office.orders.deliver(batch, office.clerk) == (found[0].order,)


def test_cards_without_a_known_bank_number_stay(office: Office) -> None:
    office.enter([1], flow="bank-after", bank=RURAL)
    batch = office.make_batch("bank-after", RURAL)
    made = [MadeCard(person(1).id_number, card_number(1))]
    office.orders.made_elsewhere(batch, made, office.clerk)
    with pytest.raises(RuleBroken) as caught:
        office.orders.deliver(batch, office.clerk)
    assert rule_of(caught) is Rule.BANK_NUMBER
    office.orders.match_bank(batch, office.answer([1]), office.clerk)
    assert office.orders.deliver(batch, office.clerk)
    assert office.states() == ["DELIVERED"]


def test_a_batch_closes_when_all_are_done_and_its_stripes_are_gone(office: Office) -> None:
    batch = office.matched([1, 2])
    with pytest.raises(RuleBroken) as caught:
        office.orders.close_batch(batch, office.clerk)
    assert rule_of(caught) is Rule.BATCH_OPEN
    made = [MadeCard(person(n).id_number, card_number(n)) for n in (1, 2)]
    office.orders.made_elsewhere(batch, made, office.clerk)
    office.orders.close_batch(batch, office.clerk)
    assert office.orders.batch(batch).state is BatchState.CLOSED
    assert [office.orders.stripe(order.id) for order in office.orders.orders_of(batch)] == [
        None
    ] * 2
    with reading(office.orders.engine) as connection:
        events = [(each.what, each.facts) for each in history(connection, "batch", batch)]
    assert ("stripe purged", {"orders": 2}) in events
    assert office.orders.purge_stripe(batch, office.clerk) == 0
    with pytest.raises(LedgerError, match="B1 is CLOSED"):
        office.orders.close_batch(batch, office.clerk)


def test_an_incoming_list_is_imported_once(office: Office) -> None:
    note = ListNote("in", "bank-answer", "bank-answer", bytes(32), 10, "bank")
    assert office.orders.note_list(note, office.clerk)
    assert not office.orders.note_list(note, office.clerk)
    out = replace(note, direction="out")
    assert office.orders.note_list(out, office.clerk)
    assert office.orders.note_list(out, office.clerk)


def test_reading_a_batch_page_by_page(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PAGE", 3)
    ids = office.enter(range(7))
    batch = office.make_batch()
    assert [order.id for order in office.orders.orders_of(batch)] == ids
    assert not list(office.orders.orders_of(batch, [OrderState.AUDITED]))
    with pytest.raises(LedgerError, match="no batch B9"):
        list(office.orders.orders_of("B9"))

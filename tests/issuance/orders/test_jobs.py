"""Jobs of stations: binding, leases, failures, and what a dead station leaves behind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sscard.errors import LedgerError
from sscard.issuance.ledger import history, reading
from sscard.issuance.ledger.schema import BODIES, CARDS
from sscard.issuance.numbering import allocated_account
from sscard.issuance.order_states import OrderState, PinState, SideState
from sscard.issuance.orders import (
    Account,
    Body,
    Entry,
    Intake,
    LeaseLost,
    MadeAfter,
    NotThisCard,
    Presence,
    Work,
)
from sscard.issuance.orders.leases import Busy
from sscard.issuance.orders.rows import Round
from sscard.issuance.orders.rules import Rule, RuleBroken, Use
from sscard.issuance.orders.spoiling import Expired
from sscard.issuance.orders.work import Stage, WaitsForNumber
from sscard.issuance.production_states import BatchState, BodyState
from sscard.issuance.reasons import Reason
from sscard.issuance.states import CardState
from tests.issuance.orders.office import (
    CITY,
    EARLY,
    PROFILE,
    RURAL,
    Office,
    card_number,
    person,
)


@pytest.fixture
def bodies(office: Office) -> list[str]:
    """Bodies of persons 1 and 2, printed, in a batch with the bank's numbers."""
    batch = office.matched([1, 2])
    return office.bodies(order.id for order in office.orders.orders_of(batch))


def body_state(office: Office, body: str) -> BodyState:
    with reading(office.orders.engine) as connection:
        query = BODIES.select().where(BODIES.c.id == body)
        state: BodyState = connection.execute(query).mappings().one()["state"]
        return state


def cards(office: Office) -> dict[str, str]:
    with reading(office.orders.engine) as connection:
        rows = connection.execute(CARDS.select()).mappings().all()
    return {row["card_number"]: row["state"].name for row in rows}


def take(office: Office, body: str, *, seconds: float = 60, station: str = "S1") -> Work:
    return office.jobs.take(office.at(station), seconds, body=body)


def test_a_card_goes_the_whole_way(office: Office, bodies: list[str]) -> None:
    work = take(office, bodies[0])
    assert (work.stage, work.person, work.card.card_number) == (
        Stage.SSSE,
        person(1),
        card_number(1),
    )
    assert work.account == Account(allocated_account(2))
    assert work.card.bank_number == allocated_account(2)
    assert office.orders.batch("B1").state is BatchState.IN_WORK
    office.jobs.begin(work, office.at("S1"), chip_lot="L7", cos_version="2.1", software="0.1")
    office.jobs.finish_ssse(work, office.at("S1"), atr=b"\x3b\1", kcvs={"IRK": "AA"})
    office.orders.hand_over("B1", office.clerk)
    office.bank(1)
    order = office.orders.by_body(bodies[0])
    assert (order.state, order.issued_at, order.attempts) == (OrderState.AUDITED, office.now, 1)
    with reading(office.orders.engine) as connection:
        query = CARDS.select().where(CARDS.c.card_number == card_number(1))
        card = connection.execute(query).mappings().one()
    assert (card["state"], card["order_id"], card["body"]) == (
        CardState.ISSUED,
        order.id,
        bodies[0],
    )
    assert (card["station"], card["reader"], card["operator"]) == ("S1", "r1", "li")
    assert (card["bank_station"], card["chip_lot"]) == ("B1", "L7")
    assert card["kcvs"] == {"IRK": "AA", "UDK": "BB"}
    assert (card["profile_sha256"], card["atr"]) == (PROFILE.profile_sha256, b"\x3b\1")
    assert body_state(office, bodies[0]) is BodyState.USED
    assert office.jobs.leases() == ()


def test_nothing_personal_is_shown(office: Office, bodies: list[str]) -> None:
    shown = repr(take(office, bodies[0]))
    who = person(1)
    secrets = (who.id_number, who.name, who.phone, allocated_account(2), "token")
    assert [text for text in secrets if text in shown] == []


def test_one_order_is_one_readers(office: Office, bodies: list[str]) -> None:
    take(office, bodies[0])
    with pytest.raises(NotThisCard, match="BOUND"):
        take(office, bodies[0], station="S2")
    office.bodies([office.orders.by_body(bodies[0]).id], generation=2)
    with pytest.raises(Busy, match="S1 r1"):
        take(office, bodies[0].replace("-1", "-2", 2).replace("body-2", "body-1"), station="S2")


def test_a_station_has_a_name(office: Office, bodies: list[str]) -> None:
    with pytest.raises(ValueError, match="name"):
        office.jobs.take(office.clerk, 60, body=bodies[0])


@pytest.mark.parametrize("name", ["nosuch", "blank", "of-another-batch", "nobodys"])
def test_the_card_in_the_slot_decides(office: Office, bodies: list[str], name: str) -> None:
    (other,) = office.enter([9], unit="U2")
    office.make_batch(number="B2", unit="U2")
    first = office.orders.by_body(bodies[0]).id
    made = [
        Body("blank", "blank", "gen2", "L", "supplier", None, first),
        Body("of-another-batch", "printed", "gen2", "L", "supplier", "B2", first),
        Body("nobodys", "printed", "gen2", "L", "supplier", "B1"),
    ]
    office.orders.add_bodies(made, office.clerk)
    with pytest.raises(NotThisCard):
        take(office, name)
    with reading(office.orders.engine) as connection:
        events = [*history(connection, "body", name), *history(connection, "body", "unknown")]
    assert [each.what for each in events if each.what == "mismatch"] == ["mismatch"]
    assert events[-1].station == "S1"
    assert office.orders.order(other).card_number is None


def test_a_body_is_not_made_somebody_elses(office: Office, bodies: list[str]) -> None:
    second = office.orders.by_body(bodies[1]).id
    with pytest.raises(NotThisCard, match="another person's"):
        office.jobs.take(office.at("S1"), 60, body=bodies[0], order=second)


def test_a_card_number_is_waited_for(office: Office) -> None:
    (order,) = office.enter([1], numbered=False, flow="single")
    office.make_batch("single")
    office.orders.request_bank("B1", office.clerk)
    office.orders.match_bank("B1", office.answer([1]), office.clerk)
    with pytest.raises(WaitsForNumber, match=f"order {order}.*card number is missing"):
        office.jobs.take(office.at("S1"), 60, order=order)
    assert cards(office) == {}
    office.orders.give_card_numbers({order: card_number(1)}, office.clerk)
    assert office.jobs.take(office.at("S1"), 60, order=order).card.number_source == "file"


def test_tests_make_numbers_up(lab: Office) -> None:
    (order,) = lab.enter([1], numbered=False, flow="single")
    lab.make_batch("single", number=None)
    batch = lab.orders.order(order).batch or ""
    lab.orders.request_bank(batch, lab.clerk)
    lab.orders.match_bank(batch, lab.answer([1]), lab.clerk)
    card = lab.jobs.take(lab.at("S1"), 60, order=order).card
    assert (card.card_number[0], card.number_source) == ("T", "allocated")
    lab.jobs.fail(lab.jobs.take(lab.at("S1", later=61), 60, order=order), "broken", lab.at("S1"))
    lab.orders.request_bank(batch, lab.clerk)
    lab.orders.match_bank(batch, lab.answer([1], base=40), lab.clerk)
    again = lab.jobs.take(lab.at("S1"), 60, order=order).card
    assert again.card_number not in (card.card_number, None)


def test_an_untouched_job_goes_back_with_its_numbers(office: Office, bodies: list[str]) -> None:
    work = take(office, bodies[0])
    office.jobs.give_back(work, office.at("S1"), "print is smeared")
    assert office.states() == ["BANK_MATCHED", "BANK_MATCHED"]
    assert body_state(office, bodies[0]) is BodyState.RECEIVED
    office.sound()
    again = take(office, bodies[0], station="S2")
    assert again.card.card_number == work.card.card_number
    assert again.card.serial == work.card.serial
    assert again.order.attempts == 1
    with pytest.raises(LeaseLost):
        office.jobs.begin(work, office.at("S1"))


def test_what_is_begun_is_not_given_back(office: Office, bodies: list[str]) -> None:
    work = take(office, bodies[0])
    office.jobs.begin(work, office.at("S1"))
    office.jobs.begin(work, office.at("S1"))
    with pytest.raises(LedgerError, match="may have been touched"):
        office.jobs.give_back(work, office.at("S1"), "no")


def test_nothing_is_finished_without_having_begun(office: Office, bodies: list[str]) -> None:
    work = take(office, bodies[0])
    with pytest.raises(LedgerError, match="without having begun"):
        office.jobs.finish_ssse(work, office.at("S1"))
    office.jobs.begin(work, office.at("S1"))
    for other in (
        lambda: office.jobs.audited(work, office.at("S1")),
        lambda: office.jobs.closed(work, office.at("S1")),
        lambda: office.jobs.finish_bank(work, office.at("S1")),
    ):
        with pytest.raises(LedgerError):
            other()
    for wrong in ({"pin": b"1"}, {"atr": b"", "name": "x"}):
        with pytest.raises(ValueError, match="no fact"):
            office.jobs.finish_ssse(work, office.at("S1"), **wrong)
    with pytest.raises(ValueError, match="no fact"):
        office.jobs.begin(work, office.at("S1"), person=b"1")


def test_a_lost_lease_finishes_nothing(office: Office, bodies: list[str]) -> None:
    work = take(office, bodies[0])
    office.jobs.begin(work, office.at("S1"))
    late = office.at("S1", later=60)
    for call in (
        lambda: office.jobs.finish_ssse(work, late),
        lambda: office.jobs.renew(work, late, 60),
        lambda: office.jobs.fail(work, "late", late),
        lambda: office.jobs.finish_ssse(replace(work, token="x"), office.at("S1")),
    ):
        with pytest.raises(LeaseLost):
            call()
    assert office.states()[0] == "CHIP_BOUND"
    work = office.jobs.renew(work, office.at("S1", later=59), 60)
    assert office.jobs.finish_ssse(work, office.at("S1", later=118)) is None


def test_a_dead_station_spoils_what_it_may_have_touched(office: Office, bodies: list[str]) -> None:
    first, second = (take(office, body) for body in bodies)
    office.jobs.begin(first, office.at("S1"))
    found = office.jobs.expire(office.at("S9", later=60))
    assert found == (
        Expired(first.order.id, card_number(1), bodies[0], spoiled=True),
        Expired(second.order.id, card_number(2), bodies[1], spoiled=False),
    )
    assert office.states() == ["BATCHED", "BANK_MATCHED"]
    assert cards(office) == {card_number(1): "SPOILED", card_number(2): "RESERVED"}
    assert body_state(office, bodies[0]) is BodyState.SPOILED
    assert office.jobs.expire(office.at("S9", later=60)) == ()
    with pytest.raises(NotThisCard, match="SPOILED"):
        take(office, bodies[0])
    order = office.orders.order(first.order.id)
    assert (order.card_number, order.wanted_number, order.bank_hash) == (None, None, None)
    assert order.position == 1


def test_taking_expires_what_is_over(office: Office, bodies: list[str]) -> None:
    work = take(office, bodies[0])
    again = office.jobs.take(office.at("S2", later=61), 60, body=bodies[0])
    assert again.card.card_number == work.card.card_number
    with pytest.raises(LeaseLost):
        office.jobs.begin(work, office.at("S1"))


def test_a_spoiled_card_is_made_again_with_other_numbers(office: Office, bodies: list[str]) -> None:
    work = take(office, bodies[0])
    office.jobs.begin(work, office.at("S1"))
    office.jobs.fail(work, "6A84", office.at("S1"))
    order = work.order.id
    office.orders.give_card_numbers({order: card_number(31)}, office.clerk)
    office.orders.request_bank("B1", office.clerk)
    old = office.answer([1])
    found = office.orders.match_bank("B1", old, office.clerk, last=False)
    assert found.outcomes[0].reason is Reason.BANK_ACCOUNT_DUPLICATE
    office.orders.match_bank("B1", office.answer([1], base=70), office.clerk)
    (body,) = office.bodies([order], generation=2)
    again = take(office, body)
    assert again.card.card_number == card_number(31)
    assert again.card.serial != work.card.serial
    assert (again.order.attempts, again.order.position) == (2, 1)


def test_a_banks_number_may_serve_again(office: Office) -> None:
    office.matched([1], bank=EARLY)
    (order,) = office.orders.orders_of("B1")
    work = take(office, office.bodies([order.id])[0])
    office.jobs.begin(work, office.at("S1"))
    office.jobs.fail(work, "6A84", office.at("S1"))
    assert office.states() == ["BANK_MATCHED"]
    office.orders.give_card_numbers({order.id: card_number(31)}, office.clerk)
    again = take(office, office.bodies([order.id], generation=2)[0])
    assert again.card.bank_number == work.card.bank_number


def test_a_card_that_said_no_waits_for_somebody(office: Office, bodies: list[str]) -> None:
    work = take(office, bodies[0])
    office.jobs.begin(work, office.at("S1"))
    with pytest.raises(ValueError, match="reason"):
        office.jobs.fail(work, "", office.at("S1"), spoiled=False)
    office.jobs.fail(work, "name does not fit", office.at("S1"), spoiled=False)
    assert office.states()[0] == "FAILED"
    assert cards(office)[card_number(1)] == "FAILED"
    office.sound()
    office.orders.again([work.order.id], office.clerk)
    assert office.states()[0] == "BATCHED"
    with pytest.raises(LedgerError, match="is BATCHED"):
        office.orders.again([work.order.id], office.clerk)


def test_the_hand_over_area_says_who_is_at_the_bank(office: Office, bodies: list[str]) -> None:
    office.ssse(bodies[0])
    bank = office.at("B1")
    with pytest.raises(NotThisCard, match="is SSSE_DONE"):
        office.jobs.take_for_bank(office.hash(1), bank, 60)
    office.orders.hand_over("B1", office.clerk)
    with pytest.raises(NotThisCard, match="BANK_MATCHED"):
        office.jobs.take_for_bank(office.hash(2), bank, 60)
    with pytest.raises(NotThisCard, match="names nobody"):
        office.jobs.take_for_bank(office.hash(7), bank, 60)
    work = office.jobs.take_for_bank(office.hash(1), bank, 60)
    assert work.stage is Stage.BANK
    with pytest.raises(Busy):
        office.jobs.take_for_bank(office.hash(1), bank, 60)
    office.jobs.give_back(work, bank, "wrong tray")
    work = office.jobs.take_for_bank(office.hash(1), bank, 60)
    office.jobs.begin(work, bank)
    office.jobs.expire(office.at("B1", later=61))
    assert office.states()[0] == "BATCHED"
    assert cards(office)[card_number(1)] == "SPOILED"


def test_between_its_halves_at_the_bank_a_card_is_lost(office: Office, bodies: list[str]) -> None:
    office.ssse(bodies[0])
    office.orders.hand_over("B1", office.clerk)
    work = office.jobs.take_for_bank(office.hash(1), office.at("B1"), 60)
    office.jobs.begin(work, office.at("B1"))
    done = office.jobs.finish_bank(work, office.at("B1"), closed=False)
    assert done is not None
    assert done.order.state is OrderState.PSE_DONE
    with pytest.raises(Busy):
        office.jobs.take_for_bank(office.hash(1), office.at("B2"), 60)
    (found,) = office.jobs.expire(office.at("B1", later=61))
    assert found.spoiled


def test_an_audit_can_be_taken_again(office: Office, bodies: list[str]) -> None:
    office.ssse(bodies[0])
    office.orders.hand_over("B1", office.clerk)
    work = office.jobs.take_for_bank(office.hash(1), office.at("B1"), 60)
    office.jobs.begin(work, office.at("B1"))
    office.jobs.finish_bank(work, office.at("B1"), closed=False)
    office.jobs.closed(work, office.at("B1"))
    (found,) = office.jobs.expire(office.at("B1", later=61))
    assert not found.spoiled
    assert office.states()[0] == "HANDOVER_CLOSED"
    audit = office.jobs.take_for_audit(card_number(1), office.at("A1"), 60)
    assert audit.stage is Stage.AUDIT
    with pytest.raises(LedgerError, match="not to be begun"):
        office.jobs.begin(audit, office.at("A1"))
    office.jobs.audited(audit, office.at("A1"))
    with pytest.raises(NotThisCard, match="does not wait"):
        office.jobs.take_for_audit(card_number(1), office.at("A1"), 60)
    with pytest.raises(NotThisCard, match="no order's"):
        office.jobs.take_for_audit("D9999999X", office.at("A1"), 60)


def test_the_final_check_refuses_a_finished_card(office: Office) -> None:
    (order,) = office.issued([1])
    office.jobs.refuse_finished(order, "colour of the photo", office.clerk)
    assert office.states() == ["BATCHED"]
    assert cards(office) == {card_number(1): "WITHDRAWN"}
    (given_up,) = office.orders.spoiled_of("B1")
    assert (given_up.card_number, given_up.body) == (card_number(1), f"body-{order}-1")
    assert given_up.reason == "colour of the photo"


def test_the_bank_says_its_number_at_its_station(office: Office) -> None:
    office.enter([1], flow="bank-after", bank=RURAL)
    office.make_batch("bank-after", RURAL)
    (order,) = office.orders.orders_of("B1")
    office.ssse(office.bodies([order.id])[0])
    office.orders.hand_over("B1", office.clerk)
    work = office.jobs.take_for_bank(office.hash(1), office.at("B1"), 60)
    assert work.account is None
    office.jobs.begin(work, office.at("B1"))
    account = Account(allocated_account(5), sequence="01")
    done = office.jobs.finish_bank(work, office.at("B1"), account=account)
    assert done is not None
    assert (done.account, done.card.bank_number) == (account, account.number)
    office.jobs.audited(done, office.at("B1"))
    assert office.orders.deliver("B1", office.clerk) == (order.id,)


def test_another_number_than_the_banks_answer_is_refused(office: Office, bodies: list[str]) -> None:
    office.ssse(bodies[0])
    office.orders.hand_over("B1", office.clerk)
    work = office.jobs.take_for_bank(office.hash(1), office.at("B1"), 60)
    office.jobs.begin(work, office.at("B1"))
    with pytest.raises(LedgerError, match="another bank number"):
        office.jobs.finish_bank(work, office.at("B1"), account=Account(allocated_account(77)))


INSTANT = Intake("2026-1", "instant", "510100")
GEN3 = MadeAfter("gen3", bytes(32))


@pytest.fixture
def walk_in(office: Office) -> int:
    """Somebody at the window, with a drawer of pre-made blanks beside."""
    entries = [Entry(person(1), CITY, card_number(1))]
    (outcome,) = office.orders.enter(INSTANT, entries, office.clerk)
    assert outcome.order
    office.orders.verify([outcome.order], office.clerk)
    blanks = [
        Body(f"blank-{n}", "premade", "gen3", "L", "window", bank_number=allocated_account(60 + n))
        for n in range(2)
    ]
    office.orders.add_bodies(blanks, office.clerk)
    return outcome.order


def at_window(office: Office, order: int, blank: str) -> Work:
    return office.jobs.take(office.at("W1"), 300, body=blank, order=order, made_after=GEN3)


def test_instant_issue_on_a_pre_made_blank(office: Office, walk_in: int) -> None:
    work = at_window(office, walk_in, "blank-0")
    assert work.account == Account(allocated_account(60))
    assert work.card.bank_number == allocated_account(60)
    office.jobs.begin(work, office.at("W1"))
    done = office.jobs.finish_ssse(work, office.at("W1"), keep=True)
    assert done is not None
    office.jobs.audited(done, office.at("W1"))
    office.orders.collect(walk_in, Presence("holder", "window 3"), office.clerk)
    assert office.orders.order(walk_in).state is OrderState.COLLECTED
    assert office.orders.by_body("blank-0").id == walk_in


def test_another_card_begins_unused(office: Office, walk_in: int) -> None:
    """The final check refuses a card that was activated before it was handed out."""
    work = at_window(office, walk_in, "blank-0")
    office.jobs.begin(work, office.at("W1"))
    done = office.jobs.finish_ssse(work, office.at("W1"), keep=True)
    assert done is not None
    office.jobs.audited(done, office.at("W1"))
    uses: tuple[Use, ...] = ("social", "account", "pin")
    for use in uses:
        office.orders.activate(walk_in, use, Presence("holder", "window 3"), office.clerk)
    office.jobs.refuse_finished(walk_in, "face scratched", office.clerk)
    order = office.orders.order(walk_in)
    assert (order.social_state, order.account_state) == (SideState.INACTIVE, SideState.INACTIVE)
    assert order.pin_state is PinState.INITIAL


def test_a_spoiled_blank_takes_its_number_with_it(office: Office, walk_in: int) -> None:
    work = at_window(office, walk_in, "blank-0")
    office.jobs.begin(work, office.at("W1"))
    office.jobs.fail(work, "torn", office.at("W1"))
    order = office.orders.order(walk_in)
    assert (order.state, order.bank_hash) == (OrderState.VERIFIED, None)
    office.orders.give_card_numbers({walk_in: card_number(2)}, office.clerk)
    again = at_window(office, walk_in, "blank-1")
    assert again.account == Account(allocated_account(61))


def test_an_untouched_blank_goes_back_to_the_drawer(office: Office, walk_in: int) -> None:
    work = at_window(office, walk_in, "blank-0")
    office.jobs.give_back(work, office.at("W1"), "holder left")
    assert office.orders.account(walk_in) is None
    again = at_window(office, walk_in, "blank-1")
    assert (again.card.card_number, again.card.bank_number) == (
        card_number(1),
        allocated_account(61),
    )
    with pytest.raises(LedgerError, match="body blank-0 is no order's"):
        office.orders.by_body("blank-0")


def test_pre_made_blanks_are_tracked(office: Office, walk_in: int) -> None:
    with pytest.raises(NotThisCard, match="tracked one by one"):
        office.jobs.take(office.at("W1"), 60, order=walk_in, made_after=GEN3)
    with pytest.raises(ValueError, match="needs its profile"):
        office.jobs.take(office.at("W1"), 60, body="blank-0", order=walk_in)
    for wrong in ({"kind": "premade"}, {"kind": "blank", "bank_number": "6228000000000000"}):
        with pytest.raises(ValueError, match="bank number"):
            Body("x", generation="gen3", lot="L", party="window", **wrong)  # type: ignore[arg-type]


def test_a_card_is_made_after_its_batchs_profile(office: Office, bodies: list[str]) -> None:
    with pytest.raises(LedgerError, match="another version"):
        office.jobs.take(office.at("S1"), 60, body=bodies[0], made_after=GEN3)


def test_without_a_general_test_no_card_is_begun(office: Office) -> None:
    office.orders.open_round(Round("new", "510100"), office.clerk)
    entries = [Entry(person(1), CITY, card_number(1))]
    intake = replace(INSTANT, round="new")
    (outcome,) = office.orders.enter(intake, entries, office.clerk)
    assert outcome.order
    office.orders.verify([outcome.order], office.clerk)
    blank = Body("blank-0", "premade", "gen3", "L", "window", bank_number=allocated_account(60))
    office.orders.add_bodies([blank], office.clerk)
    with pytest.raises(RuleBroken) as caught:
        at_window(office, outcome.order, "blank-0")
    assert caught.value.reason is Rule.GENERAL_TEST


def test_a_record_that_goes_back_frees_its_person(office: Office, bodies: list[str]) -> None:
    """Its job was taken and given back: the number is used up, another card can be made."""
    work = take(office, bodies[0])
    office.jobs.give_back(work, office.at("S1"), "reader broken")
    office.orders.send_back([work.order.id], Reason.DATA_CONFLICT, office.clerk)
    assert cards(office)[work.card.card_number] == "SPOILED"
    entry = Entry(work.person, CITY)
    (outcome,) = office.orders.enter(INSTANT, [entry], office.clerk)
    assert outcome.order
    office.orders.verify([outcome.order], office.clerk)
    office.orders.give_card_numbers({outcome.order: card_number(70)}, office.clerk)
    blank = Body("blank-9", "premade", "gen3", "L", "window", bank_number=allocated_account(69))
    office.orders.add_bodies([blank], office.clerk)
    assert at_window(office, outcome.order, "blank-9").card.state is CardState.RESERVED


def test_an_order_that_is_cancelled_frees_its_person(office: Office, walk_in: int) -> None:
    work = at_window(office, walk_in, "blank-0")
    office.jobs.give_back(work, office.at("W1"), "printer broken")
    office.orders.cancel(walk_in, office.clerk, "went away")
    assert cards(office) == {card_number(1): "SPOILED"}
    (again,) = office.orders.enter(INSTANT, [Entry(work.person, CITY)], office.clerk)
    assert again.reason is None


@pytest.mark.parametrize("number", ["6217000000000000001", "6217 0000 0000 0000 000", "６２１７"])
def test_a_blank_has_a_number_that_a_bank_could_give(number: str) -> None:
    """Spelled in another way, one number would stand on two cards."""
    with pytest.raises(ValueError, match="check digit"):
        Body("blank-8", "premade", "gen3", "L", "window", bank_number=number)

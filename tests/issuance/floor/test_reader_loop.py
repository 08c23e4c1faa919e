"""The loop of a reader, without threads and without time."""

from __future__ import annotations

from itertools import product

import pytest
from floor_standins import Bench, Card, QuietHall, TrayOf, reader, run
from hypothesis import given
from hypothesis import strategies as st

from sscard.errors import KeyStoreError, LedgerError, SscardError, TransportError
from sscard.issuance.floor.feeding import NoMoreCards, Place
from sscard.issuance.floor.mismatches import Mismatch, Mismatched
from sscard.issuance.floor.reader_loop import Reader
from sscard.issuance.floor.states import ENDED, TRANSITIONS, Happening, ReaderState, after
from sscard.issuance.floor.stop_rules import StopRules
from sscard.issuance.floor.work import CardFailed, LineMustHalt


@pytest.mark.parametrize(("state", "happening"), list(product(ReaderState, Happening)))
def test_every_pair_is_in_the_table_or_is_a_bug(state: ReaderState, happening: Happening) -> None:
    if (state, happening) in TRANSITIONS:
        assert after(state, happening) is TRANSITIONS[state, happening]
        return
    with pytest.raises(ValueError, match=f"{state.name} knows no {happening.name}"):
        after(state, happening)


def test_nothing_leaves_a_reader_that_was_stopped_or_taken_out() -> None:
    assert [pair for pair in TRANSITIONS if pair[0] in ENDED] == []


def test_no_card_is_worked_on_before_its_job_is_known() -> None:
    into = {state for (state, _), following in TRANSITIONS.items() if following is S.WORKING}
    assert into == {S.IDENTIFYING}


S = ReaderState


def tray_of(each: Reader) -> list[tuple[str, Place]]:
    assert isinstance(each.feeder, TrayOf)
    return each.feeder.taken


def hall_of(each: Reader) -> QuietHall:
    assert isinstance(each.hall, QuietHall)
    return each.hall


def test_two_cards_and_an_empty_tray() -> None:
    one = reader([None, Card("1"), None, Card("2")])
    run(one)
    a_card = [S.IDENTIFYING, S.WORKING, S.DONE, S.WAITING]
    assert hall_of(one).states == [S.WAITING, *a_card, *a_card, S.IDLE]
    assert tray_of(one) == [("1", Place.OUT), ("2", Place.OUT)]
    assert (one.made, one.failed, one.why) == (2, 0, "tray: empty")
    assert hall_of(one).pauses == 2  # whoever waits for a card does not spin


def test_a_card_that_fails_is_rejected_and_the_next_one_is_made() -> None:
    one = reader([Card("1"), Card("2")], Bench({"1": CardFailed("SSSE: 6A84")}))
    run(one)
    assert tray_of(one) == [("1", Place.REJECTED), ("2", Place.OUT)]
    assert (one.made, one.failed) == (1, 1)
    assert ("lost",) in hall_of(one).said


def test_a_card_that_does_not_answer_counts_as_a_failure() -> None:
    one = reader([TransportError("mute"), Card("2")])
    run(one)
    assert tray_of(one) == [("mute", Place.REJECTED), ("2", Place.OUT)]
    assert (one.made, one.failed) == (1, 1)


@pytest.mark.parametrize("mismatch", list(Mismatch))
@pytest.mark.parametrize("where", ["starts", "ends"])
def test_every_mismatch_stops_the_reader_and_is_an_event(mismatch: Mismatch, where: str) -> None:
    wrong = {"2": Mismatched(mismatch, "2")}
    bench = Bench(wrong) if where == "ends" else Bench({}, wrong)
    one = reader([Card("1"), Card("2"), Card("3")], bench)
    run(one)
    assert one.state is S.STOPPED
    assert mismatch.zh in one.why
    assert mismatch.en in one.why
    assert ("mismatch", mismatch.name) in hall_of(one).said
    assert "3" not in bench.worked
    assert tray_of(one) == [("1", Place.OUT), ("2", Place.REJECTED)]


def test_a_transport_key_failure_halts_the_line() -> None:
    one = reader([Card("1"), Card("2")], Bench({"1": LineMustHalt("lot L: refused")}))
    run(one)
    assert one.state is S.STOPPED
    assert ("halt", "lot L: refused") in hall_of(one).said
    assert tray_of(one) == [("1", Place.REJECTED)]
    other = reader([Card("3")], hall=hall_of(one))
    run(other)
    assert (other.state, other.why) == (S.STOPPED, "lot L: refused")
    assert tray_of(other) == []


@pytest.mark.parametrize("error", [KeyStoreError("no lot L"), LedgerError("ledger: gone")])
@pytest.mark.parametrize("where", ["starts", "ends"])
def test_what_no_card_is_to_blame_for_stops_the_station(error: SscardError, where: str) -> None:
    bench = Bench({"1": error}) if where == "ends" else Bench({}, {"1": error})
    one = reader([Card("1"), Card("2")], bench)
    run(one)
    assert one.state is S.STOPPED
    assert ("stop", str(error)) in hall_of(one).said
    # Where the chip may have been touched the card does not go back to the others.
    assert tray_of(one) == [("1", Place.REJECTED if where == "ends" else Place.BACK)]


def test_failures_in_a_row_take_the_reader_out() -> None:
    bad = CardFailed("6F00")
    cards = [Card(str(n)) for n in range(9)]
    one = reader(cards, Bench({"1": bad, "2": bad, "4": bad, "5": bad, "6": bad}))
    run(one)
    assert one.state is S.TAKEN_OUT
    assert one.why == "连续3张失败 3 cards failed in a row: 6F00"
    assert hall_of(one).said[-1] == ("taken out", one.why)
    assert [name for name, _ in tray_of(one)] == list("0123456")


def test_a_rate_over_a_window_takes_the_reader_out() -> None:
    bad = CardFailed("6F00")
    cards = [Card(str(n)) for n in range(30)]
    one = reader(cards, Bench({str(n): bad for n in range(0, 30, 4)}), rules=StopRules(3, 12, 2))
    run(one)
    assert one.state is S.TAKEN_OUT
    assert one.why == "最近9张中3张失败 3 of the last 9 cards failed: 6F00"


def test_what_left_the_window_is_forgotten() -> None:
    bad = CardFailed("6F00")
    cards = [Card(str(n)) for n in range(30)]
    one = reader(cards, Bench({str(n): bad for n in range(0, 30, 4)}), rules=StopRules(3, 8, 2))
    run(one)
    assert (one.state, one.made, one.failed) == (S.IDLE, 22, 8)


def test_a_reader_that_is_held_waits_with_no_card_in() -> None:
    hall = QuietHall(holds=["首件 first", "首件 first", None, None])
    one = reader([Card("1")], hall=hall)
    run(one)
    assert hall.states[:4] == [S.WAITING, S.HELD, S.WAITING, S.IDENTIFYING]
    assert hall.views[1].why == "首件 first"
    assert hall.views[3].why == ""


def test_ctrl_c_finishes_the_card_under_way() -> None:
    hall = QuietHall(cards=1)
    one = reader([Card("1"), Card("2")], hall=hall)
    run(one)
    assert (one.state, one.made, tray_of(one)) == (S.IDLE, 1, [("1", Place.OUT)])


def test_a_card_that_nobody_named_goes_back_when_the_station_ends() -> None:
    one = reader([Card("1")], Bench({}, {"1": NoMoreCards("stopped")}))
    run(one)
    assert (one.state, tray_of(one)) == (S.IDLE, [("1", Place.BACK)])


ENDINGS = st.sampled_from(
    [
        None,
        CardFailed("6F00"),
        LineMustHalt("lot"),
        Mismatched(Mismatch.OTHER_CHIP),
        LedgerError("gone"),
    ]
)


@given(st.lists(st.tuples(ENDINGS, st.booleans()), max_size=20))
def test_every_card_that_came_in_goes_out_once(
    cards: list[tuple[SscardError | None, bool]],
) -> None:
    ends, starts = {}, {}
    for at, (error, early) in enumerate(cards):
        if error is not None:
            (starts if early and not isinstance(error, LineMustHalt) else ends)[str(at)] = error
    one = reader([Card(str(at)) for at in range(len(cards))], Bench(ends, starts))
    run(one)
    gone = [name for name, _ in tray_of(one)]
    assert gone == [str(at) for at in range(len(gone))]
    good = [name for name, place in tray_of(one) if place is Place.OUT]
    assert len(good) == one.made
    assert not set(good) & (ends.keys() | starts.keys())
